"""Loading nights with apnea labels, with what goes wrong first."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from edge.contract.errors import DataError
from tests.unit.signals.mit_format import Event, encode
from training.datasets.nights import (
    APNEA,
    NIGHT_DATASETS,
    NORMAL,
    UNSCORED,
    night_of,
    parse_answers,
    read_nights,
)

APNEA_ECG, SLPDB = NIGHT_DATASETS["apnea-ecg"], NIGHT_DATASETS["slpdb"]
# ecgcodes.h: A as apnea is the code of an atrial premature beat, N that of a normal one; 22 is a note.
CODE_N, CODE_A, CODE_NOTE = 1, 8, 22


@pytest.fixture
def apnea_ecg(tmp_path: Path) -> Path:
    """One learning record of three minutes, one withheld, one that repeats the first with respiration."""
    folder = tmp_path / "apnea-ecg"
    folder.mkdir()
    beats = encode([Event(37 + 81 * beat, 1) for beat in range(200)])
    for name in ("a01", "a01r", "x01"):
        (folder / f"{name}.hea").write_text(f"{name} 1 100 18000\n")
        (folder / f"{name}.qrs").write_bytes(beats)
    (folder / "a01.apn").write_bytes(encode([Event(0, CODE_N), Event(6000, CODE_A), Event(12000, CODE_A)]))
    (folder / "event-2-answers").write_text("x01\n 0 NNA\n\nx02\n 0 AA\n 1 N\n")
    return tmp_path


@pytest.fixture
def slpdb(tmp_path: Path) -> Path:
    """Epochs from the second minute on: sleep, hypopnea; leg movement, wake; obstructive apnea alone."""
    folder = tmp_path / "slpdb"
    folder.mkdir()
    (folder / "slp01.hea").write_text("slp01 4 250 100000\n")
    (folder / "slp01.ecg").write_bytes(encode([Event(15000 + 203 * beat, 1) for beat in range(300)]))
    notes = ("2", "2 HA\0", "1 L LA", "W", "2 OA")
    (folder / "slp01.st").write_bytes(
        encode([Event(15000 + 7500 * place, CODE_NOTE, note=note) for place, note in enumerate(notes)])
    )
    return tmp_path


def test_a_missing_folder_says_where_to_get_the_nights(tmp_path: Path) -> None:
    """The error names the folder and the database's address."""
    with pytest.raises(DataError, match=r"slpdb.*doi\.org/10\.13026/C23K5S"):
        read_nights(SLPDB, tmp_path)


def test_a_named_night_that_is_not_there_is_an_error(apnea_ecg: Path) -> None:
    """Asking for a record that the folder lacks is not passed over."""
    with pytest.raises(DataError, match="no record x99"):
        read_nights(APNEA_ECG, apnea_ecg, ["x99"])


