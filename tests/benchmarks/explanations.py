"""What an explanation costs against one call of its model: `python -m tests.benchmarks.explanations`.

Prints the processor time of one judgement of the shipped rhythm model, of the contributions to it (Shapley
values of all groups of its inputs, told once an episode), of a counterfactual by bisection, and the ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from edge.adapters.litert import load_model
from edge.bundles import SHIPPED
from edge.conditions.case import Lever
from edge.contract.bundle import read_bundle
from edge.explanation.counterfactual import find_changes
from edge.watches.irregular_rhythm import contributions

ROUNDS = 15
TIMES = 40


def took_us(call: Callable[[], object], times: int = TIMES) -> float:
    """The least mean processor time of a call over some rounds: a busy machine adds and never takes."""
    means = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        for _ in range(times):
            call()
        means.append((time.process_time() - began_s) / times * 1e6)
    return min(means)


def main() -> None:
    """Measure and print."""
    model = load_model(read_bundle(SHIPPED["rhythm"]))
    window = np.random.default_rng(1).uniform(500.0, 1100.0, 64).astype(np.float32)
    lever = Lever("hr_bpm", 138.0, 20.0)
    judged_us = took_us(lambda: model.score(window))
    for name, call in (
        ("a judgement of the model", lambda: model.score(window)),
        ("contributions to it", lambda: contributions(window, model)),
        ("a counterfactual", lambda: find_changes([lever], lambda values: values[0] > 100.0)),
    ):
        cost_us = took_us(call)
        sys.stdout.write(f"{name:26} {cost_us:8.1f} us   {cost_us / judged_us:5.1f} judgements\n")


if __name__ == "__main__":
    main()
