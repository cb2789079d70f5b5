"""What a bundle costs on this machine, against a bare interpreter in the same loop."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from converter.targets.cases import float_case
from edge.adapters.litert import Kernels, load_model, load_network, open_model
from edge.contract.bundle import Bundle
from edge.contract.catalogue import SIGNALS
from edge.contract.durations import HOUR_S

CALLS: Final = 5_000
WARM_UP_CALLS: Final = 100
PAGE_BYTES: Final = resource.getpagesize()
STATM: Final = Path("/proc/self/statm")

Whole = Callable[[NDArray[np.float32]], object]
Bare = Callable[[list[NDArray[np.float32]]], object]


def bench(bundle: Bundle, kernels: Kernels, calls: int = CALLS) -> dict[str, Any]:
    """Latencies in us, memory in bytes, load time in s, and CPU time per hour of signal.

    `bare_call` is what any program must do: set the input tensor, invoke, get the output tensor. `whole_call`
    is what the edge does: for a model of a stream from the window to the calibrated score. The two and
    `invoke` take turns, so that a busy machine slows them alike.
    """
    before = _resident_bytes()
    began = time.perf_counter()
    whole = _whole(bundle, kernels)
    load_s = time.perf_counter() - began
    for row in bundle.golden_input:
        whole(row)
    after = _resident_bytes()
    bare, invoke = _bare(bundle, kernels)
    times_ns: dict[str, list[int]] = {"whole_call": [], "bare_call": [], "invoke": []}
    rows = bundle.golden_input
    columns = float_case(bundle).inputs
    inputs = [[column[at : at + 1] for column in columns] for at in range(len(rows))]
    for number in range(WARM_UP_CALLS + calls):
        row, given = rows[number % len(rows)], inputs[number % len(rows)]
        marks = [time.perf_counter_ns()]
        whole(row)
        marks.append(time.perf_counter_ns())
        bare(given)
        marks.append(time.perf_counter_ns())
        invoke(given)
        marks.append(time.perf_counter_ns())
        if number >= WARM_UP_CALLS:
            for spent_ns, spent in zip(np.diff(marks).tolist(), times_ns.values(), strict=True):
                spent.append(spent_ns)
    latencies = {f"{name}_us": _percentiles(spent) for name, spent in times_ns.items()}
    return {
        "bundle": bundle.name,
        "kernels": kernels.name.lower(),
        "calls": calls,
        **latencies,
        "whole_over_bare": round(latencies["whole_call_us"]["p50"] / latencies["bare_call_us"]["p50"], 3),
        "load_s": round(load_s, 4),
        "rss_added_bytes": None if before is None or after is None else after - before,
        "cpu_s_per_hour_of_signal": _cpu_s_per_hour(bundle, whole, calls),
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
    }


def _whole(bundle: Bundle, kernels: Kernels) -> Whole:
    if bundle.manifest.stream is None:
        return load_network(bundle, kernels).answer
    return load_model(bundle, kernels).score


def _bare(bundle: Bundle, kernels: Kernels) -> tuple[Bare, Bare]:
    """The bare call, and invoke alone, over an interpreter of its own."""
    interpreter = open_model(bundle.model, kernels)
    sources = [tensor["index"] for tensor in interpreter.get_input_details()]
    targets = [tensor["index"] for tensor in interpreter.get_output_details()]

    def call(given: list[NDArray[np.float32]]) -> object:
        for index, value in zip(sources, given, strict=True):
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in targets]

    return call, lambda _: interpreter.invoke()


def _cpu_s_per_hour(bundle: Bundle, whole: Whole, calls: int) -> float | None:
    """CPU time of the model's share of an hour of its signal; None for a model that is asked."""
    stream = bundle.manifest.stream
    period_s = SIGNALS[stream.signals[0]].period_s if stream is not None else None
    if stream is None or period_s is None:
        return None
    began = time.process_time()
    for number in range(calls):
        whole(bundle.golden_input[number % len(bundle.golden_input)])
    per_call_s = (time.process_time() - began) / calls
    return round(per_call_s * HOUR_S / (stream.window.hop * period_s), 6)


def _percentiles(spent_ns: list[int]) -> dict[str, float]:
    p50, p99 = np.percentile(spent_ns, [50, 99]) / 1000.0
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2)}


def _resident_bytes() -> int | None:
    """What of this process is in memory; None where the system does not tell."""
    try:
        return int(STATM.read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return None
