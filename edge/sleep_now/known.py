"""What is kept of a wearer between two looks: movement and heart rate on even grids, a bounded number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import DAY_S
from edge.signals.sleep_epochs import EPOCH_S, MARGIN_S
from edge.signals.sleep_night import REFERENCE_EPOCHS
from edge.wearer.sample import Sample

# What sleep is judged by; `contact` tells when a device was off the body.
USED: Final = ("movement", "hr", "rr", "contact")
# What is rest is measured by the movement of a day.
DAY_EPOCHS: Final = int(DAY_S / EPOCH_S)
# What the model compares with and as much around it as its numbers reach, on each side.
HEART_SECONDS: Final = int(REFERENCE_EPOCHS * EPOCH_S + 2 * (MARGIN_S + EPOCH_S))
# What is ahead of a look, by up to ten minutes, must not push out what the look needs.
SPARE_S: Final = 600
# Of more devices than these at a time the later ones are not followed, nor are more changes of contact.
MOST_DEVICES: Final = 4
MOST_CHANGES: Final = 200

Values = NDArray[np.float64]
Key = TypeVar("Key", str, tuple[str, str])


class Track:
    """The latest `length` places of an even grid, NaN where there is no value; older ones fall off.

    Half precision: three digits are more than wristbands give, and a wearer's night of heart rate is 63 kB.
    """

    def __init__(self, length: int) -> None:
        self._values = np.full(length, np.nan, dtype=np.float16)
        self._end = 0

    @property
    def end(self) -> int:
        """The place after the last that has a value."""
        return self._end

    def put(self, places: NDArray[np.int64], values: NDArray[np.floating]) -> None:
        """Keep values; one at a place that has one takes its place."""
        length = len(self._values)
        beyond = min(int(places.max()) + 1 - self._end, length)
        if beyond > 0:
            self._values[: length - beyond] = self._values[beyond:]
            self._values[length - beyond :] = np.nan
            self._end = int(places.max()) + 1
        first = self._end - length
        is_kept = places >= first
        self._values[places[is_kept] - first] = values[is_kept]

    def between(self, first: int, end: int) -> Values:
        """The values from one place to before another, NaN where none are kept; (end - first,)."""
        found = np.full(max(end - first, 0), np.nan)
        begin = self._end - len(self._values)
        a, b = max(first, begin), min(end, self._end)
        if a < b:
            found[a - first : b - first] = self._values[a - begin : b - begin]
        return found


class Movement(NamedTuple):
    """A day of movement by epoch, NaN where unknown, until the last known epoch, which is before `end`."""

    end: int
    values: Values
    is_worn: bool


class Known:
    """One wearer's movement and heart rate, by device."""

    def __init__(self) -> None:
        self._movement: dict[str, Track] = {}
        self._heart: dict[tuple[str, str], Track] = {}
        self._contact: dict[str, list[tuple[float, bool]]] = {}

    def take(self, device: str, signal: str, samples: Sequence[Sample]) -> None:
        """Keep samples of a signal in USED; heart rate only beside movement, without which it is idle."""
        pairs = [(sample.at_s, sample.values[0]) for sample in samples if sample.values[0] is not None]
        if not pairs or (signal in {"hr", "rr"} and not self.is_moved):
            return
        if signal == "contact":
            self._touch(device, [(at_s, bool(value)) for at_s, value in pairs])
            return
        time_s, values = np.array(pairs, dtype=np.float64).T
        if signal == "movement":
            # A count is of the epoch that ended.
            places, track = np.ceil(time_s / EPOCH_S) - 1.0, _of(self._movement, device, DAY_EPOCHS, EPOCH_S)
        else:
            values = values if signal == "hr" else 60_000.0 / values
            places, track = np.floor(time_s), _of(self._heart, (device, signal), HEART_SECONDS, 1.0)
        if track is not None:
            track.put(places.astype(np.int64), values)

    def _touch(self, device: str, told: list[tuple[float, bool]]) -> None:
        if device not in self._contact and len(self._contact) >= MOST_DEVICES:
            return
        before = self._contact.get(device, [])
        ordered = sorted({*before, *told})
        changes = [now for at, now in enumerate(ordered) if at == 0 or ordered[at - 1][1] != now[1]]
        self._contact[device] = changes[-MOST_CHANGES:]

    def forget_before(self, at_s: float) -> None:
        """Let go of devices that have told nothing since."""
        self._movement = {key: track for key, track in self._movement.items() if track.end * EPOCH_S >= at_s}
        self._heart = {key: track for key, track in self._heart.items() if track.end >= at_s}
        devices = {*self._movement, *(device for device, _ in self._heart)}
        self._contact = {key: told for key, told in self._contact.items() if key in devices}

    @property
    def is_moved(self) -> bool:
        """Whether any device tells movement."""
        return bool(self._movement)

    def movement(self, at_s: float) -> Movement | None:
        """The day until then by the device that tells most of it; None where none tells anything."""
        end = int(at_s // EPOCH_S)
        days = [
            (self._worn(device, track.between(end - DAY_EPOCHS, end), end - DAY_EPOCHS, EPOCH_S), device)
            for device, track in self._movement.items()
        ]
        told = [(int(np.sum(~np.isnan(day))), device, day) for day, device in days]
        count, device, day = max(told, key=lambda each: each[:2], default=(0, "", np.empty(0)))
        if not count:
            return None
        spare = int(np.argmax(~np.isnan(day[::-1])))
        last = [is_on for changed_s, is_on in self._contact.get(device, []) if changed_s <= at_s][-1:]
        # So that it is a day, whatever is missing at its end.
        values = np.concatenate([np.full(spare, np.nan), day[: len(day) - spare]])
        return Movement(end - spare, values, is_worn=last != [False])

    def heart_rate(self, from_s: float, until_s: float) -> tuple[Values, Values]:
        """Seconds and rates from the one time to before the other, by what covers more of its minutes."""
        first, end = int(from_s), int(until_s)
        best, most = np.full(max(end - first, 0), np.nan), 0
        # As sent before by intervals, where they cover as much.
        for (device, _), track in sorted(self._heart.items(), key=lambda item: item[0][1]):
            values = self._worn(device, track.between(first, end), first, 1.0)
            minutes = len(np.unique((first + np.flatnonzero(~np.isnan(values))) // 60))
            if minutes > most:
                best, most = values, minutes
        places = np.flatnonzero(~np.isnan(best))
        return (first + places).astype(np.float64), best[places]

    def _worn(self, device: str, values: Values, first: int, step_s: float) -> Values:
        """Without what a device told while it was off the body."""
        told = self._contact.get(device)
        if told:
            end_s = (first + 1 + np.arange(len(values))) * step_s
            place = np.searchsorted([at_s for at_s, _ in told], end_s, side="right") - 1
            is_on = np.array([is_on for _, is_on in told])
            values[(place >= 0) & ~is_on[place.clip(min=0)]] = np.nan
        return values


def _of(tracks: dict[Key, Track], key: Key, length: int, step_s: float) -> Track | None:
    """The track of that name, made where there is room for one more."""
    if key not in tracks and len(tracks) < MOST_DEVICES:
        tracks[key] = Track(length + int(SPARE_S / step_s))
    return tracks.get(key)
