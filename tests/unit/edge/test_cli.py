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


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "fright"],
        ["replay", "afdb/04015"],
        ["conformance", "--broker", "mqtt://pi"],
        ["score", "--truth", "t.json", "--broker", "mqtt://pi"],
        ["detectors"],
        ["fleet"],
        ["demo"],
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("prefix", ["a/#", "+", "a//b", ""])
def test_a_prefix_that_no_topic_may_begin_with_is_refused(
    words: list[str], prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command goes by the rule of `mqtt.prefix`, before anything is opened."""
    assert main([*words, "--prefix", prefix]) == 2

    told = f"vitalward {words[0]}: --prefix: not a topic prefix: {prefix!r}; allowed: 1 to 64 letters"
    assert capsys.readouterr().err.startswith(told)


@pytest.mark.parametrize("host", ["", "a..b", "a" * 70, "mqtt://localhost"])
def test_detectors_take_only_a_host_that_can_be_looked_up(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the encoding of names refuses is told as such, in one line."""
    assert main(["detectors", "--host", host]) == 2

    told = f"vitalward detectors: --host: not a host: {host!r}; allowed: a name or address, without mqtt://\n"
    assert capsys.readouterr().err == told
