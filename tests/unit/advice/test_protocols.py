"""Home blood pressure by protocol, worked by hand: days, dropped readings, least and whole courses."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.advice.protocols import Course, HomeReading, Protocol, courses, load_protocols
from edge.conditions.blood_pressure import load_schemes

PROTOCOLS = load_protocols()
AHA, ESH = PROTOCOLS["acc-aha-2017"], PROTOCOLS["esc-2024"]
DAY_S = 86_400.0
# 2026-06-01T08:00:00Z
MORNING_S = 1_780_300_800.0


def day_of(at_s: float) -> float:
    return at_s // DAY_S * DAY_S


def sitting(day: int, hour: float, *systolic_mmhg: float) -> list[HomeReading]:
    """Readings a minute apart, diastolic 50 less."""
    start_s = MORNING_S + day * DAY_S + (hour - 8.0) * 3600.0
    return [HomeReading(start_s + 60.0 * n, mmhg, mmhg - 50.0) for n, mmhg in enumerate(systolic_mmhg)]


def days(first: int, last: int, systolic_mmhg: float) -> list[HomeReading]:
    """Two readings each morning and evening."""
    return [
        reading
        for day in range(first, last + 1)
        for hour in (8.0, 20.0)
        for reading in sitting(day, hour, systolic_mmhg, systolic_mmhg)
    ]


def only(readings: list[HomeReading], protocol: Protocol, after_days: float) -> Course:
    (course,) = courses(readings, protocol, day_of, MORNING_S + after_days * DAY_S)
    return course


def test_every_scheme_has_its_protocol_and_limits_of_the_guidelines() -> None:
    """Home readings are high from 130/80 on by ACC/AHA and from 135/85 on by ESH."""
    assert set(PROTOCOLS) == set(load_schemes())
    assert (AHA.high_systolic, AHA.high_diastolic) == (130.0, 80.0)
    assert (ESH.high_systolic, ESH.high_diastolic) == (135.0, 85.0)
    for protocol in PROTOCOLS.values():
        per_day = 2 * protocol.readings_in_a_sitting
        assert protocol.wanted_readings == (protocol.days - protocol.dropped_days) * per_day


def test_esh_drops_the_first_day_and_aha_does_not() -> None:
    """A first day of 150 and six of 130: 130 by ESH; (4 x 150 + 24 x 130) / 28 = 132.857 by AHA."""
    readings = [*days(0, 0, 150.0), *days(1, 6, 130.0)]
    esh, aha = (only(readings, protocol, 7.0) for protocol in (ESH, AHA))

    assert (len(esh.counted), esh.days, esh.is_over, esh.is_enough) == (24, 6, True, True)
    assert esh.mean().systolic_mmhg == 130.0
    assert (len(aha.counted), aha.days) == (28, 7)
    assert aha.mean().systolic_mmhg == pytest.approx(132.857, abs=0.001)


def test_another_published_form_is_data_alone() -> None:
    """Five days of three and three, less two days and the first of each three: 3 x 2 x 2 = 12 of 120."""
    form = replace(
        AHA, days=5, dropped_days=2, dropped_first_readings=1, readings_in_a_sitting=3, wanted_readings=12
    )
    readings = [
        r for day in range(5) for hour in (7.0, 21.0) for r in sitting(day, hour, 160.0, 120.0, 120.0)
    ]
    course = only(readings, form, 4.6)

    assert (len(course.counted), course.is_over, course.is_enough) == (12, True, True)
    assert course.mean().systolic_mmhg == 120.0


@pytest.mark.parametrize(
    ("last_day", "is_enough"), [(1, False), (2, True)], ids=["8 readings", "12 readings"]
)
def test_twelve_readings_on_three_days_are_enough(last_day: int, is_enough: bool) -> None:
    """AHA: at least 12 readings on at least 3 days."""
    assert only(days(0, last_day, 128.0), AHA, 8.0).is_enough is is_enough


def test_twelve_readings_of_two_days_are_not_enough() -> None:
    """Many readings do not make up for days."""
    readings = [r for day in (0, 1) for hour in (8, 14, 20) for r in sitting(day, hour, 130.0, 130.0)]

    assert len(readings) == 12
    assert not only(readings, AHA, 9.0).is_enough


def test_a_course_is_under_way_until_it_is_full_or_its_days_are_over() -> None:
    """Day 3 of 7 is not the end; all readings, the eighth day, or four days without a reading are."""
    assert not only(days(0, 2, 128.0), AHA, 3.0).is_over
    assert only(days(0, 6, 128.0), AHA, 6.6).is_over
    assert not only(days(0, 5, 128.0), AHA, 6.0).is_over
    assert only(days(0, 5, 128.0), AHA, 7.0).is_over
    assert only(days(0, 1, 128.0), AHA, 5.0).is_over


def test_a_later_reading_begins_a_course_of_its_own() -> None:
    """The eighth day, and the first day after four without readings."""
    found = courses([*days(0, 7, 128.0), *days(20, 22, 140.0)], AHA, day_of, MORNING_S + 23 * DAY_S)

    assert [(course.days, course.is_over) for course in found] == [(7, True), (1, True), (3, False)]
    assert found[2].mean().systolic_mmhg == 140.0


def test_pulses_are_averaged_over_the_readings_that_have_one() -> None:
    """60 and 70 of three readings make 65."""
    readings = [replace(r, pulse_bpm=p) for r, p in zip(days(0, 0, 120.0), (60.0, None, 70.0), strict=False)]

    assert only(readings, AHA, 1.0).mean().pulse_bpm == 65.0


def test_no_reading_makes_no_course() -> None:
    """Nothing is made up of nothing."""
    assert courses([], AHA, day_of, MORNING_S) == []
