"""The values that keep a condition waiting for its on-delay, so that an alert can tell them all."""

from __future__ import annotations

import msgspec

from edge.contract.explanation import MOST_VALUES, Input


class Trail(msgspec.Struct):
    """The values since `first_s`: how many, between which bounds, and the last of them with their times."""

    first_s: float
    count: int
    least: float
    greatest: float
    times_s: list[float]
    values: list[float]

    def add(self, at_s: float, value: float) -> None:
        """Add the next value."""
        self.count += 1
        self.least, self.greatest = min(self.least, value), max(self.greatest, value)
        self.times_s.append(at_s)
        self.values.append(value)
        del self.times_s[:-MOST_VALUES]
        del self.values[:-MOST_VALUES]

    def told(self, quantity: str) -> Input:
        """The values as an alert tells them."""
        return Input(
            quantity=quantity,
            values=tuple(self.values),
            count=self.count,
            first_s=self.first_s,
            last_s=self.times_s[-1],
            times_s=tuple(self.times_s),
            least=self.least,
            greatest=self.greatest,
        )


def begin_trail(at_s: float, value: float) -> Trail:
    """The trail of one value."""
    return Trail(at_s, 1, value, value, [at_s], [value])
