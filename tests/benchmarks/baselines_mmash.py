"""How often heart rate alerts come to healthy men of MMASH: `python -m tests.benchmarks.baselines_mmash`.

Each person's day of wrist heart rate and steps (1 value in 5 s) is lived ten times over by one wearer, so
that a baseline can be learned from it. Prints the alerts a day by condition: on the first day, when only the
population is known, on days 2 to 4, and on days 5 to 10, when the usual is the person's own; beside it what
the limits of the guideline alone would have told. The same day again is kinder than a new one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

from device_sim.recordings.mmash import is_person, read_person
from edge.contract.messages import Alert, Phase
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from edge.pipeline.corridor import take_batch
from edge.wearer.state import WearerState
from tests.support.corridor import make_rules

# 2026-06-01T10:00:00Z: recordings began at about ten in the morning.
START_S = 1_780_308_000.0
DAY_S = 86_400.0
DAYS = 10
EVERY = 5
WATCHED = ("tachycardia_at_rest", "bradycardia_at_rest", "heart_rate_unexplained", "night_heart_rate_high")
SPANS = ((0, 1), (1, 4), (4, DAYS))

Row = tuple[float, str, float | None]


def rows_of(path: Path) -> list[Row]:
    """Seconds from the start, signal and value, in order of time, no longer than a day."""
    rows: list[Row] = []
    for samples in read_person(path).devices.get("wristband", ()):
        step = EVERY if samples.signal == "hr" else 1
        (column,) = samples.values.values()
        rows += [
            (at_s, samples.signal, value)
            for at_s, value in zip(samples.times_s[::step], column[::step], strict=True)
            if at_s < DAY_S
        ]
    return sorted(rows, key=lambda row: row[0])


def live(rows: list[Row], days: int, *, with_baseline: bool) -> list[tuple[int, str]]:
    """The day and condition of each alert that begins in so many equal days."""
    rules, state, told = make_rules(), WearerState("w1", Mode.TEST), []
    for day in range(days):
        minutes = groupby(rows, key=lambda row: (row[0] // 60.0, row[1]))
        for seq, ((_, signal), group) in enumerate(minutes):
            part = list(group)
            times_s = [START_S + DAY_S * day + at_s for at_s, _, _ in part]
            name = "hr" if signal == "hr" else "cadence"
            batch = SampleBatch(
                seq=day * 100_000 + seq, times_s=times_s, values={name: [value for _, _, value in part]}
            )
            outcome = take_batch(state, rules, SampleTopic("w1", "watch", signal), batch, times_s[-1])
            told += [
                (day, item.condition)
                for item in outcome.said
                if isinstance(item, Alert) and item.phase is Phase.START and item.condition in WATCHED
            ]
            if not with_baseline:
                state.baseline.limits = {}
    return told


def main() -> None:
    """Live all persons' days and print the alerts a person-day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VITALWARD_DATA", ".")))
    folder = parser.parse_args().data / "mmash10"
    people = [folder / f"subject_{number}" for number in range(1, 23)]
    recordings = {path.name: rows_of(path) for path in people if is_person(path)}
    for with_baseline in (False, True):
        counts: Counter[tuple[int, str]] = Counter()
        persons: dict[str, set[str]] = {code: set() for code in WATCHED}
        for name, rows in recordings.items():
            for day, code in live(rows, DAYS, with_baseline=with_baseline):
                counts[next(at for at, (low, high) in enumerate(SPANS) if low <= day < high), code] += 1
                persons[code].add(name)
        sys.stdout.write(
            f"{'with the baseline' if with_baseline else 'guideline alone'}, {len(recordings)} persons\n"
        )
        for code in WATCHED:
            shares = [
                counts[at, code] / (len(recordings) * (high - low)) for at, (low, high) in enumerate(SPANS)
            ]
            days = "   ".join(
                f"days {low + 1}-{high}: {share:5.2f}"
                for (low, high), share in zip(SPANS, shares, strict=True)
            )
            sys.stdout.write(f"  {code:24} {days} a person-day, in {len(persons[code])} persons\n")


if __name__ == "__main__":
    main()
