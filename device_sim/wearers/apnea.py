"""Sleep apnea: pauses of breath, the slowing and quickening of the heart and the dips of oxygen they bring.

Cyclic variation of heart rate: Guilleminault 1984, Lancet 323:126. The heart slows while breath is held and
quickens as it comes back; oxygen saturation, measured at the wrist or finger, is lowest some 20 s after that.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from device_sim.events import Apnea, Event
from device_sim.wearers.life import overlaps
from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import Grid, Stretch
from edge.contract.durations import HOUR_S

# A pause lasts 10 s at least (AASM), and about half of its cycle.
LEAST_S: Final = 10.0
PART_OF_CYCLE: Final = (0.42, 0.06)
# RR at the end of a pause and after the first breaths, relative to before; spread from pause to pause.
SLOWED: Final = 0.10
QUICKENED: Final = 0.13
SIZE_LOG_SD: Final = 0.35
RETURN_S: Final = 9.0
# Oxygen: how late it falls, and how fast it comes back.
LATE_S: Final = 18.0
RECOVERS_S: Final = 12.0
BLOCK: Final = 64


class Pause(NamedTuple):
    """One pause of breath: from, to, and how large against the others."""

    from_s: float
    to_s: float
    size: float


class Apneas:
    """The pauses of one wearer. Stateless: each is drawn by its number within its event."""

    def __init__(self, events: tuple[Event, ...], streams: Streams) -> None:
        self._spans = tuple(event for event in events if isinstance(event, Apnea))
        self._streams = streams

    def rr_factor(self, stretch: Stretch) -> Grid:
        """What the pauses do to sinus intervals, on the stretch's grid."""
        factor = np.ones(len(stretch.grid_s))
        for _, pause in self._pauses(stretch):
            at_s = stretch.grid_s
            held = ((at_s - pause.from_s) / (pause.to_s - pause.from_s)).clip(0.0, 1.0)
            back_s = np.maximum(at_s - pause.to_s, 0.0)
            gone = np.exp(-back_s / RETURN_S)
            rush = back_s / RETURN_S * np.exp(1.0 - back_s / RETURN_S)
            factor += pause.size * (SLOWED * held**2 * gone - QUICKENED * rush)
        return np.maximum(factor, 0.6)

    def desaturation_percent(self, at_s: Grid, stretch: Stretch) -> Grid:
        """How far oxygen saturation has fallen at times of the stretch."""
        fallen = np.zeros(len(at_s))
        for event, pause in self._pauses(stretch):
            length_s = pause.to_s - pause.from_s
            falling = ((at_s - pause.from_s - LATE_S) / length_s).clip(0.0, 1.0)
            back_s = np.maximum(at_s - pause.to_s - LATE_S, 0.0)
            fall = event.desaturation_percent * pause.size * falling * np.exp(-back_s / RECOVERS_S)
            fallen = np.maximum(fallen, fall)
        return fallen

    def _pauses(self, stretch: Stretch) -> list[tuple[Apnea, Pause]]:
        """The pauses in sleep that bear on a stretch: what came a minute before it still does."""
        found = []
        for number, event in enumerate(self._spans):
            if not overlaps(event, stretch.from_s - 60.0, stretch.to_s):
                continue
            period_s = HOUR_S / event.per_hour
            first = max(int((stretch.from_s - 180.0 - event.at_s) // period_s), 0)
            last = int((min(stretch.to_s, event.end_s) - event.at_s) // period_s)
            for place in range(first, last + 1):
                pause = self._pause(event, number, place, period_s)
                if pause.to_s < stretch.from_s - 60.0 or not event.holds_at(pause.to_s):
                    continue
                piece = next((p for p in stretch.pieces if p.start_s <= pause.from_s < p.end_s), None)
                if (piece or stretch.pieces[0 if pause.from_s < stretch.from_s else -1]).is_asleep:
                    found.append((event, pause))
        return found

    def _pause(self, event: Apnea, number: int, place: int, period_s: float) -> Pause:
        rng = self._streams.at(f"apnea {number}", place // BLOCK)
        draws = rng.standard_normal((BLOCK, 3))[place % BLOCK].tolist()
        start_s = event.at_s + period_s * (place + 0.5 + 0.12 * draws[0])
        length_s = max((PART_OF_CYCLE[0] + PART_OF_CYCLE[1] * draws[1]) * min(period_s, 90.0), LEAST_S)
        return Pause(start_s, start_s + length_s, float(np.exp(SIZE_LOG_SD * draws[2])))
