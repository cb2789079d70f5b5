"""What a night's report rests on: minutes for apnea, heart rates, rhythm, and which nights count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import cast

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.litert import Network
from edge.advice.diary import SleepWeek
from edge.contract.messages import Alert
from edge.contract.profile import Profile
from edge.contract.reports import ApneaNight, LastNights, NightReport, SleepNight
from edge.contract.samples import Mode
from edge.days.alarm_spans import AlarmSpan
from edge.days.apnea import ApneaJudge
from edge.days.nights import asleep, hours, last_nights, night_report
from edge.days.recorded import Recorded, Series
from edge.days.sleep import SleepJudge
from edge.pipeline.day import take_day
from edge.signals.apnea_night import CHANNELS
from edge.signals.sleep_channels import CHANNELS as SLEEP_CHANNELS
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_stages import Decoder
from edge.wearer.state import WearerState
from edge.wearer.summary import Day
from tests.support.corridor import make_rules
from tests.support.home import HOUR_S, MIDNIGHT_S

DAY_S = 86_400.0
TEN_S = MIDNIGHT_S + 10.0 * HOUR_S
# From midnight to seven: 25,200 s.
CLOCK_NIGHT_S = (MIDNIGHT_S, MIDNIGHT_S + 7.0 * HOUR_S)


@dataclass
class InTurn:
    """A network that gives these logits in turn, whatever it is shown."""

    logits: Iterator[float] = field(default_factory=lambda: cycle([-9.0]))

    def run(self, _window: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array([next(self.logits)], dtype=np.float32)


def apnea_judge(*logits: float, error_per_hour: float = 5.0) -> ApneaJudge:
    """One whose network finds apnea where the logit is 0 or more."""
    return ApneaJudge(
        name="apnea-0.0.1",
        open_network=lambda: cast(Network, InTurn(cycle(logits or (-9.0,)))),
        centre=np.zeros(CHANNELS, np.float32),
        scale=np.ones(CHANNELS, np.float32),
        calibration=(1.0, 0.0),
        threshold=0.5,
        window_minutes=5,
        error_per_hour=error_per_hour,
    )


SLEEP_JUDGE = SleepJudge(
    "sleep-0.0.1",
    lambda: cast(Network, InTurn()),
    NightReader(
        window_epochs=12,
        margin_epochs=4,
        mean=np.zeros(SLEEP_CHANNELS),
        deviation=np.ones(SLEEP_CHANNELS),
        decoder=Decoder(np.eye(3), np.ones(3), np.ones(3), 1.0, np.ones(3)),
    ),
)


def beats(minutes: float) -> NDArray[np.float64]:
    """Beats a second apart and hardly uneven, from some minutes before midnight to so many after and some."""
    at_s = np.arange(-180.0, 60.0 * minutes + 240.0)
    return np.asarray(MIDNIGHT_S + at_s + 0.02 * np.sin(at_s), dtype=np.float64)


def judged(judge: ApneaJudge, minutes: int) -> ApneaNight | str:
    return judge.judge(beats(minutes), MIDNIGHT_S, MIDNIGHT_S + 60.0 * minutes)


@pytest.mark.parametrize(("minutes", "why"), [(239, "too few heartbeats"), (240, None), (241, None)])
def test_breathing_is_judged_from_four_hours_of_beats_on(minutes: int, why: str | None) -> None:
    """A test at home needs 240 minutes (AASM 2017): of 239 it is said that they are too few."""
    found = judged(apnea_judge(), minutes)

    assert (found if isinstance(found, str) else None) == why


@pytest.mark.parametrize(
    ("logits", "per_hour", "low", "high"),
    [
        # One minute of four: 15 an hour, and 1.61 x 5 = 8.05 to either side.
        ((9.0, -9.0, -9.0, -9.0), 15.0, 6.95, 23.05),
        # Fewer than none and more than all there are none.
        ((-9.0,), 0.0, 0.0, 8.05),
        ((9.0,), 60.0, 51.95, 60.0),
        # A minute at the threshold itself counts.
        ((0.0, -0.01), 30.0, 21.95, 38.05),
    ],
)
def test_the_interval_is_one_point_six_times_the_error_of_unseen_nights(
    logits: tuple[float, ...], per_hour: float, low: float, high: float
) -> None:
    """With a mean error of 5 minutes an hour four of five nights lie within 8.05 of what is told."""
    found = judged(apnea_judge(*logits), 240)

    assert isinstance(found, ApneaNight)
    assert (found.per_hour, found.low_per_hour, found.high_per_hour) == (per_hour, low, high)


def report(rates_bpm: NDArray[np.float64], *alarms: AlarmSpan) -> NightReport:
    """The report of a day without a wristband: that many heart rates from midnight on, 20 s apart."""
    time_s = MIDNIGHT_S + 20.0 * np.arange(len(rates_bpm), dtype=np.float64)
    day = Recorded(TEN_S - DAY_S, TEN_S, {"hr": Series(time_s, rates_bpm.reshape(-1, 1))})
    return night_report(
        day, ("w1", Mode.TEST), CLOCK_NIGHT_S, (SLEEP_JUDGE, apnea_judge()), [], alarms=list(alarms)
    )


@pytest.mark.parametrize(("rates", "mean_bpm"), [(59, None), (60, 61.0), (61, 61.0)])
def test_a_nights_heart_rate_is_told_of_sixty_samples(rates: int, mean_bpm: float | None) -> None:
    """59 heart rates of a night are too few to tell its mean and its lowest."""
    found = report(np.full(rates, 61.0))

    assert (found.mean_bpm, found.lowest_bpm) == (mean_bpm, mean_bpm)


def test_the_lowest_heart_rate_is_what_a_twentieth_of_the_night_stays_below() -> None:
    """Of 40, 41 and so on to 140 the sixth is 45: a few odd beats do not make the lowest rate."""
    assert report(np.arange(40.0, 141.0)).lowest_bpm == 45.0


def test_a_nights_heart_rate_is_told_to_a_tenth() -> None:
    """Half of a night at 61 and half at 61.52 are 61.26 on average."""
    found = report(np.array([61.0, 61.52] * 30))

    assert (found.mean_bpm, found.lowest_bpm) == (61.3, 61.0)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (59.4, "0 h 59 min"),
        (59.6, "1 h 00 min"),
        (60.0, "1 h 00 min"),
        (119.0, "1 h 59 min"),
        (485.5, "8 h 06 min"),
    ],
)
def test_a_time_is_told_in_whole_minutes_of_an_hour(minutes: float, told: str) -> None:
    """Minutes never count to sixty."""
    assert hours(minutes) == told


@pytest.mark.parametrize(
    ("held_s", "why"),
    [
        (2519.0, "no heartbeats (signal rr)"),
        (2520.0, "no heartbeats (signal rr)"),
        (2521.0, "the rhythm was irregular"),
    ],
)
def test_breathing_is_not_judged_where_the_rhythm_was_irregular_for_over_a_tenth(
    held_s: float, why: str
) -> None:
    """Of seven hours a tenth is 42 minutes: so long an irregular rhythm may have held, and no longer."""
    begin_s = MIDNIGHT_S + HOUR_S
    found = report(np.full(60, 61.0), AlarmSpan("irregular_rhythm", begin_s, begin_s + held_s))

    assert found.no_apnea == why


def sleep(from_s: float, hypnogram: str = "N" * 960, *, is_whole: bool = True) -> SleepNight:
    """Sleep told by a hypnogram."""
    minutes = 0.5 * sum(letter != "W" for letter in hypnogram)
    return SleepNight(
        bundle="sleep-0.0.1",
        from_s=from_s,
        onset_s=from_s,
        wake_s=from_s + 30.0 * len(hypnogram),
        total_sleep_min=minutes,
        wake_after_onset_min=0.0,
        efficiency_percent=100.0,
        rem_min=0.0,
        is_whole=is_whole,
        hypnogram=hypnogram,
    )


def apnea(per_hour: float) -> ApneaNight:
    return ApneaNight(
        bundle="apnea-0.0.1",
        minutes=400,
        apnea_minutes=0,
        per_hour=per_hour,
        low_per_hour=per_hour,
        high_per_hour=per_hour,
    )


def day(days_ago: float, *, minutes: int = 480, per_hour: float = 10.0) -> Day:
    """A day that ended so many days ago, with so much sleep in its night."""
    until_s = TEN_S - days_ago * DAY_S
    from_s = until_s - DAY_S
    night = NightReport(
        id="x",
        wearer="w1",
        mode=Mode.TEST,
        from_s=from_s,
        until_s=until_s,
        text="",
        last_nights=LastNights(),
        sleep=sleep(from_s + 13.0 * HOUR_S, "N" * (2 * minutes)),
        apnea=apnea(per_hour),
    )
    return Day(wearer="w1", mode=Mode.TEST, from_s=from_s, until_s=until_s, night=night)


TODAY = Recorded(TEN_S - DAY_S, TEN_S)


@pytest.mark.parametrize(
    ("days_ago", "nights", "mean_min", "apnea_per_hour"),
    # Six days with an hour more, and seven with an hour less, are those of a clock that was changed.
    [(6.0, 2, 450.0, 15.0), (6.04, 2, 450.0, 15.0), (6.96, 1, 480.0, 10.0), (7.0, 1, 480.0, 10.0)],
)
def test_a_week_of_nights_is_this_one_and_the_six_before(
    days_ago: float, nights: int, mean_min: float, apnea_per_hour: float
) -> None:
    """A night of 420 minutes and 20 an hour counts for the six mornings after its own, not on the seventh."""
    before = [day(days_ago, minutes=420, per_hour=20.0)]
    found = last_nights(TODAY, sleep(TODAY.from_s + 13.0 * HOUR_S), apnea(10.0), before)

    assert (found.sleep_nights, found.mean_sleep_min) == (nights, mean_min)
    assert (found.apnea_nights, found.mean_apnea_per_hour) == (nights, apnea_per_hour)


@pytest.mark.parametrize(
    ("days_ago", "pairs"),
    [([1.0], 1), ([2.0], 0), ([2.0, 1.0], 2), ([3.0, 1.0], 1), ([3.0, 2.0], 1), ([4.0, 3.0, 1.0], 2)],
)
def test_only_days_that_follow_one_another_are_compared(days_ago: list[float], pairs: int) -> None:
    """A day of which nothing was kept parts those before and after it: they make no pair."""
    before = [day(ago) for ago in days_ago]
    found = last_nights(TODAY, sleep(TODAY.from_s + 13.0 * HOUR_S), None, before)

    assert found.regularity_pairs == pairs
    assert found.regularity_index == (100.0 if pairs else None)


@pytest.mark.parametrize(("day_h", "known_epochs"), [(23.0, 2760), (24.0, 2880), (25.0, 2880)])
def test_a_day_on_which_clocks_change_is_compared_as_far_as_it_goes(day_h: float, known_epochs: int) -> None:
    """A day of 23 hours lacks the last 120 half minutes, one of 25 is compared for 24."""
    row = asleep(TEN_S, TEN_S + day_h * HOUR_S, sleep(TEN_S + 13.0 * HOUR_S))

    assert (len(row), int(np.sum(~np.isnan(row)))) == (2880, known_epochs)


def test_sleep_beyond_the_days_edges_is_left_out_and_what_was_not_measured_is_not_known() -> None:
    """The first and the last half minute of the day are counted, those outside it are not."""
    early = asleep(TEN_S, TEN_S + DAY_S, sleep(TEN_S - 60.0, "NNRW-N"))
    late = asleep(TEN_S, TEN_S + DAY_S, sleep(TEN_S + DAY_S - 60.0, "WNNN"))

    np.testing.assert_array_equal(early[:5], [1.0, 0.0, np.nan, 1.0, 0.0])
    np.testing.assert_array_equal(late[-3:], [0.0, 0.0, 1.0])
    assert not early[5:].any()


def alerts_after(
    last: list[LastNights], *, limit: float | None = None, birth_year: int | None = None
) -> list[Alert]:
    """What is said in mornings that tell these figures of the week, at that limit and year of birth."""
    rules = replace(make_rules(), profiles={"w1": Profile(birth_year=birth_year)})
    state = WearerState("w1", Mode.TEST, now_s=TEN_S)
    if limit is not None:
        state.limits["apnea_index"] = limit
    said: list[Alert] = []
    for number, week in enumerate(last):
        morning = day(-float(number))
        assert morning.night is not None
        night = msgspec.structs.replace(morning.night, last_nights=week)
        told = take_day(state, rules, msgspec.structs.replace(morning, night=night))
        said += [item for item in told if isinstance(item, Alert)]
    return said


def test_the_weeks_sleep_comes_to_advice_in_hours() -> None:
    """390 minutes a night over five nights are 6.5 hours."""
    state = WearerState("w1", Mode.TEST, now_s=TEN_S)
    morning = day(0.0)
    assert morning.night is not None
    week = LastNights(sleep_nights=5, mean_sleep_min=390.0, regularity_index=71.0)
    night = msgspec.structs.replace(morning.night, last_nights=week)
    take_day(state, make_rules(), msgspec.structs.replace(morning, night=night))

    assert state.advice.sleep == SleepWeek(TEN_S, 5, 6.5, 71.0)


def breathing(low: float, mean: float | None = None) -> LastNights:
    mean = low + 6.0 if mean is None else mean
    return LastNights(
        apnea_nights=3, mean_apnea_per_hour=mean, apnea_low_per_hour=low, apnea_high_per_hour=mean + 6.0
    )


@pytest.mark.parametrize(
    ("low", "at_least"),
    [
        (5.0, "mild"),
        (14.9, "mild"),
        (15.0, "moderate"),
        (29.9, "moderate"),
        (30.0, "severe"),
        (45.0, "severe"),
    ],
)
def test_apnea_is_told_by_the_class_that_even_its_low_end_reaches(low: float, at_least: str) -> None:
    """AASM 1999: mild from 5, moderate from 15, severe from 30 an hour."""
    (alert,) = alerts_after([breathing(low)], limit=5.0)

    assert alert.evidence.values["at_least"] == at_least


def test_apnea_that_is_over_may_be_of_no_class_at_all() -> None:
    """The end of an alert whose low end is 4.9 names no class."""
    *_, end = alerts_after([breathing(15.0), breathing(4.9, 10.0)])

    assert (end.phase.value, end.evidence.values["at_least"]) == ("end", "none")


@pytest.mark.parametrize(
    ("birth_year", "hours", "is_short"),
    [
        # Of no, 17, 18, 64 and 65 years in 2026, and of an age that is not told.
        (2026, 6.9, True),
        (2009, 6.9, True),
        (2009, 7.0, False),
        (2008, 6.9, False),
        (2008, 5.9, True),
        (2008, 6.0, False),
        (1962, 5.9, True),
        (1961, 5.9, False),
        (1961, 5.0, False),
        (1961, 4.9, True),
        (None, 5.9, True),
        (None, 6.0, False),
    ],
)
def test_sleep_is_short_below_what_is_not_recommended_at_the_age(
    birth_year: int | None, hours: float, *, is_short: bool
) -> None:
    """NSF 2015: less than 7 h below 18 years, than 6 h up to 64, than 5 h from 65 on."""
    week = LastNights(sleep_nights=5, mean_sleep_min=60.0 * hours)

    assert bool(alerts_after([week], birth_year=birth_year)) is is_short


def test_short_sleep_is_told_in_hours() -> None:
    """A mean of 330 minutes and a last night of 480 are 5.5 and 8 hours."""
    (alert,) = alerts_after([LastNights(sleep_nights=5, mean_sleep_min=330.0)])

    assert alert.evidence.values == {"nights": 5, "mean_sleep_h": 5.5, "last_sleep_h": 8.0}
