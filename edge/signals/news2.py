"""The National Early Warning Score 2, also where some of its parts are missing.

Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017, chart 1; reproduced
unmodified with acknowledgement. For people of 16 years and over who are not pregnant. SpO2 by scale 1, since
scale 2 is for a clinician to choose.
"""

from __future__ import annotations

from math import floor
from typing import Final, NamedTuple

# For each part the upper ends of its bands with their scores, lowest band first; above the last the score
# that stands alone. Values are compared as the chart writes them: temperature to 0.1 Cel, others whole.
BANDS: Final[dict[str, tuple[tuple[tuple[float, int], ...], int]]] = {
    "resp": (((8, 3), (11, 1), (20, 0), (24, 2)), 3),
    "spo2": (((91, 3), (93, 2), (95, 1)), 0),
    "oxygen": (((0, 0),), 2),
    "systolic": (((90, 3), (100, 2), (110, 1), (219, 0)), 3),
    "pulse": (((40, 3), (50, 1), (90, 0), (110, 1), (130, 2)), 3),
    # 0 is alert; confused, answering to voice or pain only, and unresponsive are all 3.
    "consciousness": (((0, 0),), 3),
    "temp": (((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1)), 2),
}
WORST: Final = {part: max(above, *(score for _, score in bands)) for part, (bands, above) in BANDS.items()}
RED: Final = 3


class News2(NamedTuple):
    """The least and the greatest score that the known parts leave possible.

    `is_red` where one part alone scores 3; `missing` are the parts that are not known.
    """

    least: int
    greatest: int
    is_red: bool
    missing: tuple[str, ...]


def score_part(part: str, value: float) -> int:
    """The score of one part, 0 to 3."""
    bands, above = BANDS[part]
    # A half goes up, as people round it; `round` takes it to the even number, so 111.5 up and 110.5 down.
    per_unit = 10 if part == "temp" else 1
    shown = floor(value * per_unit + 0.5) / per_unit
    return next((score for upper, score in bands if shown <= upper), above)


def score_news2(values: dict[str, float]) -> News2:
    """The score of the parts known, by the names of `BANDS`; one that is missing may score anything."""
    scores = {part: score_part(part, value) for part, value in values.items()}
    missing = tuple(part for part in BANDS if part not in values)
    least = sum(scores.values())
    return News2(
        least=least,
        greatest=least + sum(WORST[part] for part in missing),
        is_red=RED in scores.values(),
        missing=missing,
    )
