"""Categories against the guidelines' own tables, worked by hand."""

from __future__ import annotations

import msgspec
import pytest

from edge.advice.protocols import HomeReading
from edge.conditions.blood_pressure import (
    Reading,
    categorise,
    find_scheme,
    high_level,
    is_severe,
    load_schemes,
    usual_pressure,
)
from edge.conditions.condition import Level
from edge.conditions.table import CONDITIONS
from edge.contract.errors import ConfigError
from edge.wearer.summary import CuffReading


@pytest.mark.parametrize(
    ("scheme", "systolic_mmhg", "diastolic_mmhg", "category"),
    [
        # ACC/AHA 2017: normal < 120 and < 80; elevated 120-129 and < 80; stage 1 130-139 or 80-89.
        ("acc-aha-2017", 119, 79, "normal"),
        ("acc-aha-2017", 120, 79, "elevated"),
        ("acc-aha-2017", 129, 79, "elevated"),
        ("acc-aha-2017", 129, 80, "stage_1"),
        ("acc-aha-2017", 130, 70, "stage_1"),
        ("acc-aha-2017", 118, 85, "stage_1"),
        ("acc-aha-2017", 139, 89, "stage_1"),
        ("acc-aha-2017", 140, 70, "stage_2"),
        ("acc-aha-2017", 118, 90, "stage_2"),
        # ESC 2024, home: below 120/70; elevated 120-134 or 70-84; hypertension from 135 or 85.
        ("esc-2024", 119, 69, "non_elevated"),
        ("esc-2024", 119, 70, "elevated"),
        ("esc-2024", 134, 84, "elevated"),
        ("esc-2024", 118, 85, "hypertension"),
        ("esc-2024", 135, 60, "hypertension"),
    ],
)
def test_categories_follow_the_guideline(
    scheme: str, systolic_mmhg: float, diastolic_mmhg: float, category: str
) -> None:
    """Each bound of both schemes, and the higher class where the two values disagree."""
    assert categorise(find_scheme(scheme), systolic_mmhg, diastolic_mmhg).code == category


@pytest.mark.parametrize(
    ("scheme", "systolic_mmhg", "diastolic_mmhg", "severe"),
    [
        ("acc-aha-2017", 180, 120, False),
        ("acc-aha-2017", 181, 80, True),
        ("acc-aha-2017", 150, 121, True),
        ("esc-2024", 179, 109, False),
        ("esc-2024", 180, 80, True),
        ("esc-2024", 150, 110, True),
    ],
)
def test_severe_is_above_one_bound_and_from_the_other(
    scheme: str, systolic_mmhg: float, diastolic_mmhg: float, severe: bool
) -> None:
    """ACC/AHA says above 180 and/or 120; ESC asks to exclude an emergency from 180/110."""
    assert is_severe(find_scheme(scheme), Reading(0.0, systolic_mmhg, diastolic_mmhg)) is severe


def test_the_usual_pressure_is_the_mean_of_a_week() -> None:
    """Readings of over a week ago do not count; fewer than two say nothing of the usual."""
    day_s = 86_400.0
    old, monday, tuesday = Reading(0.0, 180, 110), Reading(8 * day_s, 130, 80), Reading(9 * day_s, 140, 86)

    assert usual_pressure([old, monday]) == (None, 1)
    assert usual_pressure([old, monday, tuesday]) == (Reading(9 * day_s, 135.0, 83.0), 2)


@pytest.mark.parametrize(
    ("diastolic_mmhg", "level"),
    [(80.0, Level.PRESENT), (79.0, Level.DEAD_BAND), (77.0, Level.DEAD_BAND), (76.9, Level.ABSENT)],
)
def test_an_average_that_is_high_by_its_lower_value_alone_has_a_dead_band_too(
    diastolic_mmhg: float, level: Level
) -> None:
    """ACC/AHA: high from 80; within the 3 mmHg below nothing starts or ends, however low the upper value."""
    average = Reading(0.0, 115.0, diastolic_mmhg)

    assert high_level(CONDITIONS["blood_pressure_high"], find_scheme("acc-aha-2017"), average) is level


def test_an_unknown_scheme_lists_those_there_are() -> None:
    """A misspelt scheme is refused with the choices."""
    with pytest.raises(ConfigError) as caught:
        find_scheme("jnc-7")

    assert caught.value.allowed == ", ".join(load_schemes())


def test_a_reading_of_just_a_week_ago_still_counts() -> None:
    """Seven days to the second are no more than a week: both count; a second more and one is left."""
    week_s = 7 * 86_400.0
    first, last = Reading(0.0, 128.0, 80.0), Reading(week_s, 141.0, 87.0)

    assert usual_pressure([first, last]) == (Reading(week_s, 134.5, 83.5), 2)
    assert usual_pressure([first, Reading(week_s + 1.0, 141.0, 87.0)]) == (None, 1)


@pytest.mark.parametrize(
    ("reading", "stored"),
    [
        (Reading(1.0, 128.0, 80.0), {"at_s": 1.0, "systolic_mmhg": 128.0, "diastolic_mmhg": 80.0}),
        (CuffReading(1.0, 128.0, 80.0), [1.0, 128.0, 80.0]),
        (HomeReading(1.0, 128.0, 80.0), [1.0, 128.0, 80.0, None]),
        (HomeReading(1.0, 128.0, 80.0, 64.0), [1.0, 128.0, 80.0, 64.0]),
    ],
)
def test_each_kind_of_reading_is_stored_as_it_always_was(reading: Reading, stored: object) -> None:
    """States and days of earlier versions hold readings in these three ways, and must stay readable."""
    bytes_of = msgspec.msgpack.encode(reading)

    assert msgspec.msgpack.decode(bytes_of) == stored
    assert msgspec.msgpack.decode(bytes_of, type=type(reading)) == reading
