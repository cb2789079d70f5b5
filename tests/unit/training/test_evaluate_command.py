"""Where `vitalward evaluate` puts its figures, with what goes wrong first."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.contract.errors import ConfigError, DataError
from tests.unit.signals.mit_format import Event, encode
from training.commands.evaluate import main as evaluate


@pytest.fixture
def heart(tmp_path: Path) -> list[str]:
    """The arguments that measure rhythm on one record of 200 beats."""
    folder = tmp_path / "nsr2db"
    folder.mkdir()
    (folder / "nsr001.hea").write_text("nsr001 0 128\n")
    (folder / "nsr001.ecg").write_bytes(encode([Event(100 * beat + 100, 1) for beat in range(200)]))
    return ["rhythm", "--data", str(tmp_path), "--dataset", "nsr2db"]


@pytest.mark.parametrize("option", ["--json", "--html"])
@pytest.mark.parametrize("place", ["/proc/figures", f"/tmp/{'x' * 300}"])
def test_a_file_that_the_system_refuses_is_told_before_anything_is_read(
    tmp_path: Path, option: str, place: str
) -> None:
    """Not even root can make a file there, and the data, which are missing too, are not looked for."""
    with pytest.raises(ConfigError, match="cannot be written"):
        evaluate(["apnea", "--data", str(tmp_path), "--dataset", "slpdb", option, place])


def test_a_run_that_fails_leaves_no_empty_file_and_no_lost_one(tmp_path: Path) -> None:
    """Trying whether a file can be written changes nothing: a former one, a new one, where a link leads."""
    former, new, link = tmp_path / "former.json", tmp_path / "new.json", tmp_path / "link.json"
    former.write_text("former figures")
    link.symlink_to(tmp_path / "elsewhere.json")

    for file in (former, new, link):
        with pytest.raises(DataError, match="no records"):
            evaluate(["apnea", "--data", str(tmp_path), "--dataset", "slpdb", "--json", str(file)])

    assert former.read_text() == "former figures"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["former.json", "link.json"]
    assert link.is_symlink()


def test_figures_that_the_disk_has_no_room_for_are_printed(
    heart: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk is told as such, and the work is not lost."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    with pytest.raises(ConfigError, match=r"/dev/full: cannot be written \(No space left.*printed"):
        evaluate([*heart, "--json", "/dev/full"])

    assert json.loads(capsys.readouterr().out)["records_used"] == ["nsr001"]


def test_a_page_that_the_disk_has_no_room_for_costs_no_figures(heart: list[str], tmp_path: Path) -> None:
    """The figures are written first."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    with pytest.raises(ConfigError, match="/dev/full: cannot be written"):
        evaluate([*heart, "--json", str(tmp_path / "figures.json"), "--html", "/dev/full"])

    assert json.loads((tmp_path / "figures.json").read_text())["records_used"] == ["nsr001"]


def test_a_pipe_takes_the_figures(heart: list[str]) -> None:
    """As `--json >(jq .)` of a shell has it: trying to open it first would end it."""
    ours, theirs = os.pipe()
    evaluate([*heart, "--json", f"/dev/fd/{theirs}"])
    os.close(theirs)

    with os.fdopen(ours) as pipe:
        assert json.load(pipe)["records_used"] == ["nsr001"]
