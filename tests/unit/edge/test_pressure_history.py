"""Blood pressure over days and nights: the dip at its bounds, the rise against chance, both by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge.adapters.zone import night_in
from edge.signals.dipping import Dipping, dip_percent, dipping_class
from tests.support.corridor import Patient, make_rules

# 2026-06-01T00:00:00Z, a midnight.
MIDNIGHT_S = 1_780_272_000.0
DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("night_mmhg", "percent", "dipping"),
    [
        (140.1, -0.071429, Dipping.REVERSE),
        (140.0, 0.0, Dipping.NON_DIPPER),
        (126.1, 9.928571, Dipping.NON_DIPPER),
        # 126/140 and 112/140 are 0.9 and 0.8: exactly 10 and 20 %.
        (126.0, 10.0, Dipping.DIPPER),
        (112.1, 19.928571, Dipping.DIPPER),
        (112.0, 20.0, Dipping.EXTREME),
    ],
)
def test_a_dip_is_classed_as_fagard_does_also_at_exactly_10_and_20_percent(
    night_mmhg: float, percent: float, dipping: Dipping
) -> None:
    """Of 140 by day: 0.8 < ratio <= 0.9 is a dipper, so a bound belongs to the class that falls more."""
    assert dip_percent(140.0, night_mmhg) == pytest.approx(percent, abs=1e-6)
    assert dipping_class(dip_percent(140.0, night_mmhg)) is dipping


def monitored(patient: Patient, night_mmhg: float, nights: int = 7, days: int = 20) -> Patient:
    """So many readings by night, from midnight on, and by day, from eight on, of 140 mmHg."""
    for number in range(nights):
        at_s = MIDNIGHT_S + 3000.0 * number
        patient.send("bp", [at_s], systolic=[night_mmhg], diastolic=[70.0])
    for number in range(days):
        at_s = MIDNIGHT_S + 28_800.0 + 2400.0 * number
        patient.send("bp", [at_s], systolic=[140.0], diastolic=[70.0])
    return patient


def test_a_night_that_falls_by_less_than_a_tenth_is_told_once_enough_was_measured() -> None:
    """128 against 140 is a dip of 8.6 %: told with the twentieth reading of the day."""
    (alert,) = monitored(Patient(), 128.0).alerts("non_dipping")

    assert alert.at_s == MIDNIGHT_S + 28_800.0 + 2400.0 * 19
    assert alert.evidence.values == {
        "day_readings": 20,
        "night_readings": 7,
        "day_systolic_mmhg": 140,
        "night_systolic_mmhg": 128,
        "dip_percent": 8.6,
        "dipping": "non_dipper",
    }


@pytest.mark.parametrize(("night_mmhg", "nights", "days"), [(126.0, 7, 20), (128.0, 6, 20), (128.0, 7, 19)])
def test_a_dip_of_a_tenth_and_too_few_readings_say_nothing(night_mmhg: float, nights: int, days: int) -> None:
    """Exactly 10 % is no non-dipper; six readings by night or nineteen by day are not judged."""
    assert monitored(Patient(), night_mmhg, nights, days).alerts("non_dipping") == []


def test_night_is_where_the_wearer_lives() -> None:
    """The same readings in Tokyo are of a morning and an evening: no seven of them are by night."""
    rules = replace(make_rules(), night_at=night_in(ZoneInfo("Asia/Tokyo")))

    assert monitored(Patient(rules), 128.0).alerts("non_dipping") == []


def weeks(patient: Patient, days_mmhg: Sequence[float | None]) -> Patient:
    """Two readings each day, 4 mmHg apart, whose mean is given; None for a day without any."""
    for number, systolic_mmhg in enumerate(days_mmhg):
        for offset in (-2.0, 2.0) if systolic_mmhg is not None else ():
            at_s = MIDNIGHT_S + DAY_S * number + 30_000.0 + 60.0 * offset
            patient.send("bp", [at_s], systolic=[(systolic_mmhg or 0.0) + offset], diastolic=[70.0])
    return patient


def test_a_week_that_lies_well_above_the_weeks_before_is_told() -> None:
    """28 days of 120, then 135: the fifth of these days makes a rise of more than 10, and is told at once."""
    patient = weeks(Patient(), [120.0] * 28 + [135.0] * 7)

    (alert,) = patient.alerts("blood_pressure_rising")
    assert alert.at_s == MIDNIGHT_S + DAY_S * 32 + 30_000.0 - 120.0
    # By hand: two days of 120, four of 135 and a first reading of 133, (4 x 15 + 13) / 7 = 10.4 above 120;
    # the error is 8.6 x sqrt(1/7 + 1/26) = 3.66.
    assert alert.evidence.values == {
        "week_systolic_mmhg": 130,
        "before_systolic_mmhg": 120,
        "rise_mmhg": 10.4,
        "standard_error_mmhg": 3.7,
    }


def in_los_angeles(days: list[tuple[int, float]]) -> Patient:
    """Readings at eight in the morning and at six in the evening of these days, by the clock of the place."""
    zone = ZoneInfo("America/Los_Angeles")
    patient = Patient(replace(make_rules(), night_at=night_in(zone)))
    for number, systolic_mmhg in days:
        for hour in (8, 18):
            at_s = (datetime(2026, 6, 1, hour, tzinfo=zone) + timedelta(days=number)).timestamp()
            patient.send("bp", [at_s], systolic=[systolic_mmhg], diastolic=[70.0])
    return patient


def test_a_day_of_pressure_is_one_of_the_wearers() -> None:
    """Six in the evening in Los Angeles is the next day by UTC: two days stay two, and three are needed."""
    before = [(number, 120.0) for number in range(10)]

    assert in_los_angeles([*before, (16, 150.0), (17, 150.0)]).alerts("blood_pressure_rising") == []
    three = in_los_angeles([*before, (16, 150.0), (17, 150.0), (18, 150.0)])
    assert len(three.alerts("blood_pressure_rising")) == 1


@pytest.mark.parametrize(
    "days_mmhg",
    [
        # Nine more than before is less than ten.
        [120.0] * 28 + [129.0] * 7,
        # Three days of 11 more against seven: chance makes 2 x 8.6 x sqrt(1/3 + 1/7) = 11.9. Four days
        # without readings between them leave the last week to the three.
        [120.0] * 7 + [None] * 4 + [131.0] * 3,
        # Nothing to compare with.
        [120.0] * 3 + [150.0] * 6,
    ],
)
def test_a_rise_that_is_small_or_may_be_chance_is_not_told(days_mmhg: list[float | None]) -> None:
    """Less than the limit, within two standard errors, or too few days before: nothing is said."""
    assert weeks(Patient(), days_mmhg).alerts("blood_pressure_rising") == []


def test_a_rise_beyond_chance_is_told_of_three_days_against_seven() -> None:
    """13 more on three days is above the 11.9 that chance makes: told, where 11 more was not."""
    (alert,) = weeks(Patient(), [120.0] * 7 + [None] * 4 + [133.0] * 3).alerts("blood_pressure_rising")

    # With the first reading of the third day, 131: (133 + 133 + 131) / 3 = 132.3;
    # 8.6 x sqrt(1/3 + 1/7) = 5.9.
    assert (alert.evidence.values["rise_mmhg"], alert.evidence.values["standard_error_mmhg"]) == (12.3, 5.9)


def test_readings_of_the_day_before_are_no_part_of_the_last_24_hours() -> None:
    """Seven by night and twenty by day, but the night was over a day ago when the last of them is taken."""
    patient = Patient()
    for number in range(7):
        patient.send("bp", [MIDNIGHT_S + 600.0 * number], systolic=[128.0], diastolic=[70.0])
    # From 19:00 to 23:30, and one at 13:00 of the next day.
    evening_s = [MIDNIGHT_S + 68_400.0 + 900.0 * number for number in range(19)]
    for at_s in [*evening_s, MIDNIGHT_S + DAY_S + 46_800.0]:
        patient.send("bp", [at_s], systolic=[140.0], diastolic=[70.0])

    assert patient.alerts("non_dipping") == []
