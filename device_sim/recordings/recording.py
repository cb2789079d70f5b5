"""A recording: what the devices of one person measured, and what somebody annotated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from device_sim.devices.samples import Samples
from edge.contract.catalogue import SIGNALS
from edge.contract.durations import DAY_S
from edge.contract.errors import DataError
from edge.contract.samples import Validity

# A longer silence is a clock that was not set; step by step it would take for ever to play.
MOST_SILENT_S: Final = 30 * DAY_S


@dataclass(frozen=True)
class Recording:
    """Samples by device and signal, times in s from the start of the recording.

    `fibrillation_s` are (onset, end) of each fibrillation; None where nobody annotated the rhythm, so that
    no alert can be called right or false. Where it was, `labelled_from_s` is the time of the first label.
    """

    name: str
    devices: dict[str, tuple[Samples, ...]]
    length_s: float
    fibrillation_s: tuple[tuple[float, float], ...] | None = None
    labelled_from_s: float = 0.0

    def samples_of(self, signal: str) -> list[Samples]:
        """What all devices measured of a signal."""
        return [part for parts in self.devices.values() for part in parts if part.signal == signal]

    @property
    def beats(self) -> int:
        """How many beats were recorded: one more than the intervals between them."""
        return sum(len(part.times_s) + 1 for part in self.samples_of("rr"))


def check_silences(times_s: Sequence[float], place: Callable[[int], str]) -> None:
    """DataError where times in order leave a silence too long to play; `place` says where a time stands."""
    for index, (before_s, at_s) in enumerate(pairwise(times_s), 1):
        if at_s - before_s > MOST_SILENT_S:
            raise DataError(
                f"{(at_s - before_s) / DAY_S:.0f} days after the sample before, {place(index - 1)}",
                where=place(index),
                allowed=f"at most {MOST_SILENT_S / DAY_S:g} days from one sample to the next",
            )


def with_validity(samples: Samples) -> Samples:
    """Values that no living wearer's device reports are what it could not measure: no value, and invalid."""
    components = {component.code: component for component in SIGNALS[samples.signal].components}
    values = {
        code: [
            value if value is not None and components[code].low <= value <= components[code].high else None
            for value in column
        ]
        for code, column in samples.values.items()
    }
    is_whole = [
        all(column[index] is not None for column in values.values()) for index in range(len(samples.times_s))
    ]
    validity = (
        None if all(is_whole) else [Validity.VALID if whole else Validity.INVALID for whole in is_whole]
    )
    return Samples(samples.signal, samples.times_s, values, validity)
