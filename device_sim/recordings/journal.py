"""The journal of an edge (`vitalward.db`): what devices sent it, to be played again."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from device_sim.devices.samples import Samples, joined
from device_sim.recordings.recording import Recording, check_silences
from edge.contract.codec import decode_batch
from edge.contract.errors import DataError, MessageError
from edge.contract.samples import Mode
from edge.contract.topics import VERSION, Encoding, SampleTopic, Topics

NAME = "vitalward.db"
_BETWEEN = f"/{VERSION}/samples/"
# What an edge sends itself to see that its alerts arrive is of nobody.
_SELF_TEST = "self_test"
_COLUMNS = ("topic", "encoding", "payload")


def read_journal(path: Path) -> list[Recording]:
    """A recording for each wearer and mode in the journal; times count from the earliest sample of all.

    A mode that is not `real` is told in the name: `anna-test`. The edge's own self-test is left out. The file
    is opened for reading only, so an edge may be running on it. DataError when it is none.
    """
    streams: dict[tuple[str, str, str], dict[tuple[int, float], Samples]] = {}
    for row_id, *row in _rows(path):
        try:
            topic, encoding, payload = msgspec.convert(
                row, tuple[str, Encoding, bytes], builtin_types=(bytes,)
            )
            prefix, between, _ = topic.partition(_BETWEEN)
            if not between:
                continue
            at: SampleTopic = Topics(prefix).parse_samples(topic)
            batch = decode_batch(payload, encoding)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at `$[")
            column = _COLUMNS[int(place.rstrip("]`"))]
            raise _unreadable(path, row_id, f"{column}: {what}") from None
        except MessageError as error:
            raise _unreadable(path, row_id, str(error)) from None
        if at.signal == _SELF_TEST:
            continue
        samples = Samples(at.signal, batch.times_s, batch.values, batch.validity)
        # A batch that came twice is kept once; the play has faults of its own for that. The edge knows it by
        # its first time, too: a device that restarts counts from 0 again.
        stream = streams.setdefault((_name(at.wearer, batch.mode), at.device, at.signal), {})
        stream.setdefault((batch.seq, batch.times_s[0]), samples)
    if not streams:
        raise DataError(
            "no samples", where=str(path), allowed="the journal of an edge that has received some"
        )
    # All recordings of a journal are played side by side, so a silence is one of them all.
    times_s = sorted(at_s for parts in streams.values() for part in parts.values() for at_s in part.times_s)
    check_silences(times_s, lambda index: f"{path}, the sample at {times_s[index]:.0f} s")
    start_s = times_s[0]
    devices: dict[str, dict[str, tuple[Samples, ...]]] = {}
    for (name, device, _), parts in streams.items():
        whole = joined(sorted((_even(part) for part in parts.values()), key=lambda part: part.times_s[0]))
        shifted = whole._replace(times_s=[at_s - start_s for at_s in whole.times_s])
        own = devices.setdefault(name, {})
        own[device] = (*own.get(device, ()), shifted)
    return [
        Recording(name, own, max(part.times_s[-1] for parts in own.values() for part in parts))
        for name, own in devices.items()
    ]


def _name(wearer: str, mode: Mode) -> str:
    """Of the recording: what a person measured as a test is no part of that person's days."""
    return wearer if mode is Mode.REAL else f"{wearer}-{mode}"


def _even(samples: Samples) -> Samples:
    """With a place for each validity, so that batches with and without it can be joined."""
    return samples._replace(validity=samples.validities)


def _unreadable(path: Path, row_id: int, what: str) -> DataError:
    allowed = f"a journal of this version, written as {' or '.join(Encoding)}"
    return DataError(what, where=f"{path}, row {row_id} of the journal", allowed=allowed)


def _rows(path: Path) -> list[tuple[Any, ...]]:
    try:
        database = sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True)
        try:
            return list(database.execute("SELECT id, topic, encoding, payload FROM journal ORDER BY id"))
        finally:
            database.close()
    except sqlite3.Error as error:
        raise DataError(str(error), where=str(path), allowed="the vitalward.db of an edge") from None
