"""What a device measured, before it is sent."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from device_sim.wearers.wearer import Body
from edge.contract.samples import Validity


class Samples(NamedTuple):
    """Samples of one signal, in order; times are seconds of the scenario, columns as in the contract.

    `validity` is None where every sample is valid.
    """

    signal: str
    times_s: list[float]
    values: dict[str, list[float | None]]
    validity: list[Validity] | None = None

    def at(self, indices: list[int]) -> Samples:
        """Some of the samples."""
        return Samples(
            self.signal,
            [self.times_s[index] for index in indices],
            {code: [column[index] for index in indices] for code, column in self.values.items()},
            None if self.validity is None else [self.validity[index] for index in indices],
        )

    def column(self, code: str) -> list[float | None]:
        """The values of a column, None throughout where there is none."""
        return self.values.get(code) or [None] * len(self.times_s)

    @property
    def validities(self) -> list[Validity]:
        """The validity of each sample."""
        return [Validity.VALID] * len(self.times_s) if self.validity is None else list(self.validity)


class Device(Protocol):
    """Turns what a body did into samples."""

    def observe(self, body: Body, to_s: float) -> list[Samples]:
        """The samples of what the body did up to `to_s` of the scenario."""


def joined(parts: list[Samples]) -> Samples:
    """Samples of one signal, one after the other; None where a part lacks a column of another."""
    first = parts[0]
    if len(parts) == 1:
        return first
    is_valid = all(part.validity is None for part in parts)
    codes = dict.fromkeys(code for part in parts for code in part.values)
    return Samples(
        first.signal,
        [at_s for part in parts for at_s in part.times_s],
        {code: [value for part in parts for value in part.column(code)] for code in codes},
        None if is_valid else [validity for part in parts for validity in part.validities],
    )
