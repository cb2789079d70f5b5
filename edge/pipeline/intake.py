"""The door of the corridor: a decoded batch becomes samples of a known signal, or a reason why not."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from edge.contract.catalogue import SIGNALS, Signal
from edge.contract.errors import MessageError
from edge.contract.samples import SampleBatch, Validity
from edge.wearer.sample import Sample

# No wearer was on this contract before; a clock that was never set says 1970.
EARLIEST_S = 1_420_070_400.0  # 2015-01-01
LATEST_S = 4_102_444_800.0  # 2100-01-01
# Clocks of gateway and device differ a little; more than this ahead is a wrong clock.
FUTURE_TOLERANCE_S = 60.0


class Checked(msgspec.Struct, frozen=True):
    """The samples of a batch, and in how many of them at least one value sent was implausible."""

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
    if len(columns) == 1 and columns[0] is not None and validity is None:
        return _check_plain(batch.times_s, columns[0], signal)
    out_of_range = 0
    samples = []
    for index, at_s in enumerate(batch.times_s):
        is_invalid = validity is not None and validity[index] is Validity.INVALID
        sent = [None if column is None or is_invalid else column[index] for column in columns]
        kept = _plausible(signal, sent)
        # A reading of three values that is wrong is one wrong sample, as one of a single value is.
        out_of_range += any(
            before is not None and after is None for before, after in zip(sent, kept, strict=True)
        )
        samples.append(Sample(at_s, _whole(signal, kept)))
    return Checked(samples, out_of_range)


def _check_plain(times_s: list[float], column: list[float | None], signal: Signal) -> Checked:
    """The usual batch, of one component and all valid: as the general way, in a fraction of its time."""
    (component,) = signal.components
    low, high = component.low, component.high
    samples, out_of_range = [], 0
    for index, at_s in enumerate(times_s):
        value = column[index]
        if value is not None and not low <= value <= high:
            value, out_of_range = None, out_of_range + 1
        samples.append(Sample(at_s, (value,)))
    return Checked(samples, out_of_range)


def _plausible(signal: Signal, values: list[float | None]) -> list[float | None]:
    """The values a working sensor on a living wearer can report; None for the others."""
    kept = [
        value if value is not None and component.low <= value <= component.high else None
        for component, value in zip(signal.components, values, strict=True)
    ]
    if signal.descending:
        required = [v for c, v in zip(signal.components, kept, strict=True) if c.required and v is not None]
        if any(before <= after for before, after in pairwise(required)):
            return [None] * len(kept)
    return kept


def _whole(signal: Signal, values: list[float | None]) -> tuple[float | None, ...]:
    """A sample without one of its required components is no sample: its other values mean nothing alone."""
    if any(value is None and c.required for c, value in zip(signal.components, values, strict=True)):
        return (None,) * len(values)
    return tuple(values)


def _columns(batch: SampleBatch, signal: Signal) -> list[list[float | None] | None]:
    if len(signal.components) == len(batch.values) == 1:
        only = batch.values.get(signal.components[0].code)
        if only is not None and len(only) == len(batch.times_s):
            return [only]
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
                raise MessageError(
                    f"no column {component.code!r}", where="values", allowed=", ".join(sorted(known))
                )
        elif len(column) != len(batch.times_s):
            raise MessageError(
                f"{len(column)} entries",
                where=f"values.{component.code}",
                allowed=f"{len(batch.times_s)}, one for each time",
            )
    return [batch.values.get(component.code) for component in signal.components]


def check_time(at_s: float, *, where: str) -> None:
    """Raise MessageError for a time at which no wearer of ours lived."""
    if not EARLIEST_S <= at_s < LATEST_S:
        raise MessageError("absurd time", where=where, allowed="Unix seconds of 2015 to 2099")


def check_not_ahead(at_s: float, now_s: float | None, *, where: str) -> None:
    """Raise MessageError for a time too far after `now_s` to be a difference of clocks; None: stream time."""
    if now_s is not None and at_s > now_s + FUTURE_TOLERANCE_S:
        raise MessageError(
            "time in the future", where=where, allowed=f"at most {FUTURE_TOLERANCE_S:.0f} s ahead"
        )


def _check_times(times_s: list[float], now_s: float | None) -> None:
    previous_s = EARLIEST_S
    for at_s in times_s:
        if not previous_s <= at_s < LATEST_S:
            check_time(at_s, where="times_s")
            raise MessageError("times run back", where="times_s", allowed="times that never decrease")
        previous_s = at_s
    check_not_ahead(previous_s, now_s, where="times_s")
