"""Command lines of the simulator that cannot be followed: told at once, with what would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.cli import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["simulate", "fright", "--json=x.json"],
            "--json: nothing is scored; allowed: together",
        ),
        (["simulate", "fright", "--html=x.html"], "--html: nothing is scored"),
        (["simulate", "fright", "--detectors"], "--detectors: nothing is scored"),
        (["simulate", "fright", "--broker=embedded"], "'embedded' is no broker; allowed: mqtt://HOST:PORT"),
        (
            ["score", "--truth=t.jsonl", "--broker=embedded"],
            "--broker: 'embedded' is no broker; allowed: mqtt://HOST:PORT",
        ),
        (
            ["conformance", "fright", "--broker=mqtt://pi", "--scheme=who"],
            "--scheme: no story is about 'who'; allowed: acc-aha-2017, esc-2024",
        ),
        (
            ["conformance", "esc-scheme", "--broker=mqtt://pi"],
            "esc-scheme: no story to play; allowed: it is about the scheme esc-2024: --scheme esc-2024",
        ),
        (["demo", "--scenario=fight"], "fight: no such scenario; allowed: a file, or af-night, "),
        (
            ["replay", "nosuch"],
            "nosuch: nothing to replay; allowed: WFDB record without ending (afdb/04015), ",
        ),
    ],
)
def test_a_command_line_that_cannot_be_followed_is_told_with_what_can(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, exit code 2, before a broker is looked for."""
    monkeypatch.chdir(tmp_path)

    assert main(words) == 2

    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
