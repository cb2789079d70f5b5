"""From device to gateway: samples gathered into batches, kept while out of range, handed over later."""

from __future__ import annotations

from device_sim.devices.samples import Samples, joined
from device_sim.events import Span

# What one message of the contract may hold.
MAX_SAMPLES = 4096


class Link:
    """Holds what was not handed over yet; `away` are the times at which nothing gets through."""

    def __init__(self, batch_s: float, buffer_s: float, away: list[Span]) -> None:
        self._batch_s = batch_s
        self._buffer_s = buffer_s
        self._away = away
        self._due_s = batch_s
        self._held: dict[str, list[Samples]] = {}

    def hand_over(self, samples: list[Samples], to_s: float, *, is_last: bool = False) -> list[Samples]:
        """Take what is new at `to_s`; what goes out now, by signal. All times are the scenario's."""
        for part in samples:
            self._held.setdefault(part.signal, []).append(part)
        if any(span.holds_at(to_s) for span in self._away):
            self._forget_before(to_s - self._buffer_s)
            return []
        if to_s < self._due_s and not is_last:
            return []
        while self._due_s <= to_s:
            self._due_s += self._batch_s
        held, self._held = self._held, {}
        return [joined(parts) for parts in held.values()]

    def _forget_before(self, oldest_s: float) -> None:
        for signal, parts in self._held.items():
            self._held[signal] = [part for part in parts if part.times_s[-1] >= oldest_s]
        self._held = {signal: parts for signal, parts in self._held.items() if parts}


def pieces(samples: Samples) -> list[Samples]:
    """Cut where times run back, since no message may hold that, and where a message would be too long."""
    times_s = samples.times_s
    cuts = [0]
    for index in range(1, len(times_s)):
        if times_s[index] < times_s[index - 1] or index - cuts[-1] == MAX_SAMPLES:
            cuts.append(index)
    if len(cuts) == 1:
        return [samples]
    return [
        samples.at(list(range(begin, end)))
        for begin, end in zip(cuts, [*cuts[1:], len(times_s)], strict=True)
    ]
