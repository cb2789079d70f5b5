"""What one decision costs: `python -m tests.benchmarks.decisions`.

Prints the processor time a sample takes from the checked batch to the last decision, with all conditions and
the shipped rhythm model, over six simulated hours of a wearer with a strap (RR), a watch (heart rate, steps,
contact, battery), a finger sensor (saturation, breathing) and a cuff. By how many beats travel in one
message, since a part of the cost is the message's. Beside it stands what the model's invoke took in the same
run: where the machine is busy or slow both grow, and their ratio stays.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from edge.adapters.litert import Model, Network, open_model
from edge.advice.book import load_book
from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.conditions.table import CONDITIONS, VOTES
from edge.conditions.usual_pressure import UsualPressure
from edge.contract.bundle import read_bundle
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from edge.pipeline.corridor import take_batch
from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

# 2026-06-01T00:00:00Z: nights are judged too.
START_S = 1_780_272_000.0
LENGTH_S = 6 * 3600.0
RUNS = 5
Columns = dict[str, list[float | None]]


def messages(beats: int, rng: Random) -> Iterator[tuple[str, str, list[float], Columns]]:
    """Device, signal, times and values, in order of time, `beats` RR intervals to a message."""
    now_s = START_S
    due_s = dict.fromkeys(("hr", "activity", "bp", "contact"), START_S)
    while now_s < START_S + LENGTH_S:
        rr_ms = [800.0 + rng.uniform(-40.0, 40.0) for _ in range(beats)]
        times_s = []
        for interval_ms in rr_ms:
            now_s += interval_ms / 1000.0
            times_s.append(now_s)
        yield "strap", "rr", times_s, {"rr": list(rr_ms)}
        hr_times_s = []
        while due_s["hr"] <= now_s:
            hr_times_s.append(due_s["hr"])
            due_s["hr"] += 5.0
        # The watch sends as many heart rates together as the strap sends beats.
        if hr_times_s:
            yield "watch", "hr", hr_times_s, {"hr": [rng.uniform(64.0, 76.0) for _ in hr_times_s]}
        if due_s["activity"] <= now_s:
            due_s["activity"] += 60.0
            yield "watch", "activity", [now_s], {"cadence": [0.0]}
            yield "finger", "spo2", [now_s], {"spo2": [rng.uniform(95.0, 99.0)]}
            yield "finger", "resp", [now_s], {"resp": [rng.uniform(13.0, 17.0)]}
        if due_s["contact"] <= now_s:
            due_s["contact"] += 600.0
            yield "watch", "contact", [now_s], {"contact": [1.0]}
            yield "watch", "battery", [now_s], {"battery": [80.0]}
        if due_s["bp"] <= now_s:
            due_s["bp"] += 3600.0
            columns: Columns = {"systolic": [rng.uniform(112.0, 124.0)], "diastolic": [74.0]}
            yield "cuff", "bp", [now_s], columns


class Timed:
    """An interpreter that counts what its invoke costs."""

    def __init__(self, model: bytes) -> None:
        self._interpreter = open_model(model)
        self.allocate_tensors = self._interpreter.allocate_tensors
        self.set_tensor = self._interpreter.set_tensor
        self.get_tensor = self._interpreter.get_tensor
        self.get_input_details = self._interpreter.get_input_details
        self.get_output_details = self._interpreter.get_output_details
        self.invoked_s = 0.0

    def invoke(self) -> None:
        """Compute, and count the processor time of it."""
        began_s = time.process_time()
        self._interpreter.invoke()
        self.invoked_s += time.process_time() - began_s


class Cost(NamedTuple):
    """Of one run: its size, and the processor time of all of it and of the model's invoke within it."""

    took_s: float
    invoked_s: float
    samples: int
    messages: int
    said: int


def run(beats: int) -> Cost:
    """Decide on six hours of samples."""
    bundle = read_bundle(SHIPPED["rhythm"])
    interpreter, stream = Timed(bundle.model), bundle.manifest.stream
    assert stream is not None
    model = Model(Network(bundle.manifest, interpreter), stream, bundle.sha256)
    usual_pressure = UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"]))
    rules = Rulebook((model,), CONDITIONS, VOTES, find_scheme("esc-2024"), usual_pressure, load_book())
    state = WearerState("w1", Mode.TEST)
    batches = [
        (SampleTopic("w1", device, signal), SampleBatch(seq=seq, times_s=times_s, values=columns))
        for seq, (device, signal, times_s, columns) in enumerate(messages(beats, Random(1)))
    ]
    samples = sum(len(batch.times_s) for _, batch in batches)
    said = 0
    began_s = time.process_time()
    for topic, batch in batches:
        said += len(take_batch(state, rules, topic, batch, batch.times_s[-1]).said)
    took_s = time.process_time() - began_s
    return Cost(took_s, interpreter.invoked_s, samples, len(batches), said)


def line(beats: int) -> str:
    """The figures of the median of some runs."""
    cost = sorted(run(beats) for _ in range(RUNS))[RUNS // 2]
    per_sample_us = 1e6 / cost.samples
    return (
        f"{beats:3} beats a message   {cost.samples:6} samples   {cost.messages:6} messages   "
        f"{cost.took_s * per_sample_us:5.1f} us a sample, {cost.took_s / cost.invoked_s:4.2f} times "
        f"the {cost.invoked_s * per_sample_us:4.1f} us of the model's invoke alone   {cost.said} said\n"
    )


def main() -> None:
    """Measure and print."""
    for beats in (1, 16, 64):
        sys.stdout.write(line(beats))


if __name__ == "__main__":
    main()