def test_a_record_that_the_system_cannot_read_is_skipped_and_named(
    apnea_ecg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad sector or a lost share takes one record; the others are still read."""
    read_bytes = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == "a01.qrs":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", failing)
    nights = read_nights(APNEA_ECG, apnea_ecg)

    assert [night.name for night in nights.used] == ["x01"]
    assert nights.skipped["a01"].startswith("it cannot be read")
    assert "a01.qrs" in nights.skipped["a01"]


def answered(text: str, record: str = "x01") -> list[int] | None:
    labels = parse_answers(text, record)
    return None if labels is None else labels.tolist()


@pytest.mark.parametrize("text", ["NNA", "x01 NNA", "x01\n 0 NNB", "x01\n zero NN"])
def test_answers_in_another_order_are_refused(text: str) -> None:
    """A block is a name, then hours with letters; anything else is an error and not a guess."""
    with pytest.raises(DataError, match="event-2-answers: cannot read"):
        parse_answers(text, "x01")


def test_answers_join_the_hours_of_a_record() -> None:
    """The letters of all hours of a block, one a minute, under the record's name."""
    text = f"x01\n 0 {'N' * 60}\n 1 AN\n\nx02\n 0 N\n"

    assert answered(text) == [NORMAL] * 60 + [APNEA, NORMAL]
    assert answered(text, "x02") == [NORMAL]
    assert answered(text, "x03") is None


@pytest.mark.parametrize("first", [0, 1])
def test_each_letter_stands_in_the_hour_that_its_line_names(first: int) -> None:
    """A lost, short or swapped hour shifts no other label, whether hours are counted from 0 or from 1."""
    lost, short, last = first + 1, first + 2, first + 3
    text = f"x01\n {last} NA\n {short} A\n {first} {'N' * 60}\nx02\n {first} N\n {lost} A\n"

    two_hours = [NORMAL] * 60 + [UNSCORED] * 60
    assert answered(text) == [*two_hours, APNEA, *[UNSCORED] * 59, NORMAL, APNEA]
    assert answered(text, "x02") == [NORMAL] + [UNSCORED] * 59 + [APNEA]


def test_hours_of_a_clock_count_from_the_records_first() -> None:
    """A night from eleven, of which the hour after midnight is lost; the other begins at one."""
    text = f"x01\n 23 {'N' * 60}\n 1 A\nx02\n 1 {'A' * 60}\n 2 N\n"

    assert answered(text) == [NORMAL] * 60 + [UNSCORED] * 60 + [APNEA]
    assert answered(text, "x02") == [APNEA] * 60 + [NORMAL]


def test_a_record_that_lost_its_first_hour_begins_when_the_others_do() -> None:
    """That hours are counted from 0 is told by any record of the file."""
    assert answered("x01\n 1 A\nx02\n 0 N\n") == [UNSCORED] * 60 + [APNEA]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (f"0 {'N' * 61}", "hour 0 of x01 has 61 letters"),
        ("0 N\n 1 A\n 1 N", "hour 1 of x01 twice"),
        ("0 N\nx01\n 0 A", "hour 0 of x01 twice"),
        ("99 N", "hour 99 of x01"),
    ],
)
def test_hours_that_cannot_be_are_refused_for_their_record_alone(block: str, told: str) -> None:
    """More than sixty minutes, the same hour again, a night of days: no label of x01, but those of x02."""
    text = f"x01\n {block}\nx02\n 0 NA\n"

    with pytest.raises(DataError, match=rf"event-2-answers: {told}"):
        parse_answers(text, "x01")
    assert answered(text, "x02") == [NORMAL, APNEA]


def test_answers_of_which_no_record_has_a_first_hour_are_refused() -> None:
    """When the night began is not guessed."""
    with pytest.raises(DataError, match="no record has an hour 0 or 1"):
        parse_answers("x01\n 3 NA\n", "x01")


def test_labels_come_from_the_record_or_from_the_answers(apnea_ecg: Path) -> None:
    """A learning record has its own file, a withheld one a block; a night counts once."""
    nights = read_nights(APNEA_ECG, apnea_ecg)

    assert {night.name: night.label.tolist() for night in nights.used} == {
        "a01": [NORMAL, APNEA, APNEA],
        "x01": [NORMAL, NORMAL, APNEA],
    }
    assert nights.skipped == {"a01r": "a01 again, with respiration signals"}
    assert nights.used[0].beat_s[:2].tolist() == pytest.approx([0.37, 1.18])


def test_a_withheld_record_without_answers_is_skipped_and_named(apnea_ecg: Path) -> None:
    """A record that nobody has labelled cannot be measured, and the report says so."""
    (apnea_ecg / "apnea-ecg" / "event-2-answers").write_text("x02\n 0 A\n")

    assert read_nights(APNEA_ECG, apnea_ecg, ["a01", "x01", "x01"]).skipped == {
        "x01": "no labels: event-2-answers has no block x01"
    }
    with pytest.raises(DataError, match=r"no record can be used.*x01: no labels"):
        read_nights(APNEA_ECG, apnea_ecg, ["x01"])


def test_answers_may_be_a_text_file_with_a_mark_comments_and_capitals(apnea_ecg: Path) -> None:
    """The same labels from `event-2-answers.txt`, as some copies of the database have it."""
    (apnea_ecg / "apnea-ecg" / "event-2-answers").unlink()
    (apnea_ecg / "apnea-ecg" / "event-2-answers.txt").write_text(
        "\ufeff# from the authors\r\nX01\r\n 0 NNA\r\n", encoding="utf-8"
    )

    (night,) = read_nights(APNEA_ECG, apnea_ecg, ["x01"]).used

    assert night.label.tolist() == [NORMAL, NORMAL, APNEA]


