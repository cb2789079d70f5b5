"""Recordings: read in either layout, played as a strap would send them, or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from device_sim.recordings.wfdb import WITHOUT_FIBRILLATION, read_record
from device_sim.replay import BEGINS_S, play, truth_of_recordings
from edge.contract.codec import decode_batch
from edge.contract.errors import DataError
from edge.contract.samples import Mode, Validity
from edge.contract.topics import Encoding, Topics
from tests.unit.device_sim.records import FS_HZ, write_joint_record, write_record

# Beats off any lattice, with a pause of 5 s and one of 80 s.
INTERVALS = [203, 197, 211, 180, 1250, 199, 20_000, 205, 201, 340, 118]
BEATS = np.cumsum([100, *INTERVALS]).tolist()
RHYTHMS = [(90, "N"), (600, "AFIB"), (2600, "AFIB"), (2600 + 250 * 130, "AFL"), (2600 + 250 * 140, "N")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two records of the same beats and rhythms: `r` in the layout of AFDB, `s` in that of LTAFDB."""
    write_record(tmp_path, "r", BEATS, RHYTHMS)
    write_joint_record(tmp_path, "s", BEATS, RHYTHMS)
    return tmp_path


@pytest.mark.parametrize("name", ["r", "s"])
def test_beats_and_fibrillation_come_from_either_layout(folder: Path, name: str) -> None:
    """Beats in seconds; a repeated label goes on with its stretch, flutter is no fibrillation."""
    recording = read_record(folder / name)

    (intervals,) = recording.samples_of("rr")
    assert intervals.times_s == pytest.approx([sample / FS_HZ for sample in BEATS[1:]], abs=1 / 1024)
    assert recording.beats == len(BEATS)
    assert recording.fibrillation_s == ((600 / FS_HZ, 2600 / FS_HZ + 130.0),)


def test_a_rhythm_that_nobody_labelled_is_not_known(folder: Path) -> None:
    """Beats alone, in either layout, do not say that nothing fibrillated: no alert can be called false."""
    (folder / "r.atr").unlink()
    beats_only = write_joint_record(folder, "t", BEATS, [])

    assert read_record(folder / "r").fibrillation_s is None
    assert read_record(beats_only).fibrillation_s is None


@pytest.mark.parametrize("database", sorted(WITHOUT_FIBRILLATION))
def test_persons_known_not_to_fibrillate_need_no_labels(tmp_path: Path, database: str) -> None:
    """By the name of the database: unlabelled beats are of no fibrillation, labelled ones as labelled."""
    home = tmp_path / database
    home.mkdir()
    unlabelled, labelled = (
        write_joint_record(home, "a", BEATS, []),
        write_joint_record(home, "b", BEATS, RHYTHMS),
    )

    assert read_record(unlabelled).fibrillation_s == ()
    assert len(read_record(labelled).fibrillation_s or ()) == 1


def test_a_strap_plays_each_interval_once_and_in_order(folder: Path) -> None:
    """Intervals come out as written, within a tick; one that no heart makes has no value."""
    steps = play([read_record(folder / "r")], Topics("t"))
    sent = [decode_batch(packet.payload, Encoding.JSON) for step in steps for packet in step.packets]
    times_s = [at_s for batch in sent for at_s in batch.times_s]
    values_ms = [value for batch in sent for value in batch.values["rr"]]
    doubts = [flag for batch in sent for flag in batch.validity or [Validity.VALID] * len(batch.times_s)]
    written_ms = [4.0 * interval if interval <= 1000 else None for interval in INTERVALS]

    assert times_s == pytest.approx([BEGINS_S + sample / FS_HZ for sample in BEATS[1:]], abs=1 / 1024)
    assert [value is None for value in values_ms] == [value is None for value in written_ms]
    assert [v for v in values_ms if v is not None] == pytest.approx(
        [v for v in written_ms if v is not None], abs=1000 / 1024
    )
    assert [flag is Validity.INVALID for flag in doubts] == [value is None for value in written_ms]
    assert [batch.seq for batch in sent] == list(range(len(sent)))
    assert {batch.mode for batch in sent} == {Mode.TEST}


def test_truth_of_a_recording_is_its_fibrillation_and_its_silences(folder: Path) -> None:
    """An episode of two minutes must be found; the pause of 80 s and the end excuse a lost sensor."""
    episodes = truth_of_recordings([read_record(folder / "r")]).episodes
    spans = [(e.condition, round(e.end_s - e.onset_s), e.must_be_found) for e in episodes]

    assert spans == [("irregular_rhythm", 138, True), ("sensor_lost", 80, False)]


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    """The path and the files looked for are told."""
    with pytest.raises(DataError, match=r"0815: no such record; allowed: .*0815\.qrs, 0815\.atr"):
        read_record(tmp_path / "0815")


def test_a_record_without_its_header_is_named(folder: Path) -> None:
    """Where the annotations state no frequency, the header is needed."""
    (folder / "r.hea").unlink()
    (folder / "r.qrs").write_bytes(b"\x64\x04\xc8\x04\x00\x00")

    with pytest.raises(DataError, match=r"r\.hea"):
        read_record(folder / "r")


@pytest.mark.parametrize("content", [b"\x01", b"", b"\x00\x00", b"\x03\xfc"])
def test_a_broken_record_is_named(folder: Path, content: bytes) -> None:
    """Bytes that are no annotations, or hold no beats, are an error of the data and not of the program."""
    (folder / "r.qrs").write_bytes(content)

    with pytest.raises(DataError, match=r"r\.qrs"):
        read_record(folder / "r")
