"""How well and how soon it is told who sleeps now: `python -m tests.benchmarks.live_sleep`.

Plays the story well-week with so many seeds (`--seeds 2`) through a store, looks at it every five minutes as
the edge does, and holds what is told against the simulator's own stages and the morning's hypnogram. Delays
are from the first ten minutes of sleep on end, and from the last waking, to the look that tells it. Then
prints the processor time of a look in the middle of the night, and what is held, for 1 and 20 wearers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.scenario import Scenario, packaged_scenario
from device_sim.simulate import Story, simulate
from device_sim.wearers.hypnogram import Stage
from device_sim.wearers.life import Life
from device_sim.wearers.randomness import Streams
from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.messages import SleepStage, SleepStatus
from edge.contract.samples import Mode
from edge.contract.topics import Encoding
from edge.days.judge import open_to_read
from edge.days.recorded import read_day
from edge.days.sleep import SleepJudge
from edge.ends import Entry
from edge.signals.sleep_epochs import EPOCH_S
from edge.sleep_now.judge import LOOK_EVERY_S
from edge.sleep_now.looks import Look, Looks
from edge.storage.store import Store
from tests.support.home import TOPICS, shipped_equipment

STAGES = list(SleepStage)
# Ten minutes of sleep on end are falling asleep.
ONSET_EPOCHS = 20
NREM = (Stage.N1, Stage.N2, Stage.N3)


class Told(NamedTuple):
    """What was told at a look."""

    at_s: float
    status: SleepStatus


def entries(scenario: Scenario, seed: int) -> Iterator[Entry]:
    """What its wearers' devices send, as it came."""
    for step in simulate(Story(scenario, seed), Mode.TEST, TOPICS):
        for packet in step.packets:
            if packet.topic.startswith(f"{TOPICS.root}/samples/"):
                yield Entry(step.now_s, packet.topic, Encoding.JSON, packet.payload)


def truth(scenario: Scenario, seed: int, wearer: str) -> NDArray[np.int64]:
    """The index into STAGES of each epoch of the story, -1 out of bed."""
    plan = scenario.wearers[wearer]
    life = Life(plan, plan.events, Streams(seed, wearer), scenario.clock_s)
    middles_s = np.arange(EPOCH_S / 2.0, scenario.length_s, EPOCH_S).tolist()
    stages = [life.pieces(at_s, at_s + 0.1)[0].stage for at_s in middles_s]
    return np.array(
        [-1 if each is None else 0 if each is Stage.WAKE else 1 if each in NREM else 2 for each in stages]
    )


def morning(folder: Path, judge: SleepJudge, scenario: Scenario, wearer: str) -> NDArray[np.int64]:
    """The same by the morning's reports; -1 where they say nothing."""
    found = np.full(int(scenario.length_s / EPOCH_S), -1)
    database = open_to_read(folder)
    first_s = scenario.start_s - scenario.start_s % DAY_S + 10.0 * HOUR_S
    for from_s in np.arange(first_s, scenario.start_s + scenario.length_s, DAY_S).tolist():
        recorded = read_day(database, TOPICS, (wearer, Mode.TEST), (from_s, from_s + DAY_S))
        night = judge.judge(recorded) if recorded.signals else "nothing"
        if not isinstance(night, str):
            first = round((night.from_s - scenario.start_s) / EPOCH_S)
            letters = [{"W": 0, "N": 1, "R": 2}.get(letter, -1) for letter in night.hypnogram]
            found[first : first + len(letters)] = letters
    database.close()
    return found


