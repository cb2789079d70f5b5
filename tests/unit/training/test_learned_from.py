"""What a bundle has learned from is named, so that nobody takes its figures for those of unseen data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.errors import ConfigError, DataError
from tests.unit.training.nhanes_tables import raw_person, write_table
from training.commands.evaluate import main as evaluate
from training.cycles import cycles_to_judge, cycles_to_learn
from training.learned_from import seen_in_training


@pytest.mark.parametrize(
    ("task", "dataset", "records", "seen"),
    [
        ("apnea", "apnea-ecg", ["a01", "x01"], ["a01"]),
        ("apnea", "slpdb", ["slp01a"], []),
        # Both databases have a record 100; the model has met that of LTAFDB alone.
        ("rhythm", "mitdb", ["100", "201"], []),
        ("pressure", "nhanes", ["2011-2012", "2013-2014"], ["2011-2012"]),
        # Its persons of 2013-14 came from the other table.
        ("risk", "nhanes", ["2013-2014", "2017-2018"], ["2013-2014"]),
        ("risk", "cardiostats", ["2015-2016", "2017-2020"], ["2015-2016"]),
        # A year alone stands for the cycle it is in.
        ("pressure", "nhanes", ["2011", "2012", "2013"], ["2011", "2012"]),
    ],
)
def test_what_was_learned_from_is_named(task: str, dataset: str, records: list[str], seen: list[str]) -> None:
    """By record of its own database, and by cycle of the survey whichever table told of it."""
    assert seen_in_training(read_bundle(SHIPPED[task]), dataset, records) == seen


def test_a_rhythm_model_names_the_persons_of_its_own_database() -> None:
    """Some of LTAFDB's records, and not those held out."""
    bundle = read_bundle(SHIPPED["rhythm"])
    told = json.loads(bundle.card_data)

    assert seen_in_training(bundle, "ltafdb", [told["learned_from"][0], told["held_out"][0]]) == [
        told["learned_from"][0]
    ]


def test_a_night_it_has_learned_from_is_told_in_file_and_on_paper(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evaluate apnea` on a learning record says so; null, not NaN, stands where there is no number."""
    out = tmp_path / "a.json"
    arguments = ["apnea", "--data", str(recordings), "--dataset", "apnea-ecg", "--records", "c10"]

    evaluate([*arguments, "--json", str(out)])

    assert json.loads(out.read_text())["records_learned_from"] == ["c10"]
    assert "NaN" not in out.read_text()
    assert "learned from 1 of these 1: not figures of unseen data" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_place_that_cannot_hold_the_figures_is_told_before_they_are_made(
    tmp_path: Path, option: str
) -> None:
    """A folder that is not there, and a folder in place of a file."""
    for place in (tmp_path / "nowhere" / "a", tmp_path):
        with pytest.raises(ConfigError, match="a file in a folder that exists"):
            evaluate(["apnea", "--data", str(tmp_path), "--dataset", "slpdb", option, str(place)])


def test_cycles_to_learn_are_named_as_they_are_spelled_and_checked(tmp_path: Path) -> None:
    """2009_10 and 2009-2010 are one; a cycle that no table has is refused by name."""
    rows = [raw_person(ID=1), raw_person(ID=2, SurveyYr="2011_12")]
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", rows)

    persons = cycles_to_learn({"nhanes": 2012}, tmp_path, ["2009_10"])["nhanes"]

    assert persons.cycles == ["2009-2010"]
    with pytest.raises(DataError, match=r"no cycle 1900-1901.*2009-2010, 2011-2012"):
        cycles_to_learn({"nhanes": 2012}, tmp_path, ["1900-01"])
    with pytest.raises(DataError, match="no cycle to learn from"):
        cycles_to_learn({"nhanes": 2000}, tmp_path, None)


def test_a_year_of_a_cycle_learned_from_is_no_test(tmp_path: Path) -> None:
    """A table that gives the years alone does not make unseen data of what was learned from."""
    rows = [raw_person(ID=1, SurveyYr="2009.0"), raw_person(ID=2, SurveyYr="2017.0")]
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", rows)

    persons, skipped, learned = cycles_to_judge(read_bundle(SHIPPED["risk"]), "nhanes", tmp_path, None)

    assert (persons.cycles, learned.cycles) == (["2017"], ["2009"])
    assert skipped == {"2009": "the bundle has learned from it"}


def test_only_who_is_left_out_of_the_cycles_judged_is_counted(tmp_path: Path) -> None:
    """Two children and one of unknown age in the cycle learned from, one child in the later: one is told."""
    rows = [
        raw_person(ID=number, SurveyYr=cycle, Age=age)
        for number, (cycle, age) in enumerate(
            [
                ("2009_10", 30),
                ("2009_10", 5),
                ("2009_10", 6),
                ("2009_10", ""),
                ("2017_18", 30),
                ("2017_18", 7),
            ]
        )
    ]
    write_table(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", rows)

    _, skipped, _ = cycles_to_judge(read_bundle(SHIPPED["risk"]), "nhanes", tmp_path, None)

    assert skipped == {"under 20 years": "1 persons", "2009-2010": "the bundle has learned from it"}
