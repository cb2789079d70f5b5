"""Reads the NHANES tables: from the files of a folder to columns of numbers in stated units.

Every `NHANESraw_*.csv.gz` or `cardioStatsUSA_*.csv.gz` in the folder is read, whatever its order of columns;
a cycle is told by the table's year column, not by the file's name. A column that a file lacks is missing
throughout, and which columns and words were not to be made use of is told by file.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError
from training.datasets.columns import Column, Number, Spelled

LEAST_AGE_YEARS: Final = 20.0

# Programs write the words of the tables as numbers or truth values.
YES_NO: Final = {
    **dict.fromkeys(("yes", "1", "1.0", "true"), 1.0),
    **dict.fromkeys(("no", "0", "0.0", "false"), 0.0),
}
# Both tables spell the groups of people differently; these are the words of the reports.
ETHNICITIES: Final = ("white", "black", "mexican", "hispanic", "asian", "other")
_ETHNICITY: Final = {name: float(place) for place, name in enumerate(ETHNICITIES)} | {
    "non-hispanic white": 0.0,
    "non-hispanic black": 1.0,
    "mexican american": 2.0,
    "other hispanic": 3.0,
    "non-hispanic asian": 4.0,
    "other race - including multi-racial": 5.0,
}
_SEX: Final = {"male": 1.0, "men": 1.0, "female": 0.0, "women": 0.0}


@dataclass(frozen=True)
class PersonDataset:
    """A kind of table: which files, which column tells the cycle, what the other columns mean."""

    name: str
    title: str
    pattern: str
    year: str
    licence: str
    citation: str
    url: str
    columns: Mapping[str, Spelled | Number]
    derived: Mapping[str, Callable[[Mapping[str, Column]], Column]]


def _smoking(columns: Mapping[str, Column]) -> Column:
    """0 never, 1 former, 2 now."""
    now = np.where(np.isnan(columns["smokes_now"]), np.nan, 1.0 + columns["smokes_now"])
    return np.where(columns["has_smoked_100"] == 0.0, 0.0, now)


def _none_where(count: str, never: str) -> Callable[[Mapping[str, Column]], Column]:
    """The column `count`, which the survey asks only of those for whom the column `never` is not 0."""

    def counted(columns: Mapping[str, Column]) -> Column:
        return np.where(columns[never] == 0.0, 0.0, columns[count])

    return counted


def _mean_pressure(kind: str) -> Callable[[Mapping[str, Column]], Column]:
    """The survey's own mean where it is given; otherwise by its rule: without the first of several."""

    def mean(columns: Mapping[str, Column]) -> Column:
        readings = np.column_stack([columns[f"{kind}_{number}_mmhg"] for number in (1, 2, 3)])
        return np.where(np.isnan(columns[f"{kind}_mmhg"]), _mean_by_rule(readings), columns[f"{kind}_mmhg"])

    return mean


