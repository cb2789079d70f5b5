"""How much of a day has to be known for its main sleep to be told: each bound from either side."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.litert import Network
from edge.contract.reports import SleepNight
from edge.days.recorded import Recorded, Series
from edge.days.sleep import SleepJudge
from edge.signals.sleep_channels import CHANNELS
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_stages import Decoder
from tests.support.home import EPOCH_S, HOUR_S, MIDNIGHT_S

# A day of 2880 half minutes, from ten to ten.
FROM_S = MIDNIGHT_S - 14.0 * HOUR_S
DAY_EPOCHS = 2880
MOVES, RESTS, UNKNOWN = 20.0, 0.0, np.nan
TOO_SHORT, TOO_LITTLE = "no rest of three hours", "movement of fewer than four hours"
NOT_WORN = "the wristband was not worn or not heard for much of the night"


class Always:
    """A network that takes every epoch for one of wake, N1, N2, N3 and REM."""

    def __init__(self, stage: int) -> None:
        self.logits = np.full(5, -9.0, np.float32)
        self.logits[stage] = 9.0

    def run(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.tile(self.logits, (1, 1, window.shape[-2], 1))


DEEP, REM = 3, 4
JUDGE = SleepJudge(
    "sleep-0.0.1",
    lambda: cast(Network, Always(DEEP)),
    NightReader(
        window_epochs=12,
        margin_epochs=4,
        mean=np.zeros(CHANNELS),
        deviation=np.ones(CHANNELS),
        decoder=Decoder(
            transition=np.full((3, 3), 1.0 / 3.0),
            start=np.full(3, 1.0 / 3.0),
            prior=np.full(3, 1.0 / 3.0),
            weight=1.0,
            lift=np.ones(3),
        ),
    ),
)


def day_with(rest: tuple[int, int]) -> NDArray[np.float64]:
    """The movement of a day that is known throughout, with one rest from epoch to epoch."""
    movement = np.full(DAY_EPOCHS, MOVES)
    movement[slice(*rest)] = RESTS
    return movement


def recorded(movement: NDArray[np.float64], is_heart_heard: NDArray[np.bool_] | None = None) -> Recorded:
    """A day with that movement, and a heart rate in the middle of every epoch in which it is heard."""
    known = np.flatnonzero(~np.isnan(movement))
    heart = np.arange(DAY_EPOCHS) if is_heart_heard is None else np.flatnonzero(is_heart_heard)
    heart_at = heart.astype(np.float64)
    signals = {
        "movement": Series(
            FROM_S + EPOCH_S * (known.astype(np.float64) + 1.0), movement[known].reshape(-1, 1)
        ),
        "hr": Series(FROM_S + EPOCH_S * (heart_at + 0.5), (60.0 + heart_at % 7.0).reshape(-1, 1)),
    }
    return Recorded(FROM_S, FROM_S + EPOCH_S * DAY_EPOCHS, signals)


def judged(
    movement: NDArray[np.float64], is_heart_heard: NDArray[np.bool_] | None = None
) -> SleepNight | str:
    return JUDGE.judge(recorded(movement, is_heart_heard))


def night(movement: NDArray[np.float64], is_heart_heard: NDArray[np.bool_] | None = None) -> SleepNight:
    found = judged(movement, is_heart_heard)
    assert isinstance(found, SleepNight), found
    return found


def why_not(found: SleepNight | str) -> str | None:
    return found if isinstance(found, str) else None


@pytest.mark.parametrize(("heard_epochs", "why"), [(479, TOO_LITTLE), (480, None), (481, None)])
def test_a_day_needs_four_hours_of_movement(heard_epochs: int, why: str | None) -> None:
    """Of 239.5 minutes nothing is said; with 240, a rest of three hours among them, the night is told."""
    movement = np.full(DAY_EPOCHS, UNKNOWN)
    movement[1000 : 1000 + heard_epochs] = MOVES
    movement[1060:1420] = RESTS

    assert why_not(judged(movement)) == why


@pytest.mark.parametrize(("rest_epochs", "why"), [(359, TOO_SHORT), (360, None), (361, None)])
def test_a_rest_of_less_than_three_hours_is_a_nap(rest_epochs: int, why: str | None) -> None:
    """179.5 minutes of rest are no night; 180 are."""
    assert why_not(judged(day_with((1000, 1000 + rest_epochs)))) == why


def test_falling_asleep_and_waking_are_looked_for_ten_minutes_around_the_rest() -> None:
    """Whoever is asleep throughout is told to sleep from ten minutes before the wrist rests to ten after."""
    found = night(day_with((1000, 1960)))

    assert (found.from_s, found.onset_s) == (FROM_S + 30.0 * 1000 - 600.0, FROM_S + 30.0 * 1000 - 600.0)
    assert found.wake_s == FROM_S + 30.0 * 1960 + 600.0
    assert found.total_sleep_min == 480.0 + 20.0


@pytest.mark.parametrize(("missing_epochs", "why"), [(79, None), (80, None), (81, NOT_WORN)])
def test_a_night_needs_data_for_four_fifths_of_its_rest(missing_epochs: int, why: str | None) -> None:
    """Of a rest of 400 epochs 80 may be missing, here and there; one more and the night is not judged."""
    movement = day_with((1000, 1400))
    movement[1010 + 4 * np.arange(missing_epochs)] = UNKNOWN

    assert why_not(judged(movement)) == why


@pytest.mark.parametrize(("silent_epochs", "not_measured"), [(20, 0), (21, 1), (22, 2), (60, 40)])
def test_an_epoch_is_measured_while_a_heart_rate_is_within_five_minutes(
    silent_epochs: int, not_measured: int
) -> None:
    """Ten epochs on either side of a silence of the heart rate are drawn, those between are left open."""
    is_heard = np.ones(DAY_EPOCHS, dtype=np.bool_)
    is_heard[1400 : 1400 + silent_epochs] = False

    assert night(day_with((1000, 1960)), is_heard).hypnogram.count("-") == not_measured


@pytest.mark.parametrize(("known_epochs", "is_whole"), [(59, False), (60, True), (61, True)])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_sleep_is_whole_with_half_of_the_hour_around_it_known(
    side: str, known_epochs: int, *, is_whole: bool
) -> None:
    """Seen for 30 of the 60 minutes before the rest, and of those after it, it cannot have been longer.

    What was seen is at the far end of the hour, and beyond the hour nothing is known.
    """
    movement = day_with((1000, 1960))
    movement[:880] = movement[2080:] = UNKNOWN
    if side == "before":
        movement[880 + known_epochs : 1000] = UNKNOWN
    else:
        movement[1960 : 2080 - known_epochs] = UNKNOWN

    assert night(movement).is_whole is is_whole


@pytest.mark.parametrize(("left_epochs", "is_whole"), [(29, False), (30, True), (31, True)])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_sleep_that_nearly_fills_the_day_to_its_edge_is_not_whole(
    side: str, left_epochs: int, *, is_whole: bool
) -> None:
    """Where the day begins or ends less than a quarter of an hour off the rest, more of it may lie beyond."""
    rest = (left_epochs, 960) if side == "before" else (1960, DAY_EPOCHS - left_epochs)

    assert night(day_with(rest)).is_whole is is_whole


def test_a_night_does_not_begin_before_its_day() -> None:
    """Of a rest from two and a half minutes after ten on, what lies before ten is of the day before."""
    found = night(day_with((5, 965)))

    assert (found.from_s, len(found.hypnogram)) == (FROM_S, 985)


def test_the_movement_told_as_the_day_begins_is_of_the_day_before() -> None:
    """A count is of the half minute that ended: one of ten sharp changes nothing."""
    day = recorded(day_with((1000, 1960)))
    moved, heart = day.of("movement"), day.of("hr")
    early = Series(np.concatenate([[FROM_S], moved.time_s]), np.concatenate([[[900.0]], moved.values]))

    assert JUDGE.judge(Recorded(day.from_s, day.until_s, {"movement": early, "hr": heart})) == JUDGE.judge(
        day
    )


@pytest.mark.parametrize(("stage", "rem_min"), [(DEEP, 0.0), (REM, 500.0)])
def test_minutes_of_rem_are_those_of_its_half_minutes(stage: int, rem_min: float) -> None:
    """A thousand epochs of REM are 500 minutes of it."""
    judge = replace(JUDGE, open_network=lambda: cast(Network, Always(stage)))
    found = judge.judge(recorded(day_with((1000, 1960))))

    assert isinstance(found, SleepNight)
    assert (found.total_sleep_min, found.rem_min) == (500.0, rem_min)
