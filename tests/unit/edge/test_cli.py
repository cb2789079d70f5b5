"""The command `vitalward`: its table, and what it says to mistakes."""

from __future__ import annotations

import errno
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.bundles import SHIPPED
from edge.cli import COMMANDS, READER_GONE, Command, dispatch, main


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


def into_a_locked_folder(_arguments: list[str]) -> int:
    """A command that comes upon a folder it may not enter."""
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/locked/vitalward.db")


def with_a_broken_connection(_arguments: list[str]) -> int:
    """A command that fails without naming a file."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_file_that_cannot_be_used_is_told_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever command comes upon it: one line with the file and why, and exit code 2."""
    commands = {"open": Command(f"{__name__}:into_a_locked_folder", "opens")}

    assert dispatch("vitalward", commands, ["open"]) == 2

    said = "vitalward open: /locked/vitalward.db: Permission denied; allowed: a file or folder that this "
    assert capsys.readouterr().err.startswith(said)


def test_a_failure_that_names_no_file_is_not_taken_for_the_users() -> None:
    """It keeps its traceback."""
    commands = {"open": Command(f"{__name__}:with_a_broken_connection", "opens")}

    with pytest.raises(OSError, match="Input/output error"):
        dispatch("vitalward", commands, ["open"])


@pytest.mark.parametrize("words", [["bundle", "diff", "A", "B"], ["--help"]])
def test_output_into_a_closed_pipe_ends_without_a_word(words: list[str]) -> None:
    """As `| head -1` leaves it: no traceback, also not from the interpreter's end."""
    paths = {"A": str(SHIPPED["rhythm"]), "B": str(SHIPPED["pressure"])}
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "edge", *(paths.get(word, word) for word in words)],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (READER_GONE, "")


@pytest.mark.parametrize("epochs", ["0", "-1"])
def test_training_takes_at_least_one_epoch(
    epochs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is read or trained for none."""
    with pytest.raises(SystemExit) as caught:
        main(["train", "rhythm", f"--epochs={epochs}", f"--out={tmp_path / 'run'}"])

    assert caught.value.code == 2
    assert f"argument --epochs: {epochs}: must be a whole number, 1 or more" in capsys.readouterr().err


def test_c_is_not_written_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where --out is a file it is named."""
    out = tmp_path / "file"
    out.write_text("kept")

    assert main(["bundle", "export-c", str(SHIPPED["rhythm"]), f"--out={out}"]) == 2

    assert f"vitalward bundle export-c: {out}: File exists" in capsys.readouterr().err
    assert out.read_text() == "kept"
