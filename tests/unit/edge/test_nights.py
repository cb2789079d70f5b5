"""Resting heart rate by nights: which night, what counts, and the rule of two nights worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from edge.adapters.zone import night_in
from edge.config import parse_config
from edge.contract.errors import ConfigError
from edge.contract.messages import Alert
from edge.signals.nights import excesses, utc_night_at
from tests.support.corridor import Patient

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 86_400.0
# 2026-06-01T00:00:00Z, a midnight.
MIDNIGHT_S = 1_780_272_000.0


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("now", "zone", "begin", "end"),
    [
        ("2026-06-01T03:00+00:00", UTC, "2026-06-01T00:00+00:00", "2026-06-01T07:00+00:00"),
        ("2026-06-01T07:00+00:00", UTC, "2026-06-02T00:00+00:00", "2026-06-02T07:00+00:00"),
        ("2026-06-01T22:30+00:00", BERLIN, "2026-06-02T00:00+02:00", "2026-06-02T07:00+02:00"),
        # The night in which clocks go forward has six hours.
        ("2026-03-29T00:00+01:00", BERLIN, "2026-03-29T00:00+01:00", "2026-03-29T07:00+02:00"),
    ],
)
def test_a_night_is_from_midnight_to_seven_where_the_wearer_lives(
    now: str, zone: ZoneInfo, begin: str, end: str
) -> None:
    """During a night it is that one, after seven the next, by the clock of the place."""
    assert night_in(zone)(moment(now)) == (moment(begin), moment(end))


def test_nights_of_utc_need_no_time_zones() -> None:
    """The plain arithmetic gives what the time zones of the system give, each hour of two days."""
    hours_s = [MIDNIGHT_S + 3600.0 * hour + offset_s for hour in range(48) for offset_s in (0.0, 1799.5)]

    assert [utc_night_at(at_s) for at_s in hours_s] == [night_in(UTC)(at_s) for at_s in hours_s]


def test_an_excess_is_over_the_median_of_the_nights_before() -> None:
    """By hand: the medians before the fourth and fifth night are 60 and 60.5."""
    assert excesses([60.0, 59.0, 61.0, 65.0, 70.5], 3) == [None, None, None, 5.0, 10.0]


def live(patient: Patient, nights_bpm: list[float | None], awake_minutes: int = 0) -> list[Alert]:
    """Nights of one heart rate a minute, at rest but for the last minutes; None for a night without data."""
    for number, rate_bpm in enumerate(nights_bpm):
        for minute in range(425) if rate_bpm is not None else []:
            at_s = MIDNIGHT_S + DAY_S * number + 60.0 * minute
            walks = minute >= 420 - awake_minutes
            patient.send("activity", [at_s], cadence=[100.0 if walks else 0.0])
            value = (rate_bpm or 0.0) + (40.0 if walks else 0.0) + (minute % 5 - 2)
            patient.send("hr", [at_s], hr=[value])
    return patient.alerts("night_heart_rate_high")


USUAL = [60.0, 61.0, 59.0, 60.0, 60.0, 61.0, 60.0]


def test_two_nights_four_above_the_baseline_are_told_in_the_morning_of_the_second() -> None:
    """Seven usual nights, then 64.5 and 65: told at seven o'clock with both nights; a usual night ends it."""
    start, end = live(Patient(), [*USUAL, 64.5, 65.0, 60.0])

    assert start.at_s == MIDNIGHT_S + 8 * DAY_S + 7 * 3600.0
    assert start.evidence.values == {
        "first_night_bpm": 64.5,
        "first_night_above_usual_bpm": 4.5,
        "second_night_bpm": 65.0,
        "second_night_above_usual_bpm": 5.0,
    }
    assert (end.phase.value, end.at_s) == ("end", MIDNIGHT_S + 9 * DAY_S + 7 * 3600.0)


@pytest.mark.parametrize(
    ("nights_bpm", "why"),
    [
        ([*USUAL, 66.0, 60.0, 66.0], "not running"),
        ([*USUAL, 63.5, 63.5, 63.5], "less than four above"),
        ([*USUAL[:6], 66.0, 66.0], "fewer than seven nights to compare with"),
        ([*USUAL, 66.0, None, 66.0], "a night without data between"),
    ],
)
def test_nights_that_do_not_keep_the_rule_are_not_told(nights_bpm: list[float | None], why: str) -> None:
    """One high night, a little too little, too short a baseline, or a gap: nothing is said."""
    assert live(Patient(), nights_bpm) == [], why


def test_what_is_walked_at_night_does_not_count() -> None:
    """An hour and a half of steps with a fast heart in each of two nights leaves their means as they were."""
    patient = Patient()

    assert live(patient, [*USUAL, 60.0, 60.0], awake_minutes=90) == []
    assert patient.state.nights.before[-1].mean_bpm == pytest.approx(60.0, abs=0.1)


def test_a_place_that_no_clock_knows_is_refused() -> None:
    """A misspelt time zone is named at the start."""
    with pytest.raises(ConfigError) as caught:
        parse_config('[edge]\ntimezone = "Europe/Atlantis"', where="x")

    assert "Europe/Berlin" in caught.value.allowed


@pytest.mark.parametrize(("minutes", "is_told"), [(119, False), (120, True)])
def test_a_night_needs_two_hours_of_heart_rates(minutes: int, *, is_told: bool) -> None:
    """After seven usual nights two of 66: with 119 minutes each they say nothing, with 120 they are told."""
    patient = Patient()
    live(patient, [*USUAL])
    for night in (7, 8):
        for minute in [*range(minutes), 421]:
            at_s = MIDNIGHT_S + DAY_S * night + 60.0 * minute
            patient.send("activity", [at_s], cadence=[0.0])
            patient.send("hr", [at_s], hr=[66.0 + (minute % 5 - 2)])

    assert bool(patient.alerts("night_heart_rate_high")) is is_told


def test_of_each_minute_one_heart_rate_counts() -> None:
    """A burst of 150 each second of two minutes weighs two of 149 minutes: 60 + 2 x 90 / 149."""
    patient = Patient()
    for minute in [*range(149), 421]:
        at_s = MIDNIGHT_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        is_burst = minute in {70, 71}
        for second in range(60 if is_burst else 1):
            value = 150.0 - second % 3 if is_burst else 59.0 + 2 * (minute % 2)
            patient.send("hr", [at_s + second], hr=[value])

    (night,) = patient.state.nights.before
    assert night.mean_bpm == pytest.approx(60.0 + 2 * 90.0 / 149, abs=0.02)
