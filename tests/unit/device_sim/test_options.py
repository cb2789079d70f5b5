"""Command lines of the simulator that cannot be followed: told at once, with what would be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from device_sim.scenario import find_scenario
from edge.cli import main

WATCH = '{"record": "wearer", "wearer": "anna", "story": "s", "start_s": 0, "end_s": 9}\n'


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
        (
            ["conformance", "fright", "fright", "--broker=mqtt://pi"],
            "fright: named twice; allowed: each story",
        ),
        (["simulate", "fright", "--out=.", "--broker=mqtt://pi"], ".: it is a folder; allowed: a file"),
        (["score", "--truth=twice.jsonl", "--alerts=alerts.jsonl"], "twice.jsonl: anna is listed twice"),
        (["simulate", "folder"], "folder: no such scenario; allowed: a file, or af-night, "),
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
    Path("twice.jsonl").write_text(2 * WATCH)
    Path("alerts.jsonl").touch()
    Path("folder").mkdir()

    assert main(words) == 2

    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "fright"],
        ["demo"],
        ["fleet"],
        ["replay", "nosuch", "--faults=f.toml"],
        ["realism"],
    ],
)
def test_a_seed_below_nought_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that takes one says so, before anything is begun."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--seed=-1"])

    assert ended.value.code == 2
    assert "--seed: -1: must be a whole number, 0 or more" in capsys.readouterr().err


def test_a_folder_hides_no_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A story of the library is found by its name although a folder is called the same."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fright").mkdir()

    assert find_scenario("fright").name == "fright"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a file that is read-only nor one in a folder that is: before anything is played."""
    report = tmp_path / "report.json"
    report.touch(0o400)
    tmp_path.chmod(0o500)

    for path in (report, tmp_path / "other.json"):
        assert main(["simulate", "fright", "--score", f"--json={path}"]) == 2
        assert f"{path}: it may not be written" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_score_is_told_although_its_file_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary is printed before a full disk is met, which is then told in one line."""
    (tmp_path / "truth.jsonl").write_text(WATCH)
    (tmp_path / "alerts.jsonl").touch()

    words = ["score", f"--truth={tmp_path / 'truth.jsonl'}", f"--alerts={tmp_path / 'alerts.jsonl'}"]
    code = main([*words, "--json=/dev/full"])

    told = capsys.readouterr()
    assert code == 2
    assert "StreamScore" in told.out
    assert (
        told.err
        == "vitalward score: /dev/full: No space left on device; allowed: a file that can be written\n"
    )
