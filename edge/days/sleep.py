"""The main sleep of a day, epoch by epoch, by the sleep model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert import Network, load_network
from edge.contract.bundle import Bundle
from edge.contract.durations import HOUR_S
from edge.contract.errors import BundleError
from edge.contract.reports import SleepNight
from edge.days.recorded import Recorded
from edge.signals.sleep_channels import CHANNELS, without_holes
from edge.signals.sleep_epochs import EPOCH_S, MARGIN_S, activity_level, heart_rate_swing
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_period import main_sleep
from edge.signals.sleep_report import STAGES, WAKE, summarise

# Of a day of which less was heard nothing is said.
LEAST_HEARD_S: Final = 4.0 * HOUR_S
# A rest shorter than this is a nap: nothing is said of the night.
LEAST_SLEEP_S: Final = 3.0 * HOUR_S
# Falling asleep and waking lie around the rest that movement shows.
AROUND_EPOCHS: Final = 20
# So much of the rest has to be known, and around it for its length to be believed.
LEAST_KNOWN: Final = 0.8
LEAST_KNOWN_AROUND: Final = 0.5
HOUR_EPOCHS: Final = 120
# That of an epoch may be drawn where a heart rate was heard within so many epochs of it.
NEAR_EPOCHS: Final = 10
LETTERS: Final = np.array(list("WNR"))
UNKNOWN: Final = "-"


@dataclass(frozen=True)
class SleepJudge:
    """How a sleep bundle is read; its network is made ready for a night only."""

    name: str
    open_network: Callable[[], Network]
    reader: NightReader

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> SleepJudge:
        """BundleError for a bundle of another making than this edge's channels."""
        shape = bundle.manifest.inputs[0].shape
        if shape[-1] != CHANNELS:
            raise BundleError(
                f"takes {shape[-1]} channels",
                where=bundle.name,
                allowed=f"{CHANNELS}, as this edge makes them",
            )
        try:
            reader = NightReader.from_constants(bundle.manifest.constants, shape[2])
        except (KeyError, ValueError, IndexError) as error:
            raise BundleError(
                "does not say how its answers are to be read", where=bundle.name, allowed="a bundle for sleep"
            ) from error
        return cls(bundle.name, partial(load_network, bundle), reader)

    def judge(self, day: Recorded) -> SleepNight | str:
        """The main sleep; where it cannot be told, why."""
        moved = day.of("movement")
        if not len(moved.time_s):
            return "no movement of the wrist (signal movement)"
        if not any(len(day.of(signal).time_s) for signal in ("hr", "rr")):
            return "no heart rate"
        epochs = int((day.until_s - day.from_s) // EPOCH_S)
        movement = by_epoch(moved.time_s - day.from_s, moved.values[:, 0], epochs)
        if np.sum(~np.isnan(movement)) < LEAST_HEARD_S / EPOCH_S:
            return "movement of fewer than four hours"
        rest = main_sleep(movement)
        if rest is None or (rest[1] - rest[0]) * EPOCH_S < LEAST_SLEEP_S:
            return "no rest of three hours"
        first, end = max(rest[0] - AROUND_EPOCHS, 0), min(rest[1] + AROUND_EPOCHS, epochs)
        start_s = day.from_s + EPOCH_S * np.arange(first, end)
        # A count is of the epoch that ended.
        activity = activity_level(moved.time_s - EPOCH_S / 2.0, moved.values[:, 0], start_s)
        around_s = EPOCH_S * (NEAR_EPOCHS + 1)
        rate = day.heart_rate(float(start_s[0]) - around_s, float(start_s[-1]) + EPOCH_S + around_s)
        # Mean and scale are to be those of the night, not of the day.
        night = rate.between(float(start_s[0]) - MARGIN_S, float(start_s[-1]) + EPOCH_S + MARGIN_S)
        swing = heart_rate_swing(night.time_s, night.values[:, 0], start_s)
        # What lies between samples far apart is drawn, not known.
        heard = by_epoch(rate.time_s - day.from_s, rate.values[:, 0], epochs)
        is_known = ~np.isnan(movement[first:end]) & is_near(~np.isnan(heard))[first:end]
        is_known &= np.isfinite(activity) & np.isfinite(swing)
        inside = slice(rest[0] - first, rest[1] - first)
        if np.mean(is_known[inside]) < LEAST_KNOWN:
            return "the wristband was not worn or not heard for much of the night"
        place = np.flatnonzero(is_known)
        series = without_holes(place, activity[place], swing[place])
        network = self.open_network()
        probability = self.reader.probability(
            series, lambda windows: np.concatenate([network.run(window) for window in windows])
        )
        stage = self.reader.decoder.stages(probability)
        letters = np.where(series.is_known, LETTERS[stage], UNKNOWN)
        return self._night(
            day.from_s + EPOCH_S * (first + int(place[0])), stage, letters, _is_whole(movement, rest)
        )

    def _night(
        self, from_s: float, stage: NDArray[np.int64], letters: NDArray[np.str_], is_whole: bool
    ) -> SleepNight | str:
        asleep = np.flatnonzero(stage != WAKE)
        if not len(asleep):
            return "no sleep was seen"
        onset, end = int(asleep[0]), int(asleep[-1]) + 1
        summary = summarise(stage[onset:end])
        return SleepNight(
            bundle=self.name,
            from_s=from_s,
            onset_s=from_s + EPOCH_S * onset,
            wake_s=from_s + EPOCH_S * end,
            total_sleep_min=summary.total_sleep_min,
            wake_after_onset_min=summary.wake_after_onset_min,
            efficiency_percent=round(summary.efficiency_percent, 1),
            rem_min=EPOCH_S / 60.0 * int(np.sum(stage == STAGES.index("rem"))),
            is_whole=is_whole,
            hypnogram="".join(letters.tolist()),
        )


def by_epoch(since_s: NDArray[np.float64], values: NDArray[np.float64], epochs: int) -> NDArray[np.float64]:
    """The mean of the values in each epoch, of what ended in it; NaN where there is none."""
    place = np.ceil(since_s / EPOCH_S).astype(np.int64) - 1
    is_inside = (place >= 0) & (place < epochs)
    count = np.bincount(place[is_inside], minlength=epochs)
    total = np.bincount(place[is_inside], weights=values[is_inside], minlength=epochs)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def is_near(is_heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where something was heard within five minutes."""
    padded = np.pad(is_heard, NEAR_EPOCHS)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR_EPOCHS + 1)
    return np.asarray(np.any(around, axis=1))


def _is_whole(movement: NDArray[np.float64], rest: tuple[int, int]) -> bool:
    """Whether the hours before and after the rest are known."""
    is_known = ~np.isnan(movement)
    before, after = (
        is_known[max(rest[0] - HOUR_EPOCHS, 0) : rest[0]],
        is_known[rest[1] : rest[1] + HOUR_EPOCHS],
    )
    return all(
        len(part) >= HOUR_EPOCHS // 4 and np.mean(part) >= LEAST_KNOWN_AROUND for part in (before, after)
    )
