"""Loading NHANES tables in the spellings of the packages, with what goes wrong first."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import DataError
from tests.unit.training.nhanes_tables import raw_person, write_table
from training.datasets.nhanes import ETHNICITIES, PERSON_DATASETS, cycle_name, read_persons

NHANES = PERSON_DATASETS["nhanes"]


def raw(folder: Path, *rows: dict[str, object], name: str = "NHANESraw_2009-2012.csv.gz") -> Path:
    write_table(folder / "nhanes" / name, rows)
    return folder


def test_a_missing_folder_says_where_to_get_the_tables(tmp_path: Path) -> None:
    """The error names the folder, the files and CDC's address."""
    with pytest.raises(DataError, match=r"nhanes: no NHANESraw_\*\.csv\.gz.*cdc\.gov"):
        read_persons(NHANES, tmp_path)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    """Half a download is not half a survey."""
    path = raw(tmp_path, *(raw_person(ID=person) for person in range(999))) / "nhanes"
    (broken,) = path.iterdir()
    broken.write_bytes(broken.read_bytes()[:-300])

    with pytest.raises(DataError, match=r"NHANESraw_2009-2012\.csv\.gz: it cannot be read"):
        read_persons(NHANES, tmp_path)


def test_a_row_with_a_cell_too_few_is_named_by_its_line(tmp_path: Path) -> None:
    """Shifted columns would pass for data."""
    (tmp_path / "nhanes").mkdir()
    with gzip.open(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", "wt") as file:
        file.write("SurveyYr,Age,Gender\n2009_10,51,male\n2009_10,52\n")

    with pytest.raises(DataError, match=r"line 3 has 2 cells; allowed: 3"):
        read_persons(NHANES, tmp_path)


def test_a_table_without_years_is_refused(tmp_path: Path) -> None:
    """Without its cycle nobody can tell whether a person was learned from."""
    person = raw_person()
    del person["SurveyYr"]

    with pytest.raises(DataError, match=r"no cycles.*SurveyYr"):
        read_persons(NHANES, raw(tmp_path, person))


def test_zeros_and_codes_that_mean_not_measured_are_missing(tmp_path: Path) -> None:
    """A diastolic reading or a pulse of 0, and 99 active days, are no measurements."""
    folder = raw(tmp_path, raw_person(BPDia1=0, BPDiaAve=0, Pulse=0, PhysActive="Yes", PhysActiveDays=99))
    persons = read_persons(NHANES, folder)

    for name in ("diastolic_1_mmhg", "pulse_bpm", "active_days_per_week"):
        assert np.isnan(persons.column(name)).tolist() == [True]
    # (76 + 74) / 2: the first of several readings does not count.
    assert persons.column("diastolic_mmhg").tolist() == [75.0]


def test_a_column_that_a_cycle_lacks_is_missing_in_any_order_of_columns(tmp_path: Path) -> None:
    """A later cycle in another file has other columns in another order; both are read."""
    raw(tmp_path, raw_person(ID=1))
    later = {"HealthGen": "Poor", "Age": 34, "SurveyYr": "2017_18", "Gender": "FEMALE", "ID": 2}
    persons = read_persons(NHANES, raw(tmp_path, later, name="NHANESraw_2017-2018.csv.gz"))

    assert persons.cycles == ["2009-2010", "2017-2018"]
    assert persons.column("health_0_to_4").tolist() == [1.0, 4.0]
    assert persons.column("is_male").tolist() == [1.0, 0.0]
    assert np.isnan(persons.column("bmi_kg_m2")).tolist() == [False, True]
    assert np.isnan(persons.column("has_raised_pressure")).tolist() == [False, True]
    assert np.isnan(persons.column("takes_pressure_medicine")).all()


def test_who_is_under_twenty_is_left_out_and_counted(tmp_path: Path) -> None:
    """The models are for adults, and the report says how many were not, and of how many that is not known."""
    ages = (19, 20, "")
    persons = read_persons(
        NHANES, raw(tmp_path, *(raw_person(ID=number, Age=age) for number, age in enumerate(ages)))
    )

    assert persons.column("age_years").tolist() == [20.0]
    assert persons.skipped == {"under 20 years": "1 persons", "without an age": "1 persons"}


@pytest.mark.parametrize(
    ("systolic", "diastolic", "raised"),
    [(129, 79, 0.0), (130, 60, 1.0), (110, 80, 1.0), (131, "", 1.0), (110, "", np.nan), ("", "", np.nan)],
)
def test_raised_pressure_is_unknown_only_where_it_could_be_either(
    tmp_path: Path, systolic: object, diastolic: object, raised: float
) -> None:
    """From 130 or 80; a low value beside a missing one leaves it open."""
    gone = {f"BP{kind}{number}": "" for kind in ("Sys", "Dia") for number in (1, 2, 3)}
    folder = raw(tmp_path, raw_person(BPSysAve=systolic, BPDiaAve=diastolic, **gone))

    found = read_persons(NHANES, folder).column("has_raised_pressure")

    np.testing.assert_array_equal(found, [raised])


def test_smoking_and_drinking_follow_from_two_answers(tmp_path: Path) -> None:
    """Who never smoked a hundred or never drinks is not asked on; who does not say so stays unknown."""
    persons = read_persons(
        NHANES,
        raw(
            tmp_path,
            raw_person(ID=1, Smoke100="No", SmokeNow="", AlcoholYear=0, AlcoholDay=""),
            raw_person(ID=2, Smoke100="Yes", SmokeNow="No", AlcoholYear=52, AlcoholDay=3),
            raw_person(ID=3, Smoke100="Yes", SmokeNow="Yes", AlcoholYear=52, AlcoholDay=""),
            raw_person(ID=4, Smoke100="", SmokeNow="", AlcoholYear="", AlcoholDay=""),
        ),
    )

    np.testing.assert_array_equal(persons.column("smoking_0_to_2"), [0.0, 1.0, 2.0, np.nan])
    np.testing.assert_array_equal(persons.column("drinks_per_day"), [0.0, 3.0, np.nan, np.nan])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2009_10", "2009-2010"),
        ("2017-2020", "2017-2020"),
        (" 1999-2000 ", "1999-2000"),
        ("1999_00", "1999-2000"),
        ("2021", "2021"),
        ("2017.0", "2017"),
    ],
)
def test_a_cycle_has_one_name(text: str, name: str) -> None:
    """Whatever a table writes, also over the turn of the century."""
    assert cycle_name(text) == name


