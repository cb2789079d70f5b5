"""A wearer's day as the journal has it: the samples of each signal, late ones too, of its best device."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.catalogue import SIGNALS
from edge.contract.codec import decode_batch
from edge.contract.errors import VitalwardError
from edge.contract.samples import Mode
from edge.contract.topics import SampleTopic, Topics
from edge.pipeline.intake import check_batch
from edge.storage.journal import entry_of
from edge.wearer.sample import Sample

Values = NDArray[np.float64]

# What a day is judged by; `contact` tells when a device was off the body.
USED: Final = ("rr", "hr", "movement", "activity", "bp")
# Times of beats may be rounded or late by the batch: intervals tell better where both agree this closely.
BEAT_SLACK_S: Final = 2.0


@dataclass(frozen=True)
class Series:
    """Samples of one signal, ascending in time: `time_s` (n,) and `values` (n, components)."""

    time_s: Values
    values: Values

    def between(self, from_s: float, until_s: float) -> Series:
        """Those from the one time to before the other."""
        first, end = np.searchsorted(self.time_s, (from_s, until_s))
        return Series(self.time_s[first:end], self.values[first:end])


NOTHING: Final = Series(np.empty(0), np.empty((0, 1)))


@dataclass(frozen=True)
class Recorded:
    """What was recorded from `from_s` to `until_s`, by signal; a signal that nobody sent is not in it."""

    from_s: float
    until_s: float
    signals: Mapping[str, Series] = field(default_factory=dict)

    def of(self, signal: str) -> Series:
        """The samples of a signal, often none."""
        return self.signals.get(signal, NOTHING)

    @property
    def beat_s(self) -> Values:
        """The times of beats, (n,): by their intervals where these join, else as they were sent."""
        rr = self.of("rr")
        beats = array("d")
        at_s = -np.inf
        for told_s, rr_ms in zip(rr.time_s, rr.values[:, 0], strict=True):
            joined_s = at_s + rr_ms / 1000.0
            at_s = joined_s if abs(joined_s - told_s) <= BEAT_SLACK_S else told_s
            if beats and at_s <= beats[-1]:
                at_s = beats[-1]
                continue
            beats.append(at_s)
        return np.array(beats)

    def heart_rate(self, from_s: float, until_s: float) -> Series:
        """Heart rate in a span: as sent, or by intervals where these cover more of its minutes."""
        sent, rr = (self.of(signal).between(from_s, until_s) for signal in ("hr", "rr"))
        # A watch that sends a rate now and then must not hide the strap that was worn all night.
        if _minutes(sent) >= _minutes(rr):
            return sent
        return Series(rr.time_s, 60_000.0 / rr.values)


def _minutes(series: Series) -> int:
    return len(np.unique(series.time_s // 60.0))


def read_day(
    database: sqlite3.Connection,
    topics: Topics,
    who: tuple[str, Mode],
    span_s: tuple[float, float],
    after_id: int = 0,
) -> Recorded:
    """What the journal holds of a wearer in that time, in entries after `after_id`."""
    # Flat numbers, time first: a day of beats as objects would be megabytes.
    found: dict[tuple[str, str], array[float]] = {}
    contact: dict[str, list[tuple[float, float]]] = {}
    for device, signal, at_s, values in _samples(database, topics, who, after_id):
        if signal == "contact" and at_s < span_s[1]:
            contact.setdefault(device, []).append((at_s, values[0]))
        elif signal in USED and span_s[0] <= at_s < span_s[1]:
            found.setdefault((signal, device), array("d")).extend((at_s, *values))
    signals: dict[str, Series] = {}
    for signal, device in sorted(found):
        rows = np.array(found[signal, device]).reshape(-1, 1 + len(SIGNALS[signal].components))
        series = _worn(_series(rows), contact.get(device, []))
        # Of several devices the one that tells most.
        if len(series.time_s) > len(signals.get(signal, NOTHING).time_s):
            signals[signal] = series
    return Recorded(*span_s, signals)


def _samples(
    database: sqlite3.Connection, topics: Topics, who: tuple[str, Mode], after_id: int
) -> Iterator[tuple[str, str, float, tuple[float, ...]]]:
    wearer, wanted = who
    rows = database.execute(
        "SELECT received_s, topic, encoding, payload FROM journal "
        "WHERE (id > ? AND topic GLOB ?) OR topic GLOB ? ORDER BY id",
        # Whether a device is worn may have been told long before the day.
        (after_id, f"{topics.root}/samples/{wearer}/*", f"{topics.root}/samples/{wearer}/*/contact*"),
    )
    for topic, _, samples in read_batches(rows, topics, (*USED, "contact"), wanted):
        for sample in samples:
            if sample.values[0] is not None:
                values = tuple(np.nan if value is None else value for value in sample.values)
                yield topic.device, topic.signal, sample.at_s, values


def read_batches(
    rows: Iterable[Sequence[Any]], topics: Topics, signals: Container[str], wanted: Mode | None = None
) -> Iterator[tuple[SampleTopic, Mode, list[Sample]]]:
    """The batches of these signals in rows of the journal, of one mode or of any.

    `rows` are received_s, topic, encoding and payload. What cannot be read is left out.
    """
    for row in rows:
        entry = entry_of(row)
        try:
            topic = topics.parse_samples(entry.topic)
            if topic.signal not in signals:
                continue
            batch = decode_batch(entry.payload, entry.encoding)
            if wanted is not None and batch.mode is not wanted:
                continue
            samples = check_batch(batch, topic.signal, now_s=None).samples
        except VitalwardError:
            # An earlier version let it in, or it cannot be read any more.
            continue
        yield topic, batch.mode, samples


def _series(rows: Values) -> Series:
    """In order of time, which comes first in each row, each time once: what was sent again is the same."""
    time_s, first = np.unique(rows[:, 0], return_index=True)
    return Series(time_s, rows[first, 1:])


def _worn(series: Series, contact: list[tuple[float, float]]) -> Series:
    """Without what a device told while it was off the body."""
    if not contact:
        return series
    told = np.array(sorted(contact))
    place = np.searchsorted(told[:, 0], series.time_s, side="right") - 1
    is_worn = (place < 0) | (told[place.clip(min=0), 1] != 0.0)
    return Series(series.time_s[is_worn], series.values[is_worn])
