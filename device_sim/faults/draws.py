"""Which faults of a list happen in this run, and where each takes its chances from."""

from __future__ import annotations

import numpy as np

from device_sim.faults.kinds import WHOLE, AnyFault
from device_sim.wearers.randomness import stream

Drawn = tuple[AnyFault, np.random.Generator]


def drawn_faults(faults: tuple[AnyFault, ...], seed: int, wearer: str) -> list[Drawn]:
    """The faults that happen, each with a generator of its own; the same seed draws the same."""
    drawn = [(fault, stream(seed, wearer, f"fault-{index}")) for index, fault in enumerate(faults)]
    return [
        (fault, rng)
        for fault, rng in drawn
        if not isinstance(fault, WHOLE) or rng.random() < fault.probability
    ]


def happening(faults: tuple[AnyFault, ...], seed: int, wearer: str) -> list[AnyFault]:
    """The faults that happen, for whoever wants to know the truth."""
    return [fault for fault, _ in drawn_faults(faults, seed, wearer)]
