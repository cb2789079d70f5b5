"""Files of the converter: whole or not at all, and a place that takes none is told before the work."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from converter.commands.convert import main as convert
from converter.places import leave
from edge.contract.errors import ConfigError, DataError


def test_a_file_that_does_not_fit_leaves_what_was_there(tmp_path: Path) -> None:
    """As on a full disk: the old report stays, and no part of the new one."""
    path = tmp_path / "own.report.json"
    leave(path, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(
            DataError, match=r"own\.report\.json: File too large; allowed: a file that can be"
        ):
            leave(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"own.report.json": b"old"}


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("folder.vwb", "folder.vwb: it is a folder; "),
        ("file/own.vwb", "own.vwb: "),
        ("/proc/own.vwb", "/proc/own.vwb: "),
    ],
)
def test_a_place_that_takes_no_file_is_told_before_the_work(out: str, told: str, tmp_path: Path) -> None:
    """Before the spec is looked for, which is not there either."""
    (tmp_path / "folder.vwb").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(DataError) as caught:
        convert(["my.keras", "--spec", str(tmp_path / "gone.toml"), "--out", str(tmp_path / out)])

    assert told in str(caught.value)
    assert "allowed: a file that can be written" in str(caught.value)


def test_a_bundle_ends_in_vwb(tmp_path: Path) -> None:
    """The reports beside it are called as it is, and `own-1.0.0` without an ending would lose its last 0."""
    with pytest.raises(
        ConfigError, match=r"--out: a bundle 'own-1\.0\.0'; allowed: a name that ends in \.vwb"
    ):
        convert(["my.keras", "--spec", "gone.toml", "--out", str(tmp_path / "own-1.0.0")])
