"""Numbers on a command line: one that is not allowed is answered with what is."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`, both allowed; for `type` of an argument of argparse."""
    allowed = f"{low} or more" if high is None else f"{low} to {high}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < low or (high is not None and value > high):
            raise ArgumentTypeError(f"{text}: must be a whole number, {allowed}")
        return value

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """Reads a number from `low` to `high`, both allowed; for `type` of an argument of argparse."""
    return _number(lambda value: low <= value <= high, f"{low:g} to {high:g}")


def above_0(*, or_inf: bool = False) -> Callable[[str], float]:
    """Reads a number above 0, or also inf; for `type` of an argument of argparse."""
    return _number(
        lambda value: value > 0.0 and (or_inf or value < math.inf), f"above 0{', or inf' if or_inf else ''}"
    )


def _number(is_allowed: Callable[[float], bool], allowed: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not is_allowed(value):
            raise ArgumentTypeError(f"{text}: must be a number, {allowed}")
        return value

    return read
