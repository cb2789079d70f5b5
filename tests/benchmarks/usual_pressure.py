"""How sure the edge should be of a usual pressure: `python -m tests.benchmarks.usual_pressure [--persons N]`.

Simulated adults measure two times each morning. Of those whose usual pressure is in range: how many in a
thousand have an alert within a week. Of those whose usual pressure is high as they are drawn, and of others
with a usual pressure put beyond the limit by so much: how many are told within a week and within two. Each
with several least probabilities; 0 is the average alone. First by an edge that knows age and sex, then by one
that does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple

from msgspec.structs import replace
from tqdm import tqdm

from device_sim.events import Routine
from device_sim.wearers.life import MORNING_S, Life
from device_sim.wearers.population import person
from device_sim.wearers.pressure import Pressure
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import (
    AVERAGED_READINGS,
    Reading,
    categorise,
    counted,
    find_scheme,
    high_level,
    usual_pressure,
)
from edge.conditions.condition import Level, level_below
from edge.conditions.table import CONDITIONS
from edge.conditions.usual_pressure import Question, UsualPressure, is_high, is_low
from edge.contract.bundle import read_bundle
from edge.contract.profile import Profile as Answers
from edge.contract.profile import Sex

DAY_S: Final = 86_400.0
WEEK_S: Final = 7 * DAY_S
LEAST: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
BEYOND_MMHG: Final = (3.0, 7.0, 11.0)
SCHEME: Final = find_scheme("acc-aha-2017")
HIGH: Final = CONDITIONS["blood_pressure_high"]
LOW: Final = CONDITIONS["blood_pressure_low"]
LIMIT_MMHG: Final = LOW.limit or 0.0
YEAR_2000_S: Final = 946_684_800.0


class Side(NamedTuple):
    """High or low: the level of an average, the question to the model, and a wearer beyond the limit."""

    name: str
    level: Callable[[Reading], Level]
    question: Question
    beyond: Callable[[Profile, float], Profile]


# Beyond by the systolic value alone, the diastolic one as it usually goes with it.
HIGH_SIDE: Final = Side(
    "high",
    lambda usual: high_level(HIGH, SCHEME, usual),
    is_high(SCHEME),
    lambda who, by: replace(who, systolic_mmhg=130.0 + by, diastolic_mmhg=72.0),
)
LOW_SIDE: Final = Side(
    "low",
    lambda usual: level_below(usual.systolic_mmhg, LIMIT_MMHG, LOW.dead_band),
    is_low(LIMIT_MMHG),
    lambda who, by: replace(who, systolic_mmhg=LIMIT_MMHG - by, diastolic_mmhg=55.0),
)


class Knows(NamedTuple):
    """What the edge knows of a wearer: in words, and as a model."""

    name: str
    of: Callable[[UsualPressure, Profile], UsualPressure]


def as_told(model: UsualPressure, profile: Profile) -> UsualPressure:
    """The model of a wearer who has told age and sex."""
    answers = Answers(birth_year=2000 - profile.age_years, sex=Sex(profile.sex.value))
    return model.of_wearer(answers, YEAR_2000_S)


KNOWS: Final = (Knows("age and sex told", as_told), Knows("nothing told", lambda model, _: model))


def is_well(profile: Profile) -> bool:
    """Whether a usual pressure is neither high nor low."""
    systolic_mmhg, diastolic_mmhg = profile.systolic_mmhg, profile.diastolic_mmhg
    codes = [item.code for item in SCHEME.category]
    code = categorise(SCHEME, systolic_mmhg, diastolic_mmhg).code
    return systolic_mmhg >= LIMIT_MMHG and codes.index(code) < codes.index(SCHEME.high_from)


def sure_at(
    side: Side, model: UsualPressure, name: str, profile: Profile, for_s: float
) -> Iterator[tuple[float, float]]:
    """When the average was beyond the limit, and how sure the model was then."""
    routine = Routine(at_s=0.0, for_s=for_s, cuff_h=(7.5,))
    streams = Streams(1, name)
    pressure = Pressure(profile, (routine,), streams, Life(profile, (routine,), streams, MORNING_S))
    readings: list[Reading] = []
    for taken in pressure.readings(0.0, for_s):
        reading = Reading(taken.at_s, taken.systolic_mmhg, taken.diastolic_mmhg)
        readings = [*readings, reading][-AVERAGED_READINGS:]
        usual, _ = usual_pressure(readings)
        if usual is not None and side.level(usual) is Level.PRESENT:
            yield taken.at_s, model.likely(counted(readings), side.question)


def told_by(found: list[list[tuple[float, float]]], least: float, until_s: float) -> float:
    """The part of the wearers who were told by then."""
    told = [any(at_s < until_s and sure >= least for at_s, sure in wearer) for wearer in found]
    return sum(told) / len(told)


def _beyond(side: Side, wearers: Mapping[str, Profile], by_mmhg: float) -> dict[str, Profile]:
    return {name: side.beyond(who, by_mmhg) for name, who in wearers.items()}


def main() -> int:
    """Both tables, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=2000)
    persons = parser.parse_args().persons
    model = UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"]))
    drawn = {name: person(Streams(1, name)) for name in (f"adult{number}" for number in range(persons))}
    well = {name: profile for name, profile in drawn.items() if is_well(profile)}
    high = {
        name: profile
        for name, profile in drawn.items()
        if name not in well and profile.systolic_mmhg >= LIMIT_MMHG
    }
    few = dict(list(drawn.items())[: persons // 10])
    sys.stdout.write(
        f"{len(well)} well wearers, {len(high)} with a high usual pressure, {len(few)} put beyond a limit\n"
    )
    columns = "".join(f" {least:g} |" for least in LEAST)
    sys.stdout.write(f"| told of, least probability |{columns}\n|---|{'---|' * len(LEAST)}\n")
    for side, knows in product((HIGH_SIDE, LOW_SIDE), KNOWS):
        weeks = [
            list(sure_at(side, knows.of(model, who), name, who, WEEK_S)) for name, who in tqdm(well.items())
        ]
        told = "".join(f" {1000 * told_by(weeks, least, WEEK_S):.0f} |" for least in LEAST)
        sys.stdout.write(f"| {side.name}, {knows.name}: of 1000 well wearers in a week |{told}\n")
        wearers = {f"{by:g} mmHg beyond": _beyond(side, few, by) for by in BEYOND_MMHG}
        if side is HIGH_SIDE:
            wearers = {"as they are drawn": high} | wearers
        for what, of_kind in wearers.items():
            fortnights = [
                list(sure_at(side, knows.of(model, who), name, who, 2 * WEEK_S))
                for name, who in tqdm(of_kind.items())
            ]
            told = "".join(
                f" {100 * told_by(fortnights, least, WEEK_S):.0f} % / "
                f"{100 * told_by(fortnights, least, 2 * WEEK_S):.0f} % |"
                for least in LEAST
            )
            sys.stdout.write(f"| {side.name}, {knows.name}: {what}, in a week / two |{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
