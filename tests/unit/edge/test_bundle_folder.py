"""The folder in which bundles are handed over and kept."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from edge.contract.messages import InstallStatus, InstallStep
from edge.slots.folder import UNREAD_S, BundleFolder, Request

NOW_S = 1_780_315_200.0


@pytest.fixture
def folder(tmp_path: Path) -> BundleFolder:
    made = BundleFolder(tmp_path)
    made.make()
    return made


def request(name: str) -> Request:
    return Request(id=name, file=f"{name}.vwb", allow_downgrade=False, data=name.encode())


def test_a_request_is_taken_whole_once_and_remembered_until_it_is_finished(folder: BundleFolder) -> None:
    """Whoever starts anew finds it among the unfinished ones."""
    folder.hand_over(request("a"))

    assert folder.take() == request("a")
    assert folder.take() is None
    assert folder.unfinished() == [request("a")]
    folder.finish("a")
    assert folder.unfinished() == []


def test_requests_are_taken_in_the_order_in_which_they_came(folder: BundleFolder, tmp_path: Path) -> None:
    """By the time of the file, not by its name."""
    for place, name in enumerate(("b", "a")):
        folder.hand_over(request(name))
        os.utime(tmp_path / "bundles" / "inbox" / f"{name}.request", (NOW_S + place, NOW_S + place))

    assert [folder.take(), folder.take()] == [request("b"), request("a")]


def test_a_request_can_be_withdrawn_until_it_is_taken(folder: BundleFolder) -> None:
    """Either the edge has it or whoever asked; never both."""
    folder.hand_over(request("a"))
    assert folder.withdraw("a")
    assert folder.take() is None

    folder.hand_over(request("b"))
    folder.take()
    assert not folder.withdraw("b")


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x81\xa2id\xa1a"])
def test_what_is_no_request_is_removed(folder: BundleFolder, tmp_path: Path, content: bytes) -> None:
    """It does not stand in the way of the next."""
    path = tmp_path / "bundles" / "inbox" / "a.request"
    path.write_bytes(content)
    os.utime(path, (NOW_S, NOW_S))
    folder.hand_over(request("b"))

    assert folder.take() is None
    assert folder.take() == request("b")


@pytest.mark.parametrize("stray", ["folder", "dangling link", "link", "name that is taken"])
def test_what_cannot_be_taken_stands_in_nobodys_way_and_is_named_once(
    folder: BundleFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture, stray: str
) -> None:
    """It waits the longest, and the next is taken all the same; a look each second fills no log."""
    inbox = tmp_path / "bundles" / "inbox"
    path = inbox / "a.request"
    match stray:
        case "folder":
            path.mkdir()
        case "dangling link":
            path.symlink_to(tmp_path / "nowhere")
        case "link":
            (tmp_path / "somewhere").write_bytes(b"x")
            path.symlink_to(tmp_path / "somewhere")
        case _:
            path.write_bytes(b"x")
            (inbox / "a.taken").mkdir()
    os.utime(path, (NOW_S, NOW_S), follow_symlinks=False)
    folder.hand_over(request("b"))

    with caplog.at_level(logging.DEBUG):
        assert [folder.take() for _ in range(3)] == [request("b"), None, None]
        path.rename(tmp_path / "elsewhere")
        assert folder.take() is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "DEBUG", "INFO"]


def test_what_was_never_a_request_is_not_among_the_unfinished(folder: BundleFolder, tmp_path: Path) -> None:
    """A folder of such a name is left alone, and those beside it are answered."""
    folder.hand_over(request("b"))
    folder.take()
    stray = tmp_path / "bundles" / "inbox" / "a.taken"
    stray.mkdir()

    assert folder.unfinished() == [request("b")]
    assert stray.is_dir()


def test_tidying_leaves_alone_what_is_no_file(folder: BundleFolder, tmp_path: Path) -> None:
    """`lost+found` of a disk of its own, and a folder between the told words; what is to go goes."""
    strays = [tmp_path / "bundles" / name for name in ("slots/lost+found", "inbox/a.told", "inbox/b.part")]
    for stray in strays:
        stray.mkdir()
        os.utime(stray, (0.0, 0.0))
    folder.keep("rhythm-1.0.1", "ab" * 32, b"x")

    folder.tidy(set(), NOW_S)

    assert all(stray.is_dir() for stray in strays)
    assert list((tmp_path / "bundles" / "slots").iterdir()) == strays[:1]


def test_what_is_told_is_read_by_whoever_waits(folder: BundleFolder) -> None:
    """All steps so far, or none as long as there are none."""
    steps = [InstallStatus(bundle="x", step=InstallStep.RECEIVED, at_s=NOW_S)]

    assert folder.told("a") == []
    folder.tell("a", steps)
    assert folder.told("a") == steps
    folder.forget_told("a")
    assert folder.told("a") == []


def test_only_bundles_that_are_needed_are_kept(folder: BundleFolder, tmp_path: Path) -> None:
    """Others go, as does what a kill has left half written and words that nobody has read for a day."""
    for name in ("rhythm-1.0.1", "rhythm-1.0.2-beta"):
        folder.keep(name, "ab" * 32, b"x")
    folder.keep("rhythm-1.0.3", "cd" * 32, b"y")
    slots, inbox = tmp_path / "bundles" / "slots", tmp_path / "bundles" / "inbox"
    (slots / ".rhythm.vwb.part").write_bytes(b"half")
    for name, age_s in (("old", UNREAD_S + 1.0), ("new", 5.0)):
        folder.tell(name, [])
        os.utime(inbox / f"{name}.told", (NOW_S - age_s, NOW_S - age_s))

    folder.tidy({("rhythm", "cd" * 32), ("pressure", None)}, NOW_S)

    assert [path.name for path in slots.iterdir()] == [f"rhythm-1.0.3-{'cd' * 32}.vwb"]
    assert [path.name for path in inbox.iterdir()] == ["new.told"]


def test_a_request_that_names_another_place_is_removed(folder: BundleFolder, tmp_path: Path) -> None:
    """What the edge writes is named after the request's id: one that is not that of its file is none."""
    folder.hand_over(request("a"))
    inbox = tmp_path / "bundles" / "inbox"
    (inbox / "b.request").write_bytes((inbox / "a.request").read_bytes().replace(b"a.vwb", b"b.vwb"))
    (inbox / "a.request").unlink()

    assert folder.take() is None
    assert list(inbox.iterdir()) == []
