"""Which samples of a batch are live: new, not late, from the device the signal is taken from."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from edge.contract.catalogue import Signal
from edge.pipeline.intake import Sample
from edge.pipeline.state import Stream, WearerState

# As many batches as a broker may send again after a lost link, with room.
REMEMBERED_BATCHES = 64


# What a device says of itself and not of the wearer.
OF_THE_DEVICE = {"contact", "battery"}


class Fate(StrEnum):
    """What becomes of a batch."""

    LIVE = "live"
    DUPLICATE = "duplicate"
    LATE = "late"
    STANDBY = "standby"


class Sorted(NamedTuple):
    """The live samples of a batch; `late` counts those that are history.

    The sensor is `heard` when at least one live sample holds a value: one that only sends nothing usable is
    as good as silent.
    """

    fate: Fate
    live: list[Sample]
    late: int
    heard: bool = False


def stream_key(signal: str, device: str) -> str:
    """The stream a signal belongs to: each device has its own contact and battery, all else the wearer."""
    return f"{signal}@{device}" if signal in OF_THE_DEVICE else signal


def sort_batch(
    state: WearerState, signal: Signal, samples: list[Sample], *, device: str, seq: int, arrival_s: float
) -> Sorted:
    """Sort a batch and note in `state` that it was seen; never looks at values."""
    key = stream_key(signal.code, device)
    stream = state.streams.get(key)
    mark = (device, seq, samples[0].at_s)
    if stream is None:
        stream = state.streams[key] = Stream(device, last_s=0.0, heard_s=arrival_s, since_s=samples[0].at_s)
        state.quiet_until_s = 0.0
    elif mark in stream.seen:
        return Sorted(Fate.DUPLICATE, [], 0)
    stream.seen.append(mark)
    del stream.seen[:-REMEMBERED_BATCHES]
    if device != stream.device and signal.stale_after_s is not None:
        if arrival_s - stream.heard_s < signal.stale_after_s / 2:
            return Sorted(Fate.STANDBY, [], 0)
        # The device in use has fallen silent: the other takes over before the signal counts as lost.
        stream.device = device
    elif device != stream.device:
        stream.device = device
    oldest_s = arrival_s - signal.late_after_s
    live = [sample for sample in samples if sample.at_s > stream.last_s and sample.at_s >= oldest_s]
    if not live:
        return Sorted(Fate.LATE, [], len(samples))
    with_value = [sample for sample in live if any(value is not None for value in sample.values)]
    if with_value:
        stream.last_s, stream.heard_s = with_value[-1].at_s, arrival_s
    return Sorted(Fate.LIVE, live, len(samples) - len(live), heard=bool(with_value))
