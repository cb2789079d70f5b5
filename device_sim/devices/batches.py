"""Batches of samples on their way to the broker."""

from __future__ import annotations

from typing import NamedTuple

from edge.contract.samples import Mode, SampleBatch, Validity
from edge.contract.topics import SampleTopic


class Sent(NamedTuple):
    """A batch and where it goes."""

    topic: SampleTopic
    batch: SampleBatch


class Sender:
    """One device's outgoing batches, numbered by signal."""

    def __init__(self, wearer: str, device: str, mode: Mode) -> None:
        self._wearer = wearer
        self._device = device
        self._mode = mode
        self._seqs: dict[str, int] = {}

    def batch(
        self,
        signal: str,
        times_s: list[float],
        values: dict[str, list[float | None]],
        validity: list[Validity] | None = None,
    ) -> Sent:
        """The next batch of a signal; times are Unix seconds."""
        seq = self._seqs.get(signal, 0)
        self._seqs[signal] = seq + 1
        return Sent(
            SampleTopic(self._wearer, self._device, signal),
            SampleBatch(seq=seq, times_s=times_s, values=values, validity=validity, mode=self._mode),
        )