def test_the_real_tables_have_the_persons_their_provenance_tells(recordings: Path) -> None:
    """11,778 adults in the two cycles, 47,133 in the nine; the mean pressure is the one told there."""
    persons = read_persons(NHANES, recordings)
    cardio = read_persons(PERSON_DATASETS["cardiostats"], recordings)

    early = np.isin(persons.cycle, ["2009-2010", "2011-2012"])
    assert int(early.sum()) == 11_778
    assert persons.skipped["under 20 years"].startswith("8515 ") or len(persons.cycles) > 2
    until_2016 = np.array([cycle <= "2015-2016" for cycle in cardio.cycle])
    assert int(until_2016.sum()) == 47_133
    assert np.nanmean(cardio.column("systolic_mmhg")[until_2016]) == pytest.approx(124.8, abs=0.1)


def test_a_person_in_two_files_counts_once_and_one_without_a_cycle_not_at_all(tmp_path: Path) -> None:
    """The same cycle twice in the folder is no more persons; which were left out is told."""
    raw(tmp_path, raw_person(ID=1), raw_person(ID=2))
    raw(tmp_path, raw_person(ID=2), raw_person(ID=3, SurveyYr=""), name="NHANESraw_again.csv.gz")

    persons = read_persons(NHANES, tmp_path)

    assert persons.column("person").tolist() == [1.0, 2.0]
    assert persons.skipped == {"without a cycle": "1 persons", "in two files or twice in one": "1 persons"}


def test_without_numbers_of_persons_each_row_is_one(tmp_path: Path) -> None:
    """A table that lacks them, or hides them behind a byte-order mark, does not make one person of all."""
    rows = [{name: value for name, value in raw_person(ID=1).items() if name != "ID"}] * 3
    raw(tmp_path, *rows)

    assert read_persons(NHANES, tmp_path).column("person").tolist() == [0.0, 1.0, 2.0]


YES_NO_COLUMNS = ("Diabetes", "SleepTrouble", "PhysActive", "Smoke100", "SmokeNow")


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("1.0", "0.0"), ("True", "False"), (" YES", "no ")])
def test_yes_and_no_are_read_as_programs_write_them(tmp_path: Path, yes: str, no: str) -> None:
    """Numbers and truth values are the same answers, and no column of them vanishes."""
    answers = [dict.fromkeys(YES_NO_COLUMNS, answer) for answer in (yes, no, "")]
    persons = read_persons(
        NHANES, raw(tmp_path, *(raw_person(ID=number, **row) for number, row in enumerate(answers)))
    )

    for name in ("has_diabetes", "has_sleep_trouble", "is_physically_active", "smokes_now"):
        np.testing.assert_array_equal(persons.column(name), [1.0, 0.0, np.nan])
    assert persons.tables[0].not_understood == {}


def test_codes_of_the_survey_are_told_and_not_guessed(tmp_path: Path) -> None:
    """1 beside 2 is no yes beside no; 1 and 2 are no sexes; both columns stay missing and are named."""
    rows = [
        raw_person(ID=code, Diabetes=code, Gender=code, Age=">=80" if code > 2 else 50) for code in (1, 2, 3)
    ]
    persons = read_persons(NHANES, raw(tmp_path, *rows, raw_person(ID=4, Diabetes=1, Gender="Refused")))

    assert np.isnan(persons.column("has_diabetes")).all()
    assert np.isnan(persons.column("is_male")).all()
    assert persons.tables[0].not_understood == {
        "Diabetes": {"1": 2, "2": 1, "3": 1},
        "Gender": {"1": 1, "2": 1, "3": 1},
        "Age": {">=80": 1},
    }