def _mean_by_rule(readings: Column) -> Column:
    given = ~np.isnan(readings)
    kept = given.copy()
    kept[:, 0] &= given.sum(axis=1) == 1
    count = kept.sum(axis=1)
    total = np.where(kept, readings, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _raised(columns: Mapping[str, Column]) -> Column:
    """At or above 130/80 (ACC/AHA 2017 stage 1); unknown where one value is low and the other missing."""
    high = (columns["systolic_mmhg"] >= 130.0) | (columns["diastolic_mmhg"] >= 80.0)
    known = ~np.isnan(columns["systolic_mmhg"]) & ~np.isnan(columns["diastolic_mmhg"])
    return np.where(high, 1.0, np.where(known, 0.0, np.nan))


CITATION: Final = (
    "Centers for Disease Control and Prevention, National Center for Health Statistics. National Health and "
    "Nutrition Examination Survey"
)
LICENCE: Final = "US Government work, public domain"

PERSON_DATASETS: Final = {
    dataset.name: dataset
    for dataset in (
        PersonDataset(
            name="nhanes",
            title="NHANES as tables of the R package NHANES",
            pattern="NHANESraw_*.csv.gz",
            year="SurveyYr",
            licence=LICENCE,
            citation=f"{CITATION}. Pruim R. NHANES 2.1.0 (2015)",
            url="https://www.cdc.gov/nchs/nhanes/",
            columns={
                "person": Number("ID", 0, 1e9),
                "age_years": Number("Age", 0, 120),
                "is_male": Spelled("Gender", _SEX),
                "ethnicity": Spelled("Race1", _ETHNICITY),
                "weight_of_person": Number("WTMEC2YR", 0, 1e9),
                "bmi_kg_m2": Number("BMI", 10, 100),
                "height_cm": Number("Height", 100, 230),
                # A diastolic reading or pulse of 0 means not measured.
                "pulse_bpm": Number("Pulse", 25, 220),
                **{
                    f"{kind}_{number}_mmhg": Number(f"BP{short}{number}", least, 300)
                    for kind, short, least in (("systolic", "Sys", 50), ("diastolic", "Dia", 20))
                    for number in (1, 2, 3)
                },
                "systolic_mmhg": Number("BPSysAve", 50, 300),
                "diastolic_mmhg": Number("BPDiaAve", 20, 300),
                "sleep_h": Number("SleepHrsNight", 1, 16),
                "has_sleep_trouble": Spelled("SleepTrouble", YES_NO),
                "is_physically_active": Spelled("PhysActive", YES_NO),
                "active_days_per_week": Number("PhysActiveDays", 0, 7),
                "has_smoked_100": Spelled("Smoke100", YES_NO),
                "smokes_now": Spelled("SmokeNow", YES_NO),
                "alcohol_days_per_year": Number("AlcoholYear", 0, 366),
                "drinks_per_day": Number("AlcoholDay", 0, 30),
                "health_0_to_4": Spelled(
                    "HealthGen",
                    {"excellent": 0, "vgood": 1, "very good": 1, "good": 2, "fair": 3, "poor": 4},
                ),
                "unwell_days_per_month": Number("DaysPhysHlthBad", 0, 31),
                "low_mood_days_per_month": Number("DaysMentHlthBad", 0, 31),
                "has_diabetes": Spelled("Diabetes", YES_NO),
            },
            derived={
                "smoking_0_to_2": _smoking,
                "active_days_per_week": _none_where("active_days_per_week", "is_physically_active"),
                "drinks_per_day": _none_where("drinks_per_day", "alcohol_days_per_year"),
                "systolic_mmhg": _mean_pressure("systolic"),
                "diastolic_mmhg": _mean_pressure("diastolic"),
                "has_raised_pressure": _raised,
            },
        ),
        PersonDataset(
            name="cardiostats",
            title="NHANES as tables of the R package cardioStatsUSA",
            pattern="cardioStatsUSA_*.csv.gz",
            year="svy_year",
            licence=LICENCE,
            citation=f"{CITATION}. Jaeger BC et al. cardioStatsUSA",
            url="https://github.com/jhs-hwg/cardioStatsUSA",
            columns={
                "person": Number("svy_id", 0, 1e9),
                "age_years": Number("demo_age_years", 0, 120),
                "is_male": Spelled("demo_gender", _SEX),
                "ethnicity": Spelled("demo_race", _ETHNICITY),
                "weight_of_person": Number("svy_weight_mec", 0, 1e9),
                # Given as a class: the middle of it, the outer ones by the means of the other table.
                "bmi_kg_m2": Spelled(
                    "cc_bmi",
                    {"<25": 22.3, "25 to <30": 27.4, "30 to <35": 32.2, "35+": 40.1, ">=35": 40.1},
                ),
                "systolic_mmhg": Number("bp_sys_mean", 50, 300),
                "diastolic_mmhg": Number("bp_dia_mean", 20, 300),
                "smoking_0_to_2": Spelled("cc_smoke", {"never": 0, "former": 1, "current": 2}),
                "has_diabetes": Spelled("cc_diabetes", YES_NO),
                "takes_pressure_medicine": Spelled("bp_med_use", YES_NO),
                "takes_cholesterol_medicine": Spelled("chol_med_use_sr", YES_NO),
                "has_cardiovascular_disease": Spelled("cc_cvd_any", YES_NO),
            },
            derived={"has_raised_pressure": _raised},
        ),
    )
}


@dataclass(frozen=True)
class Table:
    """A file that was read: its cycles, the columns it lacks, and of the others the words not understood."""

    name: str
    cycles: frozenset[str]
    lacking: tuple[str, ...]
    not_understood: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Persons:
    """Adults, one a row: their cycles such as "2009-2010" and their columns, NaN where missing.

    `left_out` says how many others there were of each cycle ("" where none is told), by reason.
    """

    dataset: PersonDataset
    cycle: NDArray[np.str_]
    columns: Mapping[str, Column]
    left_out: Mapping[str, Mapping[str, int]]
    tables: tuple[Table, ...] = ()

    @property
    def cycles(self) -> list[str]:
        """The cycles there are, oldest first."""
        return sorted(set(self.cycle.tolist()))

    @property
    def source(self) -> PersonDataset:
        """The dataset with the cycles there are in its title, as a manifest tells it."""
        return replace(self.dataset, title=f"{self.dataset.title}, {self.cycles[0]} to {self.cycles[-1]}")

    @property
    def skipped(self) -> dict[str, str]:
        """How many persons of these cycles, or of none, were left out, by reason."""
        told = {*self.cycles, ""}
        counted = {
            reason: sum(count for cycle, count in by_cycle.items() if cycle in told)
            for reason, by_cycle in self.left_out.items()
        }
        return {reason: f"{count} persons" for reason, count in counted.items() if count}

    def column(self, name: str) -> Column:
        """The named column; all missing where this kind of table has none of that name."""
        return self.columns.get(name, np.full(len(self.cycle), np.nan))

    def of(self, chosen: NDArray[np.bool_]) -> Persons:
        """Those persons alone."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return replace(self, cycle=self.cycle[chosen], columns=columns)


def read_persons(dataset: PersonDataset, data: Path) -> Persons:
    """Read the adults of every cycle in the folder `nhanes` under `data`.

    Raises DataError if there is no such table or a file is broken.
    """
    folder = data / "nhanes"
    files = sorted(folder.glob(dataset.pattern)) if folder.is_dir() else []
    if not files:
        raise DataError(
            f"no {dataset.pattern}",
            where=str(folder),
            allowed=f"{dataset.title}, from {dataset.url}; --data names the parent folder",
        )
    shown = tqdm(files, desc=f"reading {dataset.name}", unit="file", disable=None)
    tables, cycles, numbers = zip(*(_read_table(dataset, path) for path in shown), strict=True)
    seen = [cycle for part in cycles for cycle in part]
    table = np.concatenate(numbers)
    cycle = np.array(seen, dtype=np.str_)
    skipped: dict[str, Counter[str]] = {}
    names = list(dataset.columns)
    person = table[:, names.index("person")]
    # A number of its own for each row without one: as one person they would be drawn anew together.
    unnumbered = np.isnan(person)
    person[unnumbered] = np.nanmax(person, initial=-1.0) + 1.0 + np.arange(unnumbered.sum())
    age_years = table[:, names.index("age_years")]
    is_aged, adult = ~np.isnan(age_years), age_years >= LEAST_AGE_YEARS
    dated = np.char.str_len(cycle) > 0
    told: set[tuple[str, float]] = set()
    once = np.ones(len(person), dtype=bool)
    for at, who in enumerate(zip(seen, person.tolist(), strict=True)):
        once[at] = who not in told
        told.add(who)
    for reason, left_out in (
        ("without an age", ~is_aged),
        ("under 20 years", is_aged & ~adult),
        ("without a cycle", adult & ~dated),
        ("in two files or twice in one", adult & dated & ~once),
    ):
        if left_out.any():
            skipped[reason] = Counter(cycle[left_out].tolist())
    kept = adult & dated & once
    if not kept.any():
        raise DataError(
            _why_nobody(dataset, tables, adult),
            where=str(folder),
            allowed=f"rows with {LEAST_AGE_YEARS:.0f} years or more in {dataset.columns['age_years'].source}",
        )
    columns = dict(zip(dataset.columns, table[kept].T.copy(), strict=True))
    for name, derive in dataset.derived.items():
        columns[name] = derive(columns)
    return Persons(dataset, cycle[kept], columns, skipped, tables)


def _why_nobody(dataset: PersonDataset, tables: Sequence[Table], adult: NDArray[np.bool_]) -> str:
    age = dataset.columns["age_years"].source
    if not len(adult):
        return "no rows"
    if all(age in table.lacking for table in tables):
        return f"no column {age}"
    return f"no adult with a cycle in {dataset.year}" if adult.any() else f"no adults with an age in {age}"


def cycle_name(text: str) -> str:
    """A cycle as "2009-2010", however a table writes it ("2009_10", "2009-2010"); a year alone as it is."""
    if alone := re.fullmatch(r"\s*(\d{4})\.0*\s*", text):
        return alone[1]
    years = re.fullmatch(r"\s*(\d{4})\D+(\d{2}|\d{4})\s*", text)
    if years is None:
        return text.strip()
    first, last = years.groups()
    if len(last) == 2:
        # The first year after `first` that ends so.
        last = str(int(first) + (int(last) - int(first)) % 100)
    return f"{first}-{last}"


def _read_table(dataset: PersonDataset, path: Path) -> tuple[Table, list[str], NDArray[np.float64]]:
    """A file, and of each row the cycle and the numbers in the order of `dataset.columns`."""
    sources = [column.source for column in dataset.columns.values()]
    header, cells = _cells(path, [dataset.year, *sources], dataset.url)
    if dataset.year not in header:
        raise DataError("no cycles", where=str(path), allowed=f"a table with the column {dataset.year}")
    years, *texts = zip(*cells, strict=True) if cells else [()] * (1 + len(dataset.columns))
    read = [column.read(text) for column, text in zip(dataset.columns.values(), texts, strict=True)]
    cycles = [cycle_name(year) for year in years]
    table = Table(
        path.name,
        frozenset(cycles),
        tuple(source for source in sources if source not in header),
        {
            source: part.not_understood
            for source, part in zip(sources, read, strict=True)
            if part.not_understood
        },
    )
    return table, cycles, np.column_stack([part.numbers for part in read])


def _cells(path: Path, names: Sequence[str], url: str) -> tuple[list[str], list[list[str]]]:
    """The names of all columns, and of each row the cells of those named, empty where there is no such."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            header = next(reader, [])
            place = {name: at for at, name in enumerate(header)}
            places = [place.get(name) for name in names]
            cells = []
            for row in reader:
                if not "".join(row).strip():
                    continue
                if len(row) != len(header):
                    raise DataError(
                        f"line {reader.line_num} has {len(row)} cells",
                        where=str(path),
                        allowed=f"{len(header)}, as many as its header",
                    )
                cells.append(["" if at is None else row[at] for at in places])
            return header, cells
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"it cannot be read ({error})", where=str(path), allowed=f"a whole file from {url}"
        ) from error
