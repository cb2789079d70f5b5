"""Which samples of a batch are live: new, not late, from the device the signal is taken from."""

from __future__ import annotations

from statistics import median_low

import msgspec

from edge.contract.catalogue import Signal
from edge.wearer.rest import is_worn
from edge.wearer.sample import Sample
from edge.wearer.state import Stream, WearerState

# As many batches as a broker may send again after a lost link, with room.
REMEMBERED_BATCHES = 64
# A sender is silent after three of its own batches; what one batch covers is the median of the last few, so
# that one gap, or one batch handed over late, does not count as a habit.
SILENT_BATCHES = 3.0
USUAL_OF = 5


# What a device says of itself and not of the wearer.
OF_THE_DEVICE = {"contact", "battery"}


class Sorted(msgspec.Struct, frozen=True):
    """The live samples of a batch; `late` counts those that are history.

    The sensor is `heard` when at least one live sample holds a value: one that only sends nothing usable is
    as good as silent. None is live or late of a batch that came before, or from a device on standby. With it
    the signal may be taken from another device than before, a `takeover`.
    """

    live: list[Sample]
    late: int = 0
    heard: bool = False
    is_duplicate: bool = False
    is_standby: bool = False
    is_takeover: bool = False


def stream_key(signal: str, device: str) -> str:
    """The stream a signal belongs to: each device has its own contact and battery, all else the wearer."""
    return f"{signal}@{device}" if signal in OF_THE_DEVICE else signal


def stale_after_s(stream: Stream, signal: Signal) -> float | None:
    """After how long a silence the sensor of a stream is lost; None where silence means nothing.

    As the catalogue says, or three times what the sender's batches usually cover if that is longer. A batch
    counts for `late_after_s` at most: samples older than that are history anyway.
    """
    if signal.stale_after_s is None or not stream.covered_s:
        return signal.stale_after_s
    usual_s = min(median_low(stream.covered_s), signal.late_after_s)
    return max(signal.stale_after_s, SILENT_BATCHES * usual_s)


def sort_batch(
    state: WearerState, signal: Signal, samples: list[Sample], *, device: str, seq: int, arrival_s: float
) -> Sorted:
    """Sort a batch and note in `state` that it was seen; never looks at values."""
    key = stream_key(signal.code, device)
    stream, first_s = state.streams.get(key), samples[0].at_s
    mark = (device, seq, first_s)
    if stream is None:
        stream = state.streams[key] = Stream(device, last_s=0.0, heard_s=arrival_s, since_s=first_s)
        state.quiet_until_s = 0.0
    elif mark in stream.seen:
        return Sorted([], is_duplicate=True)
    held_by = stream.device
    stream.seen[mark] = None
    if len(stream.seen) > REMEMBERED_BATCHES:
        del stream.seen[next(iter(stream.seen))]
    silence_s = stale_after_s(stream, signal)
    if device != stream.device:
        is_heard = silence_s is not None and arrival_s - stream.heard_s < silence_s / 2
        if is_heard and not _should_yield(state, key, to=device):
            return Sorted([], is_standby=True)
        # The other takes over before the signal counts as lost.
        stream.device, stream.covered_s = device, []
    oldest_s, live = arrival_s - signal.late_after_s, samples
    # They are in order of time: nearly always the first is live, and so are all.
    if first_s <= stream.last_s or first_s < oldest_s:
        live = [sample for sample in samples if sample.at_s > stream.last_s and sample.at_s >= oldest_s]
    last_s = _last_told_s(live)
    if last_s is not None:
        if signal.stale_after_s is not None:
            if stream.covered_s:
                since_s = stream.last_s
            else:
                since_s = next(sample.at_s for sample in live if sample.has_value)
            stream.covered_s.append(last_s - since_s)
            del stream.covered_s[:-USUAL_OF]
        stream.last_s, stream.heard_s = last_s, arrival_s
    # Of another device, or of one with other habits, a silence may be told earlier than was thought.
    is_takeover = device != held_by
    if stale_after_s(stream, signal) != silence_s or is_takeover:
        state.quiet_until_s = 0.0
    return Sorted(live, len(samples) - len(live), last_s is not None, is_takeover=is_takeover)


def _should_yield(state: WearerState, key: str, *, to: str) -> bool:
    """Whether what the device in use tells is not of the wearer, and what another tells may be."""
    is_of_wearer = is_worn(state, state.streams[key].device) and not state.is_active("sensor_frozen", key)
    return not is_of_wearer and is_worn(state, to)


def _last_told_s(samples: list[Sample]) -> float | None:
    """The time of the last sample that holds a value; None without any."""
    for sample in reversed(samples):
        if sample.has_value:
            return sample.at_s
    return None
