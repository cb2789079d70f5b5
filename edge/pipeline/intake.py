"""The door of the corridor: a decoded batch becomes samples of a known signal, or a reason why not."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from edge.contract.catalogue import SIGNALS, Signal
from edge.contract.errors import MessageError
from edge.contract.samples import SampleBatch, Validity

# No wearer was on this contract before; a clock that was never set says 1970.
EARLIEST_S = 1_420_070_400.0  # 2015-01-01
LATEST_S = 4_102_444_800.0  # 2100-01-01
# Clocks of gateway and device differ a little; more than this ahead is a wrong clock.
FUTURE_TOLERANCE_S = 60.0


class Sample(NamedTuple):
    """One instant of one signal: values in the order of its components, None where missing or not usable."""

    at_s: float
    values: tuple[float | None, ...]


class Checked(NamedTuple):
    """The samples of a batch and how many of them hold no usable value although the device sent one."""

    samples: list[Sample]
    out_of_range: int


def check_batch(batch: SampleBatch, signal_code: str, now_s: float | None) -> Checked:
    """Hold a batch against the catalogue; `now_s` is the time of arrival, None on stream time.

    Values outside the plausible range, or that the device calls invalid, become None. MessageError when the
    batch as a whole cannot be used: columns missing, unequal or unknown, times that run back or are absurd.
    """
    signal = SIGNALS[signal_code]
    columns = _columns(batch, signal)
    _check_times(batch.times_s, now_s)
    validity = batch.validity
    if validity is not None and len(validity) != len(batch.times_s):
        raise MessageError(
            f"{len(validity)} entries", where="validity", allowed=f"{len(batch.times_s)}, one for each time"
        )
    out_of_range = 0
    samples = []
    for index, at_s in enumerate(batch.times_s):
        values: list[float | None] = []
        is_invalid = validity is not None and validity[index] is Validity.INVALID
        for component, column in zip(signal.components, columns, strict=True):
            value = None if column is None else column[index]
            if value is not None and not component.low <= value <= component.high:
                out_of_range += 1
                value = None
            values.append(None if is_invalid else value)
        if signal.descending and not _descends(signal, values):
            out_of_range += 1
            values = [None] * len(values)
        samples.append(Sample(at_s, tuple(values)))
    return Checked(samples, out_of_range)


def _columns(batch: SampleBatch, signal: Signal) -> list[list[float | None] | None]:
    known = {component.code for component in signal.components}
    unknown = batch.values.keys() - known
    if unknown:
        raise MessageError(
            f"unknown column {sorted(unknown)[0]!r}", where="values", allowed=", ".join(sorted(known))
        )
    for component in signal.components:
        column = batch.values.get(component.code)
        if column is None:
            if component.required:
                raise MessageError(f"no column {component.code!r}", where="values", allowed=", ".join(known))
        elif len(column) != len(batch.times_s):
            raise MessageError(
                f"{len(column)} entries",
                where=f"values.{component.code}",
                allowed=f"{len(batch.times_s)}, one for each time",
            )
    return [batch.values.get(component.code) for component in signal.components]


def _descends(signal: Signal, values: list[float | None]) -> bool:
    known = [
        value
        for component, value in zip(signal.components, values, strict=True)
        if component.required and value is not None
    ]
    return all(before > after for before, after in pairwise(known))


def _check_times(times_s: list[float], now_s: float | None) -> None:
    previous_s = EARLIEST_S
    for at_s in times_s:
        if not math.isfinite(at_s) or not EARLIEST_S <= at_s < LATEST_S:
            raise MessageError("absurd time", where="times_s", allowed="Unix seconds of 2015 to 2099")
        if at_s < previous_s:
            raise MessageError("times run back", where="times_s", allowed="times that never decrease")
        previous_s = at_s
    if now_s is not None and previous_s > now_s + FUTURE_TOLERANCE_S:
        raise MessageError(
            "time in the future", where="times_s", allowed=f"at most {FUTURE_TOLERANCE_S:.0f} s ahead"
        )
