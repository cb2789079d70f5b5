"""A blood pressure that falls by less than a tenth at night, where enough was measured by day and night."""

from __future__ import annotations

from statistics import mean
from typing import Final

from edge.conditions.case import Case, Lever, values_told
from edge.conditions.condition import PLAIN, Condition, Level, Sight, level_below
from edge.contract.explanation import Relation, Threshold
from edge.contract.messages import Evidence
from edge.signals.dipping import dip_percent, dipping_class
from edge.watches.sample_case import source_of_limit
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot

# ESH 2013 position paper on ambulatory monitoring (O'Brien, J Hypertens 31:1731): a day of 20 readings and a
# night of 7 can be judged.
LEAST_BY_DAY: Final = 20
LEAST_BY_NIGHT: Final = 7


def split(spot: Spot) -> tuple[list[float], list[float]]:
    """The systolic readings of the last 24 hours by day and by night, mmHg."""
    by_day: list[float] = []
    by_night: list[float] = []
    for reading in spot.state.history.recent:
        begins_s, _ = spot.rules.night_at(reading.at_s)
        (by_night if reading.at_s >= begins_s else by_day).append(reading.systolic_mmhg)
    return by_day, by_night


def look(spot: Spot, sample: Sample, row: Condition) -> Sight | None:
    """What the last 24 hours say; nothing where too little was measured."""
    if sample.values[0] is None or row.limit is None:
        return None
    by_day, by_night = split(spot)
    if len(by_day) < LEAST_BY_DAY or len(by_night) < LEAST_BY_NIGHT:
        return PLAIN[Level.UNKNOWN]
    return judge(dip_percent(mean(by_day), mean(by_night)), row)


def judge(percent: float, row: Condition) -> Sight:
    """What a dip says."""
    assert row.limit is not None
    return PLAIN[level_below(percent, row.limit, row.dead_band)]


def explain(spot: Spot, _sample: Sample, row: Condition) -> Evidence:
    """Both means, how many readings each is of, and the dip with its class."""
    by_day, by_night = split(spot)
    values: dict[str, float | str] = {"day_readings": len(by_day), "night_readings": len(by_night)}
    if by_day and by_night:
        percent = dip_percent(mean(by_day), mean(by_night))
        values |= {
            "day_systolic_mmhg": round(mean(by_day)),
            "night_systolic_mmhg": round(mean(by_night)),
            "dip_percent": round(percent, 1),
            "dipping": dipping_class(percent).value,
        }
    return Evidence(values=values, limit=row.limit, guideline=row.guideline)


def case(spot: Spot, _sample: Sample, row: Condition) -> Case:
    """The readings of the day, and the dip they make."""
    recent = spot.state.history.recent
    by_day, by_night = split(spot)
    assert row.limit is not None
    readings = values_told(
        "systolic_mmhg", [item.at_s for item in recent], [item.systolic_mmhg for item in recent]
    )
    if not by_day or not by_night:
        return Case(inputs=(readings,))
    percent = dip_percent(mean(by_day), mean(by_night))
    return Case(
        inputs=(readings,),
        thresholds=(
            Threshold(
                quantity="dip_percent",
                value=percent,
                relation=Relation.BELOW,
                limit=row.limit,
                source=source_of_limit(spot, row),
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(Lever("dip_percent", percent, 100.0),),
        look=lambda values: judge(values[0], row),
    )
