"""NHANES tables made up for tests: a survey whose truth is known, in the packages' own spellings."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """A gzipped CSV in the order of the first row's keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def raw_person(**changes: object) -> dict[str, object]:
    """One row of NHANESraw: a man of 50 with three readings."""
    return {
        "ID": 51624,
        "SurveyYr": "2009_10",
        "Gender": "male",
        "Age": 50,
        "Race1": "White",
        "BMI": 27.3,
        "Height": 176.1,
        "Pulse": 72,
        "BPSysAve": 123,
        "BPDiaAve": 75,
        "BPSys1": 126,
        "BPDia1": 74,
        "BPSys2": 124,
        "BPDia2": 76,
        "BPSys3": 122,
        "BPDia3": 74,
        "Diabetes": "No",
        "SleepHrsNight": 7,
        "SleepTrouble": "No",
        "PhysActive": "No",
        "PhysActiveDays": "",
        "AlcoholDay": "NA",
        "AlcoholYear": 0,
        "SmokeNow": "",
        "Smoke100": "No",
        "HealthGen": "Vgood",
        "DaysPhysHlthBad": 0,
        "DaysMentHlthBad": 2,
        "WTMEC2YR": 20101.1,
        **changes,
    }


def raw_survey(count: int, cycle: str, rng: np.random.Generator, first: int = 1) -> list[dict[str, object]]:
    """Persons whose pressure and diabetes go with age and weight, some answers missing."""
    rows = []
    for person in range(first, first + count):
        age, bmi = int(rng.integers(20, 81)), float(np.clip(rng.normal(28.0, 5.0), 17, 50))
        usual = rng.normal(100 + 0.4 * age, 12), rng.normal(60 + 0.25 * age, 9)
        readings = [[round(usual[kind] + rng.normal(0, 4)) for kind in (0, 1)] for _ in range(3)]
        chance = 1 / (1 + np.exp(6.0 - 0.05 * age - 0.06 * bmi))
        rows.append(
            raw_person(
                ID=person,
                SurveyYr=cycle,
                Gender=rng.choice(["male", "female"]),
                Age=age,
                BMI=round(bmi, 1) if rng.random() < 0.95 else "",
                Pulse=int(rng.normal(72, 10)),
                Diabetes="Yes" if rng.random() < chance else "No",
                BPSysAve="",
                BPDiaAve="",
                **{
                    f"BP{short}{number}": readings[number - 1][kind]
                    for kind, short in enumerate(("Sys", "Dia"))
                    for number in (1, 2, 3)
                },
            )
        )
    return rows


def cardio_survey(
    count: int, cycle: str, rng: np.random.Generator, first: int = 1
) -> list[dict[str, object]]:
    """Persons whose cardiovascular disease goes with age."""
    rows: list[dict[str, object]] = []
    for person in range(first, first + count):
        age = int(rng.integers(20, 81))
        rows.append(
            {
                "svy_id": person,
                "svy_year": cycle,
                "svy_weight_mec": 30000.5,
                "demo_age_years": age,
                "demo_gender": rng.choice(["Men", "Women"]),
                "demo_race": "Non-Hispanic Black",
                "cc_bmi": rng.choice(["<25", "25 to <30", "30 to <35", "35+"]),
                "bp_sys_mean": round(float(rng.normal(100 + 0.4 * age, 14)), 1),
                "bp_dia_mean": round(float(rng.normal(72, 9)), 1),
                "cc_smoke": rng.choice(["Never", "Former", "Current"]),
                "cc_diabetes": rng.choice(["No", "Yes"], p=[0.85, 0.15]),
                "bp_med_use": rng.choice(["No", "Yes"]),
                "chol_med_use_sr": rng.choice(["No", "Yes", ""]),
                "cc_cvd_any": "Yes" if rng.random() < 1 / (1 + np.exp(8.0 - 0.1 * age)) else "No",
            }
        )
    return rows
