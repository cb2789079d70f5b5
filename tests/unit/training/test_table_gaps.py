"""What is told of tables that lack columns or speak other words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from tests.unit.training.nhanes_tables import raw_person, raw_survey, write_table
from training.commands.evaluate import main as evaluate
from training.cycles import cycles_to_judge
from training.datasets.nhanes import PERSON_DATASETS, read_persons
from training.risk_outcomes import OUTCOMES
from training.table_gaps import gaps, gaps_as_lines, why_left_out

NHANES = PERSON_DATASETS["nhanes"]
DIABETES, RAISED, _ = OUTCOMES


def write(folder: Path, *rows: dict[str, object], name: str = "NHANESraw_x.csv.gz") -> None:
    write_table(folder / "nhanes" / name, rows)


def test_only_the_commonest_words_are_told_and_no_long_ones(tmp_path: Path) -> None:
    """Five words of a column, cut to forty letters, the commonest first."""
    words = ["a", "b", "c", "d", "e" * 50, "e" * 50, "f"]
    write(tmp_path, *(raw_person(ID=number, Diabetes=word) for number, word in enumerate(words)))

    told = gaps(read_persons(NHANES, tmp_path))

    assert told["columns_missing"] == {}
    assert told["words_not_understood"] == {"Diabetes": {"e" * 40: 2, "a": 1, "b": 1, "c": 1, "d": 1}}


@pytest.mark.parametrize(
    ("diabetes", "why"),
    [
        (None, "there is no column Diabetes"),
        ("Ja", "nothing is known from Diabetes"),
        ("No", "nobody is known to have it"),
        ("Yes", "everybody of whom it is known has it"),
    ],
)
def test_an_outcome_is_left_out_for_a_reason(tmp_path: Path, diabetes: str | None, why: str) -> None:
    """A column that is not there is no table of healthy people."""
    row = raw_person(Diabetes=diabetes)
    write(tmp_path, {name: value for name, value in row.items() if value is not None})

    assert why_left_out(read_persons(NHANES, tmp_path), DIABETES) == why


def test_raised_pressure_is_left_out_for_want_of_all_pressures(tmp_path: Path) -> None:
    """It is read from no column of its own."""
    write(tmp_path, {name: value for name, value in raw_person().items() if not name.startswith("BP")})

    why = why_left_out(read_persons(NHANES, tmp_path), RAISED)

    assert why is not None
    assert why.startswith("there is no column BPSys1, BPSys2")


def test_a_table_of_cycles_left_out_is_not_told_of(tmp_path: Path) -> None:
    """What the cycles learned from lack is nothing to the figures of a later one."""
    write(tmp_path, {"SurveyYr": "2009_10", "Age": 50, "ID": 1}, name="NHANESraw_old.csv.gz")
    write(tmp_path, raw_person(ID=2, SurveyYr="2017_18"), name="NHANESraw_new.csv.gz")

    persons, _, _ = cycles_to_judge(read_bundle(SHIPPED["risk"]), "nhanes", tmp_path, None)

    assert [table.name for table in persons.tables] == ["NHANESraw_new.csv.gz"]


def test_what_is_missing_is_told_in_lines() -> None:
    """A line for each file, column and outcome; none where nothing is missing."""
    report = {
        "columns_missing": {"NHANESraw_x.csv.gz": ["Diabetes", "HealthGen"]},
        "words_not_understood": {"Gender": {"1": 12, "2": 9}},
        "outcomes_left_out": {"diabetes": "there is no column Diabetes"},
    }

    assert gaps_as_lines(report).splitlines() == [
        "no column in NHANESraw_x.csv.gz: Diabetes, HealthGen",
        "not understood in Gender: '1' (12), '2' (9)",
        "left out: diabetes: there is no column Diabetes",
    ]
    assert gaps_as_lines({}) == ""


@pytest.mark.parametrize("task", ["risk", "pressure"])
def test_an_evaluation_tells_what_its_table_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], task: str
) -> None:
    """In the file and on paper: the column that is not there, and the words of the one not understood."""
    rows = raw_survey(60, "2017_18", np.random.default_rng(5))
    for row in rows:
        del row["HealthGen"]
        row["Gender"] = 1
    write(tmp_path, *rows)
    out = tmp_path / "figures.json"

    evaluate([task, "--data", str(tmp_path), "--dataset", "nhanes", "--json", str(out)])

    told, said = json.loads(out.read_text()), capsys.readouterr().out
    assert told["columns_missing"] == {"NHANESraw_x.csv.gz": ["HealthGen"]}
    assert told["words_not_understood"] == {"Gender": {"1": 60}}
    assert "no column in NHANESraw_x.csv.gz: HealthGen" in said
    assert "not understood in Gender: '1' (60)" in said
