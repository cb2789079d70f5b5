"""NEWS2 against the chart of the Royal College of Physicians, every band end, and with parts missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.news2 import BANDS, score_news2, score_part

# Chart 1, both ends of every band.
CHART: dict[str, dict[float, int]] = {
    "resp": {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3},
    "spo2": {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0, 100: 0},
    "oxygen": {0: 0, 1: 2},
    "systolic": {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3},
    "pulse": {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3},
    "consciousness": {0: 0, 1: 3, 2: 3, 3: 3, 4: 3},
    "temp": {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2},
}
WELL = {
    "resp": 16.0,
    "spo2": 97.0,
    "oxygen": 0.0,
    "systolic": 125.0,
    "pulse": 70.0,
    "consciousness": 0.0,
    "temp": 36.8,
}


@pytest.mark.parametrize(
    ("part", "value", "score"),
    [(part, value, score) for part, row in CHART.items() for value, score in row.items()],
)
def test_every_end_of_every_band_scores_as_on_the_chart(part: str, value: float, score: int) -> None:
    """Both ends of all bands of all seven parts."""
    assert score_part(part, value) == score


@pytest.mark.parametrize(
    ("part", "value", "score"),
    [
        ("pulse", 40.4, 3), ("pulse", 40.5, 1), ("pulse", 50.5, 0), ("pulse", 90.5, 1), ("pulse", 110.5, 2),
        ("resp", 8.5, 1), ("resp", 11.5, 0), ("resp", 24.5, 3), ("spo2", 91.5, 2), ("spo2", 92.5, 2),
        ("spo2", 95.5, 0), ("systolic", 90.5, 2), ("temp", 35.05, 1), ("temp", 36.05, 0), ("temp", 38.05, 1),
        ("temp", 39.05, 2), ("temp", 39.04, 1),
    ],
)  # fmt: skip
def test_a_half_belongs_to_the_higher_number(part: str, value: float, score: int) -> None:
    """As the chart's reader rounds: between two bands a half is always in the upper one."""
    assert score_part(part, value) == score


def test_all_parts_known_give_one_number() -> None:
    """Worked by hand: resp 22 (2), SpO2 95 (1), pulse 112 (2), the rest 0: 5, and no part of 3."""
    score = score_news2(WELL | {"resp": 22.0, "spo2": 95.0, "pulse": 112.0})

    assert (score.least, score.greatest, score.is_red, score.missing) == (5, 5, False, ())


def test_a_missing_part_widens_the_range_and_is_never_a_silent_zero() -> None:
    """Without temperature and consciousness a well wearer is 0 to 6: 3 for each of the two."""
    known = {part: value for part, value in WELL.items() if part not in {"temp", "consciousness"}}
    score = score_news2(known)

    assert (score.least, score.greatest, score.missing) == (0, 6, ("consciousness", "temp"))
    assert score_news2({}).greatest == 20


@given(st.fixed_dictionaries({}, optional={part: st.floats(0, 250) for part in BANDS}), st.floats(0, 250))
def test_what_is_learned_later_lies_within_the_range(values: dict[str, float], value: float) -> None:
    """Filling in a missing part with any value never leaves the range told before."""
    before = score_news2(values)
    for part in before.missing:
        after = score_news2(values | {part: value})
        assert before.least <= after.least <= after.greatest <= before.greatest


@pytest.mark.parametrize(
    ("part", "value", "score"),
    [
        ("spo2", 91.4, 3),
        ("spo2", 91.6, 2),
        ("pulse", 90.4, 0),
        ("pulse", 90.6, 1),
        ("temp", 38.04, 0),
        ("temp", 38.06, 1),
    ],
)
def test_a_value_is_held_against_the_chart_as_it_would_be_written_there(
    part: str, value: float, score: int
) -> None:
    """Whole percents and beats, temperature to a tenth: 91.4 % is 91 and scores 3, 38.04 Cel is 38.0."""
    assert score_part(part, value) == score
