"""Blood pressure: categories and severe readings under a named scheme."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec

from edge.conditions.case import values_told
from edge.conditions.condition import Condition, Level
from edge.contract.catalogue import SIGNALS
from edge.contract.durations import WEEK_S
from edge.contract.errors import ConfigError
from edge.contract.explanation import Input, LimitSource, Relation, Threshold
from edge.contract.messages import Evidence

# Readings that make up the usual pressure: the last of a week, at most as many as AHA asks for three days
# (AHA: at least 12 readings over 3 days).
AVERAGED_READINGS = 12
AVERAGED_FOR_S = WEEK_S
LEAST_READINGS = 2
# A second severe reading this soon confirms the first.
CONFIRM_WITHIN_S = 1800.0
# What a cuff can report, systolic and diastolic.
LEAST_MMHG = tuple(component.low for component in SIGNALS["bp"].components[:2])
MOST_MMHG = tuple(component.high for component in SIGNALS["bp"].components[:2])


class Reading(msgspec.Struct, frozen=True):
    """One cuff reading.

    In the state of a wearer it is stored by the names of its fields; kinds that are stored without them, or
    with more, are of their own because what is stored already has to stay readable.
    """

    at_s: float
    systolic_mmhg: float
    diastolic_mmhg: float


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A category begins where either value reaches its bound; None where that value cannot lead to it."""

    code: str
    text: str
    systolic_from: float | None = None
    diastolic_from: float | None = None


class Severe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bounds of a severe reading; `inclusive` says whether a bound itself is severe."""

    systolic: float
    diastolic: float
    inclusive: bool


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guideline's categories, lowest first, and the category from which the pressure is called high."""

    id: str
    title: str
    guideline: str
    high_from: str
    severe: Severe
    category: tuple[Category, ...]


class _SchemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: tuple[Scheme, ...]


def load_schemes() -> dict[str, Scheme]:
    """The schemes shipped as data in guidelines/blood_pressure.toml."""
    text = files("edge.guidelines").joinpath("blood_pressure.toml").read_text(encoding="utf-8")
    return {scheme.id: scheme for scheme in msgspec.convert(tomllib.loads(text), _SchemeFile).scheme}


def find_scheme(name: str) -> Scheme:
    """The scheme of that id; ConfigError lists those there are."""
    schemes = load_schemes()
    if name not in schemes:
        raise ConfigError(
            f"unknown scheme {name!r}", where="blood_pressure.scheme", allowed=", ".join(schemes)
        )
    return schemes[name]


def categorise(scheme: Scheme, systolic_mmhg: float, diastolic_mmhg: float) -> Category:
    """The highest category that either value reaches."""
    return max(
        (item for item in scheme.category if _reaches(item, systolic_mmhg, diastolic_mmhg)),
        key=scheme.category.index,
    )


def is_severe(scheme: Scheme, reading: Reading) -> bool:
    """Whether one reading alone is severe."""
    bound = scheme.severe
    over_mmhg = max(reading.systolic_mmhg - bound.systolic, reading.diastolic_mmhg - bound.diastolic)
    return over_mmhg >= 0 if bound.inclusive else over_mmhg > 0


def counted(readings: list[Reading]) -> list[Reading]:
    """Those of the last readings that are no more than a week older than the last."""
    return [item for item in readings if readings[-1].at_s - item.at_s <= AVERAGED_FOR_S]


def usual_pressure(readings: list[Reading]) -> tuple[Reading | None, int]:
    """The mean of the readings that count, timed at the last, and their number; None when too few count."""
    recent = counted(readings)
    count = len(recent)
    if count < LEAST_READINGS:
        return None, count
    mean = Reading(
        at_s=recent[-1].at_s,
        systolic_mmhg=sum(item.systolic_mmhg for item in recent) / count,
        diastolic_mmhg=sum(item.diastolic_mmhg for item in recent) / count,
    )
    return mean, count


def moved(readings: list[Reading], usual: Reading, mean: Reading) -> list[Reading]:
    """The same readings, all higher or lower by as much as leads from their mean `usual` to another."""
    by_mmhg = mean.systolic_mmhg - usual.systolic_mmhg, mean.diastolic_mmhg - usual.diastolic_mmhg
    return [
        Reading(item.at_s, item.systolic_mmhg + by_mmhg[0], item.diastolic_mmhg + by_mmhg[1])
        for item in readings
    ]


def high_level(condition: Condition, scheme: Scheme, usual: Reading) -> Level:
    """Level of high usual pressure; within `dead_band` mmHg below the limits it neither starts nor ends."""
    codes = [item.code for item in scheme.category]
    high = codes.index(scheme.high_from)
    if codes.index(categorise(scheme, usual.systolic_mmhg, usual.diastolic_mmhg).code) >= high:
        return Level.PRESENT
    band = condition.dead_band
    raised = categorise(scheme, usual.systolic_mmhg + band, usual.diastolic_mmhg + band)
    return Level.DEAD_BAND if codes.index(raised.code) >= high else Level.ABSENT


def reading_evidence(scheme: Scheme, reading: Reading, *, readings: int) -> Evidence:
    """A reading, or the mean of `readings`, with its category under the scheme."""
    category = categorise(scheme, reading.systolic_mmhg, reading.diastolic_mmhg)
    return Evidence(
        values={
            "systolic_mmhg": round(reading.systolic_mmhg),
            "diastolic_mmhg": round(reading.diastolic_mmhg),
            "readings": readings,
            "category": category.text,
            "category_code": category.code,
        },
        scheme=scheme.id,
        guideline=scheme.guideline,
    )


def readings_told(readings: list[Reading]) -> tuple[Input, ...]:
    """Readings as an alert tells them."""
    times_s = [item.at_s for item in readings]
    return (
        values_told("systolic_mmhg", times_s, [item.systolic_mmhg for item in readings]),
        values_told("diastolic_mmhg", times_s, [item.diastolic_mmhg for item in readings]),
    )


def bounds_told(
    values: tuple[tuple[str, float, float | None], ...], relation: Relation, dead_band: float | None = None
) -> tuple[Threshold, ...]:
    """Bounds of a scheme and what is held against them, (quantity, value, bound); without those of None."""
    return tuple(
        Threshold(
            quantity=quantity,
            value=value,
            relation=relation,
            limit=bound,
            source=LimitSource.SCHEME,
            dead_band=dead_band,
        )
        for quantity, value, bound in values
        if bound is not None
    )


def _reaches(category: Category, systolic_mmhg: float, diastolic_mmhg: float) -> bool:
    bounds = ((category.systolic_from, systolic_mmhg), (category.diastolic_from, diastolic_mmhg))
    return any(bound is not None and value >= bound for bound, value in bounds)
