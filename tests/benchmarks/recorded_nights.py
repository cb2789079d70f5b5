"""Recorded nights through the edge, the broker aside: `python -m tests.benchmarks.recorded_nights slpdb`.

Beats of each record of a database (`apnea-ecg`, `slpdb`) go into the journal as a strap would send them from
midnight on; at ten in the morning the edge reports the night. Printed are its minutes with likely pauses of
breath in an hour, the labels' of the same seven hours, and whether `apnea_index` was alerted. The shipped
bundle has learned from all of `apnea-ecg` here, so only `slpdb` shows how good it is. `mmash` has no labels:
24 h of ten healthy men, where any alert would be a false one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.recordings.mmash import read_person
from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.ends import Entry
from tests.support.home import TOPICS, Home, shipped_equipment, tick
from training.datasets.nights import NIGHT_DATASETS, read_nights

# 2026-06-01T00:00:00Z, a midnight; the night by the clock lasts until seven.
MIDNIGHT_S = 1_780_272_000.0
NIGHT_MINUTES = 420
BATCH = 200
LIMIT_PER_HOUR = 15.0


class Recorded(NamedTuple):
    """The beats of one person since midnight, and whether each minute has apnea (-1: nobody said)."""

    name: str
    beat_s: NDArray[np.float64]
    label: NDArray[np.int8]


def recorded(database: str, data: Path) -> Iterator[Recorded]:
    """The nights of a database."""
    if database != "mmash":
        for night in read_nights(NIGHT_DATASETS[database], data).used:
            yield Recorded(f"{database}-{night.name}", night.beat_s, night.label)
        return
    for number in range(1, 11):
        person = read_person(data / "mmash10" / f"subject_{number}")
        (rr,) = person.samples_of("rr")
        # Recorded from about ten in the morning on: what came before midnight belongs to the evening.
        yield Recorded(person.name, np.array(rr.times_s) - 14 * 3600.0, np.empty(0, dtype=np.int8))


def entries(night: Recorded) -> Iterator[Entry]:
    """As a strap sends them, BATCH intervals to a message."""
    rr_ms = 1000.0 * np.diff(night.beat_s)
    is_told = (rr_ms >= 200.0) & (rr_ms <= 4000.0)
    times_s, rr_ms = MIDNIGHT_S + night.beat_s[1:][is_told], rr_ms[is_told]
    topic = TOPICS.samples(SampleTopic(night.name, "strap", "rr"))
    for seq, first in enumerate(range(0, len(rr_ms), BATCH)):
        part = slice(first, first + BATCH)
        batch = SampleBatch(
            seq=seq, times_s=times_s[part].tolist(), values={"rr": rr_ms[part].tolist()}, mode=Mode.TEST
        )
        yield Entry(batch.times_s[-1], topic, Encoding.JSON, encode(batch))


def main() -> None:
    """Print a line for each record, and what they come to."""
    database = sys.argv[1] if len(sys.argv) > 1 else "slpdb"
    data = Path(os.environ.get("VITALWARD_DATA", "../shared/data"))
    errors, inside, table = [], [], dict.fromkeys(((a, b) for a in (True, False) for b in (True, False)), 0)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), shipped_equipment(Path(folder)))
        for night in recorded(database, data):
            home.letters.clear()
            home.take([*entries(night), tick(MIDNIGHT_S + 10 * 3600.0)])
            (report,) = [each for each in home.nights() if each.wearer == night.name][-1:]
            label = night.label[:NIGHT_MINUTES]
            truth = 60.0 * float(np.mean(label[label >= 0] == 1)) if np.any(label >= 0) else None
            is_alert = bool(home.alerts("apnea_index"))
            told = "-" if truth is None else f"{truth:5.1f}"
            if report.apnea is None:
                print(f"{night.name:16} labels {told:>5}  not judged: {report.no_apnea}")
                continue
            apnea = report.apnea
            print(
                f"{night.name:16} labels {told:>5}  found {apnea.per_hour:5.1f} "
                f"({apnea.low_per_hour:.1f} to {apnea.high_per_hour:.1f}) of {apnea.minutes} min"
                f"{'  apnea_index' if is_alert else ''}"
            )
            if truth is None:
                table[is_alert, False] += 1
                continue
            errors.append(abs(truth - apnea.per_hour))
            inside.append(apnea.low_per_hour <= truth <= apnea.high_per_hour)
            table[is_alert, truth >= LIMIT_PER_HOUR] += 1
        home.close()
    if errors:
        print(f"mean error {np.mean(errors):.2f} in an hour; within the interval {np.mean(inside):.0%}")
    print(
        f"alerted: {table[True, True]} with {LIMIT_PER_HOUR:g} labelled minutes an hour and more, "
        f"{table[True, False]} with fewer or none known; not alerted: {table[False, True]} and "
        f"{table[False, False]}"
    )


if __name__ == "__main__":
    main()