def test_a_night_without_header_or_with_labels_of_nothing_is_skipped_and_named(apnea_ecg: Path) -> None:
    """x01 has lost its header, a01 its end; neither vanishes, and what is whole is still read."""
    folder = apnea_ecg / "apnea-ecg"
    for ending in ("hea", "qrs", "apn"):
        (folder / f"b01.{ending}").write_bytes((folder / f"a01.{ending}").read_bytes())
    (folder / "x01.hea").unlink()
    (folder / "a01.qrs").write_bytes((folder / "a01.qrs").read_bytes()[:-2])

    nights = read_nights(APNEA_ECG, apnea_ecg)

    assert [night.name for night in nights.used] == ["b01"]
    assert nights.skipped["x01"] == "no sampling frequency: x01.hea is missing"
    assert "closing zeros" in nights.skipped["a01"]


@pytest.mark.parametrize("labels", [b"", encode([])])
def test_an_empty_file_of_labels_leaves_the_word_to_the_answers(apnea_ecg: Path, labels: bytes) -> None:
    """A withheld record keeps its block of answers; a record without one is skipped as unlabelled."""
    folder = apnea_ecg / "apnea-ecg"
    for name in ("x01", "a01"):
        (folder / f"{name}.apn").write_bytes(labels)

    nights = read_nights(APNEA_ECG, apnea_ecg)
    (folder / "event-2-answers").unlink()

    assert [night.label.tolist() for night in nights.used] == [[NORMAL, NORMAL, APNEA]]
    assert nights.skipped["a01"] == "no labels: event-2-answers has no block a01"
    with pytest.raises(
        DataError, match=r"x01: no labels: x01\.apn has none and event-2-answers is not there"
    ):
        read_nights(APNEA_ECG, apnea_ecg)


def test_labels_with_a_clock_of_their_own_are_read_by_it(apnea_ecg: Path) -> None:
    """The labels count in seconds, the beats in hundredths: the same three minutes."""
    labels = [Event(0, CODE_NOTE, note="## time resolution: 1")]
    labels += [Event(60 * minute, code) for minute, code in enumerate((CODE_N, CODE_A, CODE_A))]
    (apnea_ecg / "apnea-ecg" / "a01.apn").write_bytes(encode(labels))

    (night,) = read_nights(APNEA_ECG, apnea_ecg, ["a01"]).used

    assert night.label.tolist() == [NORMAL, APNEA, APNEA]


def test_labels_out_of_order_are_no_labels(slpdb: Path) -> None:
    """A bent file is skipped with its reason, here as the only one."""
    (slpdb / "slpdb" / "slp01.st").write_bytes(
        encode([Event(22500, CODE_NOTE, note="2"), Event(15000, CODE_NOTE, note="2")])
    )

    with pytest.raises(DataError, match=r"slp01.*labels out of order"):
        read_nights(SLPDB, slpdb)


def test_a_night_of_which_no_minute_is_scored_is_skipped(slpdb: Path) -> None:
    """Half a minute makes no label, and a mean of nothing no index."""
    (slpdb / "slpdb" / "slp01.st").write_bytes(encode([Event(15000, CODE_NOTE, note="2")]))

    with pytest.raises(DataError, match="slp01: no minute is scored"):
        read_nights(SLPDB, slpdb)


def test_two_epochs_make_a_minute(slpdb: Path) -> None:
    """Either epoch's apnea or hypopnea counts, leg movements do not, and half a minute is not scored."""
    (night,) = read_nights(SLPDB, slpdb).used

    assert night.label.tolist() == [APNEA, NORMAL, UNSCORED]
    assert night.beat_s[:2].tolist() == pytest.approx([0.0, 0.812])


def test_real_nights_have_the_minutes_their_provenance_tells(recordings: Path) -> None:
    """Apnea-ECG's published 6,514 apnea minutes of 17,045 in 35 records; slpdb has 18 records."""
    nights = read_nights(APNEA_ECG, recordings).used
    learning = [night for night in nights if not night.name.startswith("x")]

    assert sum(int(night.is_apnea.sum()) for night in learning) == 6514
    assert sum(len(night.label) for night in learning) == 17_045
    assert len(read_nights(SLPDB, recordings).used) == 18


def test_parts_and_second_names_are_the_same_night() -> None:
    """Two parts of a night and two names of one recording have a night in common, others their own."""
    names = ("slp01a", "slp01b", "slp02a", "slp67x", "c05", "c06", "c07", "a01", "b01", "103")

    nights = [night_of(name) for name in names]

    assert nights == ["slp01", "slp01", "slp02", "slp67x", "c05", "c05", "c07", "a01", "b01", "103"]
