"""The command `vitalward`: its table, and what it says to mistakes."""

from __future__ import annotations

import importlib.util

import pytest

from edge.cli import COMMANDS, main


def test_every_command_of_the_table_exists() -> None:
    """Each target names a module that can be found."""
    for command in COMMANDS.values():
        module, _, function = command.target.partition(":")
        assert importlib.util.find_spec(module) is not None
        assert function == "main"


def test_without_arguments_it_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """The bare command shows every subcommand with its purpose."""
    assert main([]) == 0

    printed = capsys.readouterr().out
    assert all(name in printed and command.purpose in printed for name, command in COMMANDS.items())


def test_an_unknown_command_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt command ends with code 2 and the list."""
    assert main(["dmeo"]) == 2

    assert "demo" in capsys.readouterr().err


def test_a_mistake_of_the_user_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing configuration file is told by name, without a traceback, with code 2."""
    assert main(["run", "--config", "/nowhere/edge.toml"]) == 2

    printed = capsys.readouterr().err
    assert printed.startswith("vitalward run: /nowhere/edge.toml: ")
    assert "Traceback" not in printed
