"""Whether a wearer sleeps, from what is known so far: rest by movement, stages by the sleep model.

All that is told of an epoch rests on what was measured up to MARGIN_S after it. Who does not rest is awake,
and no model is asked; a night begins where the present rest began.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.days.sleep import AROUND_EPOCHS, LEAST_HEARD_S, LEAST_KNOWN, NEAR_EPOCHS, by_epoch, is_near
from edge.signals.sleep_channels import EpochSeries, without_holes
from edge.signals.sleep_epochs import EPOCH_S, MARGIN_S, activity_level, heart_rate_swing
from edge.signals.sleep_night import REFERENCE_EPOCHS, NightReader
from edge.signals.sleep_period import GAP_EPOCHS, resting, rests
from edge.signals.sleep_report import WAKE
from edge.signals.sleep_stages import WindowModel
from edge.sleep_now.known import Known, Movement

# An epoch's numbers reach 285 s beyond it, so it is judged when these are there.
AHEAD_EPOCHS: Final = math.ceil(MARGIN_S / EPOCH_S)
# To look more often would tell each epoch little sooner than the 285 s that it has to wait anyway.
LOOK_EVERY_S: Final = 300.0
LOOK_EPOCHS: Final = int(LOOK_EVERY_S / EPOCH_S)
# Of more new epochs than these, as of a night that is met in its course, the earlier ones are judged at once.
MOST_ONE_BY_ONE: Final = 3 * LOOK_EPOCHS
# A device that hands over once an hour is followed, later; one that is silent for longer is not.
UNHEARD_S: Final = 5400.0

NOT_WORN: Final = "the wristband is off the body"
NO_MOVEMENT: Final = "no movement of the wrist was heard lately (signal movement)"
LITTLE_MOVEMENT: Final = "movement of fewer than four hours of the last day"
NO_HEART_RATE: Final = "no heart rate was heard lately"
TOO_LITTLE: Final = "too much is missing of the last twenty minutes"

AWAKE: Final = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True)
class Course:
    """How far a wearer's sleep is judged, in epochs since 1970.

    `judged` is the epoch after the last judged one, `since` the first of those awake, or asleep, up to it;
    `night` the first of the night, `posterior` (3,) the stages' probabilities where the model judged, and
    `by` the bundle that did.
    """

    judged: int
    stage: int
    since: int
    night: int | None = None
    posterior: NDArray[np.float64] | None = None
    by: str | None = None

    @property
    def is_asleep(self) -> bool:
        """Whether the last epoch was one of sleep."""
        return self.stage != WAKE


@dataclass(frozen=True)
class LiveReader:
    """A sleep model as it is read live; `open_model` is called where a wearer rests."""

    name: str
    reader: NightReader
    open_model: Callable[[], WindowModel]


class Seen(NamedTuple):
    """What is known at `at_s`; `is_moving` is by epoch from the first of `moved`."""

    known: Known
    moved: Movement
    is_moving: NDArray[np.bool_]
    at_s: float

    @property
    def first(self) -> int:
        """The first epoch of the day that is known."""
        return self.moved.end - len(self.moved.values)

    @property
    def end(self) -> int:
        """The epoch after the last that can be judged."""
        return self.moved.end - AHEAD_EPOCHS


def go_on(before: Course | None, known: Known, at_s: float, by: LiveReader) -> Course | str:
    """How sleep stands at that time, `before` being how it stood at the last look; or why nobody can tell."""
    moved = known.movement(at_s)
    if moved is None or at_s - moved.end * EPOCH_S > UNHEARD_S:
        return NOT_WORN if moved is not None and not moved.is_worn else NO_MOVEMENT
    if not moved.is_worn:
        return NOT_WORN
    if np.sum(~np.isnan(moved.values)) < LEAST_HEARD_S / EPOCH_S:
        return LITTLE_MOVEMENT
    is_rest, is_moving = (each[:-AHEAD_EPOCHS] for each in resting(moved.values))
    if not (is_rest[-1] or is_moving[-1]):
        return TOO_LITTLE
    seen = Seen(known, moved, is_moving, at_s)
    counted = rests(is_rest)
    was_awake = before is not None and not before.is_asleep
    if not counted or len(is_rest) - counted[-1][1] >= GAP_EPOCHS:
        up = counted[-1][1] if counted else int(np.argmax(~np.isnan(moved.values)))
        return Course(seen.end, WAKE, before.since if before and was_awake else seen.first + up)
    begin = seen.first + max(counted[-1][0] - AROUND_EPOCHS, 0)
    if before is None or before.night is None or before.by != by.name or before.judged < begin:
        since = before.since if before and was_awake else begin
        before = Course(begin, WAKE, min(since, begin), night=begin, by=by.name)
    return _night(before, before.night or begin, seen, by)


def _night(before: Course, night: int, seen: Seen, by: LiveReader) -> Course | str:
    """The same of a night that goes on."""
    series_or_why = _series(seen, max(night, seen.end - REFERENCE_EPOCHS), night)
    if isinstance(series_or_why, str):
        return series_or_why
    place, series = series_or_why
    fresh = range(max(before.judged, place), place + len(series.activity))
    if not fresh:
        return before
    probability = _probability(series, fresh.start - place, by)
    course = before
    for epoch, each in zip(fresh, probability, strict=True):
        if seen.is_moving[epoch - seen.first]:
            posterior, stage = AWAKE, WAKE
        else:
            posterior = by.reader.decoder.live_posterior(each[np.newaxis], course.posterior)[0]
            stage = by.reader.decoder.called(posterior)
        has_turned = (stage == WAKE) == course.is_asleep
        course = replace(
            course,
            judged=epoch + 1,
            stage=stage,
            since=epoch if has_turned else course.since,
            posterior=posterior,
        )
    return course


def _series(seen: Seen, begin: int, night: int) -> tuple[int, EpochSeries] | str:
    """The known epochs from `begin` on, as of a night that began at `night`, and the first; or why not."""
    known, moved, first, end = seen.known, seen.moved, seen.first, seen.end
    start_s = EPOCH_S * np.arange(begin, end)
    around_s = EPOCH_S * AHEAD_EPOCHS
    counted = np.flatnonzero(~np.isnan(moved.values))
    # A count is of the epoch that ended.
    counted_s = EPOCH_S * (first + counted + 0.5)
    activity = activity_level(counted_s, moved.values[counted], start_s)
    rate_s, rate_bpm = known.heart_rate(EPOCH_S * begin - around_s, EPOCH_S * end + around_s)
    is_inside = (rate_s >= EPOCH_S * begin - MARGIN_S) & (rate_s < EPOCH_S * end + MARGIN_S)
    swing = heart_rate_swing(rate_s[is_inside], rate_bpm[is_inside], start_s)
    heard = by_epoch(rate_s - EPOCH_S * (begin - NEAR_EPOCHS), rate_bpm, end - begin + 2 * NEAR_EPOCHS)
    near = is_near(~np.isnan(heard))[NEAR_EPOCHS:-NEAR_EPOCHS]
    is_known = ~np.isnan(moved.values[begin - first : end - first]) & near
    is_known &= np.isfinite(activity) & np.isfinite(swing)
    place = np.flatnonzero(is_known)
    if not len(place) or seen.at_s - EPOCH_S * (begin + int(place[-1]) + 1) > UNHEARD_S:
        return NO_HEART_RATE
    last = int(place[-1]) + 1
    if np.mean(is_known[max(last - 2 * AROUND_EPOCHS, 0) : last]) < LEAST_KNOWN:
        return TOO_LITTLE
    series = without_holes(begin - night + place, activity[place], swing[place])
    return begin + int(place[0]), series


def _probability(series: EpochSeries, judged: int, by: LiveReader) -> NDArray[np.float64]:
    """Wake, NREM and REM for each epoch after the first `judged`, (epochs, 3)."""
    model, epochs = by.open_model(), len(series.activity)
    live_from = judged
    parts = []
    if epochs - judged > MOST_ONE_BY_ONE:
        # Nobody was told of these: they only have to be known for what comes next.
        live_from = epochs - LOOK_EPOCHS
        parts.append(by.reader.probability(series.until(live_from), model)[judged:])
    ends = range(live_from + 1, epochs + 1)
    parts.append(np.array([by.reader.live_probability(series.until(at), model) for at in ends]))
    return np.concatenate(parts)