def test_health_is_read_in_the_words_of_the_codebook(tmp_path: Path) -> None:
    """The list of answers with its commas, its last "or" and its question mark."""
    words = ("Excellent,", "Very good,", "Good,", "Fair, or", "Poor?", "Don't know", "NA", "nan")
    persons = read_persons(
        NHANES, raw(tmp_path, *(raw_person(ID=number, HealthGen=word) for number, word in enumerate(words)))
    )

    np.testing.assert_array_equal(
        persons.column("health_0_to_4"), [0.0, 1.0, 2.0, 3.0, 4.0, np.nan, np.nan, np.nan]
    )
    assert persons.tables[0].not_understood == {}


@pytest.mark.parametrize(
    ("text", "bmi"), [("25 to < 30", 27.4), ("25 TO <30", 27.4), ("< 25", 22.3), (">=35", 40.1)]
)
def test_a_class_of_weight_is_read_whatever_its_blanks(tmp_path: Path, text: str, bmi: float) -> None:
    """The classes of the other table, also with the last written as a comparison."""
    row = {"svy_id": 1, "svy_year": "2017-2018", "demo_age_years": 50, "cc_bmi": text}
    write_table(tmp_path / "nhanes" / "cardioStatsUSA_x.csv.gz", [row])

    assert read_persons(PERSON_DATASETS["cardiostats"], tmp_path).column("bmi_kg_m2").tolist() == [bmi]


def test_the_columns_that_a_file_lacks_are_named(tmp_path: Path) -> None:
    """Of two files that one which has no general health, by its own name."""
    raw(tmp_path, raw_person(ID=1))
    later = {name: value for name, value in raw_person(ID=2).items() if name != "HealthGen"}
    persons = read_persons(NHANES, raw(tmp_path, later, name="NHANESraw_later.csv.gz"))

    assert [(table.name, table.lacking) for table in persons.tables] == [
        ("NHANESraw_2009-2012.csv.gz", ()),
        ("NHANESraw_later.csv.gz", ("HealthGen",)),
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Age": None}, "no column Age"),
        ({"Age": 19}, "no adults with an age in Age"),
        ({"Age": "NA"}, "no adults with an age in Age"),
        ({"SurveyYr": ""}, "no adult with a cycle in SurveyYr"),
    ],
)
def test_a_table_of_nobody_says_what_is_missing(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    """Without a column of ages there is nobody to judge, and that is what the error names."""
    row = {name: value for name, value in raw_person(**changes).items() if value is not None}

    with pytest.raises(DataError, match=rf"nhanes: {told}; allowed: rows with 20 years"):
        read_persons(NHANES, raw(tmp_path, row))


def test_a_table_of_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    """It is not taken for cycles that were learned from."""
    (tmp_path / "nhanes").mkdir()
    with gzip.open(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", "wt") as file:
        file.write("SurveyYr,Age,Gender\n")

    with pytest.raises(DataError, match="no rows"):
        read_persons(NHANES, tmp_path)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    """Between the rows, at the end, and of blanks: nobody is lost by them."""
    (tmp_path / "nhanes").mkdir()
    with gzip.open(tmp_path / "nhanes" / "NHANESraw_x.csv.gz", "wt") as file:
        file.write("SurveyYr,Age,Gender\n2009_10,51,male\n\n2009_10,52,male\n  \n\n")

    assert read_persons(NHANES, tmp_path).column("age_years").tolist() == [51.0, 52.0]


def test_persons_without_a_number_are_not_one_person(tmp_path: Path) -> None:
    """Beside a file with numbers each row of one without them gets a number of its own."""
    raw(tmp_path, raw_person(ID=7), raw_person(ID=3))
    nameless = {name: value for name, value in raw_person(SurveyYr="2017_18").items() if name != "ID"}
    raw(tmp_path, nameless, nameless, name="NHANESraw_later.csv.gz")

    assert read_persons(NHANES, tmp_path).column("person").tolist() == [7.0, 3.0, 8.0, 9.0]


def test_groups_of_people_are_read_in_the_words_of_the_codebook(tmp_path: Path) -> None:
    """The five groups of the survey's own tables are those of the packages, the last with its long name."""
    names = (
        *("Mexican American", "Other Hispanic", "Non-Hispanic White", "Non-Hispanic Black"),
        "Other Race - Including Multi-Racial",
    )
    rows = [raw_person(ID=number, Race1=name) for number, name in enumerate(names)]

    ethnicity = read_persons(NHANES, raw(tmp_path, *rows)).column("ethnicity")

    assert [ETHNICITIES[int(place)] for place in ethnicity] == [
        "mexican",
        "hispanic",
        "white",
        "black",
        "other",
    ]