def delays_min(
    told: Sequence[Told], stage: NDArray[np.int64], start_s: float
) -> tuple[list[float], list[float]]:
    """Minutes until falling asleep, and waking for good, were told; of each night."""
    in_bed = np.concatenate([[False], stage >= 0, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(in_bed))
    asleep_min, awake_min = [], []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        is_asleep = stage[first:end] > 0
        if end - first < 240 or end == len(stage) or not is_asleep.any():
            continue
        runs = np.lib.stride_tricks.sliding_window_view(is_asleep, ONSET_EPOCHS).all(axis=1)
        onset_s = start_s + EPOCH_S * (first + int(np.argmax(runs)))
        wake_s = start_s + EPOCH_S * (first + int(np.flatnonzero(is_asleep)[-1]) + 1)
        asleep_min.append(_first(told, onset_s, is_asleep=True))
        awake_min.append(_first(told, wake_s, is_asleep=False))
    return asleep_min, awake_min


def _first(told: Sequence[Told], after_s: float, *, is_asleep: bool) -> float:
    later = (each.at_s - after_s for each in told if each.at_s >= after_s)
    right = [
        at_s
        for at_s, each in zip(later, (one for one in told if one.at_s >= after_s), strict=True)
        if each.status.is_asleep is is_asleep
    ]
    return right[0] / 60.0 if right else float("inf")


def kappa(truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Cohen's kappa."""
    table = np.zeros((3, 3))
    np.add.at(table, (truth, said), 1.0)
    table /= table.sum()
    by_chance = float(table.sum(axis=0) @ table.sum(axis=1))
    return (float(np.trace(table)) - by_chance) / (1.0 - by_chance)


def agreement(name: str, pairs: NDArray[np.int64]) -> None:
    """Print how often what was told (second column) is so (first column)."""
    so, said = pairs.T
    asleep, awake = so > 0, so <= 0
    sys.stdout.write(
        f"{name}: {len(so)} looks; asleep or awake right {np.mean((so > 0) == (said > 0)):.1%} "
        f"(asleep {np.mean(said[asleep] > 0):.1%}, awake {np.mean(said[awake] <= 0):.1%})\n"
    )
    if np.any(awake & (so == 0)):
        in_bed = so >= 0
        right, chance = np.mean(so[in_bed] == said[in_bed]), kappa(so[in_bed], said[in_bed])
        sys.stdout.write(f"  in bed: {in_bed.sum()} looks; stage right {right:.1%}, kappa {chance:.2f}\n")


def play(folder: Path, seed: int) -> tuple[dict[str, list[NDArray[np.int64]]], list[list[float]]]:
    """A week: pairs of what is so and what was told, by what is so; and the delays."""
    scenario, equipment = packaged_scenario("well-week"), shipped_equipment(folder / "equipment")
    store = Store(folder / "state", lambda: True)
    store.keep_messages(list(entries(scenario, seed)))
    source = equipment.source("sleep", {})
    looks = Looks(folder / "state", TOPICS)
    told: dict[str, list[Told]] = {name: [] for name in scenario.wearers}
    times_s = np.arange(scenario.start_s + LOOK_EVERY_S, scenario.start_s + scenario.length_s, LOOK_EVERY_S)
    for at_s in times_s.tolist():
        while (statuses := looks.look(Look(at_s, source.open))) is None:
            pass
        for status in statuses:
            told[status.wearer].append(Told(at_s, status))
    judge = SleepJudge.of_bundle(source.open())
    names = ("simulator", "simulator, now", "morning", "(the morning, by the simulator)")
    pairs: dict[str, list[NDArray[np.int64]]] = {name: [] for name in names}
    delays: list[list[float]] = [[], [], []]
    for wearer in scenario.wearers:
        stage = truth(scenario, seed, wearer)
        report = morning(folder / "state", judge, scenario, wearer)
        rows, known = [], [each for each in told[wearer] if each.status.stage is not None]
        for each in known:
            assert each.status.stage is not None
            assert each.status.at_s is not None
            said = STAGES.index(each.status.stage)
            place = round((each.status.at_s - scenario.start_s) / EPOCH_S) - 1
            now = min(int((each.at_s - scenario.start_s) // EPOCH_S), len(stage) - 1)
            rows.append((stage[place], stage[now], report[place], said))
        table = np.array(rows)
        pairs["simulator"].append(table[:, [0, 3]])
        pairs["simulator, now"].append(table[:, [1, 3]])
        is_reported = table[:, 2] >= 0
        pairs["morning"].append(table[is_reported][:, [2, 3]])
        pairs["(the morning, by the simulator)"].append(table[is_reported][:, [0, 2]])
        asleep_min, awake_min = delays_min(known, stage, scenario.start_s)
        turns = np.abs(np.diff(table[:, 3] > 0)).sum() / max(len(asleep_min), 1)
        delays = [delays[0] + asleep_min, delays[1] + awake_min, [*delays[2], float(turns)]]
        none = len(told[wearer]) - len(known)
        sys.stdout.write(f"seed {seed} {wearer}: {len(asleep_min)} nights, {none} looks without an answer\n")
    store.close()
    return pairs, delays


def cost(folder: Path, wearers: int) -> None:
    """Print what a look takes for so many wearers who all sleep, and what is held of each."""
    scenario = packaged_scenario("well-week")
    name, until_s = "otto", scenario.start_s + DAY_S - 3.0 * HOUR_S
    store = Store(folder / "state", lambda: True)
    head = f"{TOPICS.root}/samples/"
    for entry in entries(scenario, 21):
        if entry.received_s > until_s:
            break
        if entry.topic.startswith(f"{head}{name}/"):
            tail = entry.topic.removeprefix(f"{head}{name}/")
            store.keep_messages(
                [entry._replace(topic=f"{head}w{number}/{tail}") for number in range(wearers)]
            )
    source = shipped_equipment(folder / "equipment").source("sleep", {})
    tracemalloc.start()
    looks = Looks(folder / "state", TOPICS)
    times_s = [until_s - LOOK_EVERY_S * back for back in range(6, -1, -1)]
    before = time.process_time()
    while looks.look(Look(times_s[0], source.open)) is None:
        pass
    first_s = time.process_time() - before
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    took_s, asleep = [], 0
    for at_s in times_s[1:]:
        before = time.process_time()
        statuses = looks.look(Look(at_s, source.open)) or ()
        took_s.append(time.process_time() - before)
        asleep = sum(status.is_asleep is True for status in statuses)
    store.close()
    sys.stdout.write(
        f"{wearers} wearers, {asleep} asleep: the first look {first_s:.2f} s (traced), then "
        f"{1000.0 * float(np.median(took_s)):.0f} ms a look, "
        f"{1000.0 * float(np.median(took_s)) / wearers:.0f} ms a wearer; "
        f"{held / wearers / 1024:.0f} KiB held of each\n"
    )


def main() -> None:
    """Play, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    seeds = range(21, 21 + parser.parse_args().seeds)
    pairs: dict[str, list[NDArray[np.int64]]] = {}
    delays: list[list[float]] = [[], [], []]
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            found, late = play(Path(folder), seed)
        for key, tables in found.items():
            pairs.setdefault(key, []).extend(tables)
        delays = [all_ + new for all_, new in zip(delays, late, strict=True)]
    for key, tables in pairs.items():
        agreement(key, np.concatenate(tables))
    for what, minutes in zip(("falling asleep", "waking"), delays, strict=False):
        middle, late_min = np.percentile(minutes, [50.0, 95.0])
        sys.stdout.write(f"{what} told after {middle:.0f} min, 95th percentile {late_min:.0f} min\n")
    sys.stdout.write(f"told asleep or awake anew {np.mean(delays[2]):.1f} times a night and day\n")
    for wearers in (1, 20):
        with tempfile.TemporaryDirectory() as folder:
            cost(Path(folder), wearers)


if __name__ == "__main__":
    main()
