"""A clock that is moved by hand."""

from __future__ import annotations

from tests.support.corridor import NOON_S


class FakeClock:
    """Creeps by a millisecond a look, is moved by hand, and its wall may be set apart from what passes."""

    def __init__(self, wall_s: float = NOON_S) -> None:
        self.wall_s = wall_s
        self.passed_s = 1000.0

    def now_s(self) -> float:
        return self.wall_s

    def monotonic_s(self) -> float:
        self.pass_time(0.001)
        return self.passed_s

    def pass_time(self, span_s: float) -> None:
        self.wall_s += span_s
        self.passed_s += span_s
