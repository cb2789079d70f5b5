"""MMASH, CSV files and journals of an edge, read into recordings and played with faults over them."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from device_sim.faults.kinds import Gap
from device_sim.recordings.csv_file import Column, parse_columns
from device_sim.recordings.reading import read_recordings
from device_sim.replay import BEGINS_S, play, truth_of_recordings
from edge.contract.codec import decode_batch, encode
from edge.contract.errors import ConfigError, DataError
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, Topics

LATER_FORM = """,Time,Interval between heartbeats (s)
0,2022-07-22 10:00:00,6.5
1,2022-07-22 10:00:01,0.8
2,2022-07-22 10:00:02,0.81
3,2022-07-22 10:01:40,0.79
"""
LATER_WRIST = """,Time,Heart rate (BPM),Steps,Inclinometer Off
0,2022-07-22 10:00:02,75.0,1,0
1,2022-07-22 10:00:30,76.0,3,0
2,2022-07-22 10:01:10,77.0,2,0
"""
PUBLISHED = '"","ibi_s","day","time"\n"1",0.8,1,10:00:00\n"2",0.9,1,10:00:01\n"3",0.7,2,00:00:05\n'


def test_a_person_of_mmash_is_read_in_its_later_form(tmp_path: Path) -> None:
    """Intervals tell the time between whole seconds; steps are counted by minute; 6.5 s is no beat."""
    (tmp_path / "subject_3_heartbeats.csv.gz").write_bytes(gzip.compress(LATER_FORM.encode()))
    (tmp_path / "subject_3_actigraph.csv").write_text(LATER_WRIST)

    (recording,) = read_recordings(tmp_path / "subject_3", None, None)

    (rr,) = recording.samples_of("rr")
    assert recording.name == "mmash-3"
    assert rr.values == {"rr": [None, 800.0, 810.0, 790.0]}
    # The first interval is no beat's and would end 6.5 s late; what is too far off goes by the file's time.
    assert rr.times_s == pytest.approx([0.0, 0.8, 1.61, 100.0])
    assert [part.values["cadence"] for part in recording.samples_of("activity")] == [[4.0, 2.0]]
    assert [part.times_s for part in recording.samples_of("activity")] == [[60.0, 120.0]]
    assert sorted(recording.devices) == ["strap", "wristband"]
    assert recording.fibrillation_s is None


def test_a_person_of_mmash_is_read_as_published(tmp_path: Path) -> None:
    """A folder with RR.csv, days by number; midnight lies between the second and the third beat."""
    folder = tmp_path / "user_1"
    folder.mkdir()
    (folder / "RR.csv").write_text(PUBLISHED)

    (recording,) = read_recordings(folder, None, None)

    (rr,) = recording.samples_of("rr")
    assert rr.times_s == pytest.approx([0.8, 1.7, 14 * 3600.0 + 5.0])
    assert rr.values == {"rr": [800.0, 900.0, 700.0]}


def test_real_days_of_mmash_are_whole(recordings: Path) -> None:
    """Ten persons of about a day: all but a few intervals are beats, and times never run back."""
    (recording,) = read_recordings(recordings / "mmash10" / "subject_2", None, None)
    (rr,) = recording.samples_of("rr")

    assert recording.length_s == pytest.approx(86_400.0, rel=0.1)
    assert rr.times_s == sorted(rr.times_s)
    assert sum(value is None for value in rr.values["rr"]) < 0.01 * len(rr.times_s)


def test_the_columns_of_a_csv_file_are_named_on_the_command_line(tmp_path: Path) -> None:
    """Two wearers in one file, another unit, an empty cell, a time out of order."""
    path = tmp_path / "ward.csv"
    path.write_text(
        "who,when,RR,sys,dia\n"
        "anna,2026-01-01T00:00:10Z,0.8,,\n"
        "anna,2026-01-01T00:00:00Z,0.75,,\n"
        "bert,2026-01-01T01:00:00+01:00,,120,70\n"
    )
    columns = parse_columns("time=when,wearer=who,rr=RR*1000,systolic=sys,diastolic=dia")

    anna, bert = read_recordings(path, columns, "my-strap")

    assert columns["rr"] == Column("RR", 1000.0)
    assert (anna.name, bert.name) == ("anna", "bert")
    assert [(part.times_s, part.values) for part in anna.devices["my-strap"]] == [
        ([0.0, 10.0], {"rr": [750.0, 800.0]})
    ]
    assert [part.values for part in bert.samples_of("bp")] == [{"systolic": [120.0], "diastolic": [70.0]}]


@pytest.mark.parametrize(("written", "seconds"), [("1772442000", 5.0), ("1772442000000", 5.0)])
def test_numbers_are_seconds_or_milliseconds(tmp_path: Path, written: str, seconds: float) -> None:
    """What is too large for seconds is milliseconds."""
    later = str(int(written) + (5000 if len(written) > 12 else 5))
    path = tmp_path / "hr.csv"
    path.write_text(f"t,bpm\n{written},60\n{later},61\n")

    (recording,) = read_recordings(path, parse_columns("time=t,hr=bpm"), None)

    assert recording.length_s == seconds


@pytest.mark.parametrize("text", ["hr=bpm", "time=t", "time=t,grief=g", "time=t,rr=RR*much"])
def test_columns_that_cannot_be_meant_are_refused(text: str) -> None:
    """No time, no signal, an unknown word, a factor that is none."""
    with pytest.raises(ConfigError, match="--columns"):
        parse_columns(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t,pulse\n1,60\n", "no column 'bpm'"),
        ("t,bpm\nnoon,60\n", "cannot read 'noon'"),
        ("t,bpm\n1,high\n", "cannot read 'high'"),
        ("t,bpm\n1,60\ninf,61\n", "line 3, t: cannot read 'inf'"),
        ("t,bpm\nnan,60\n1,61\n", "line 2, t: cannot read 'nan'"),
        (
            "t,bpm\n1970-01-01T00:00:12,60\n2026-01-01T00:00:00,61\n",
            "line 3: 20454 days after the sample before",
        ),
        ("t,bpm\n", "no rows"),
    ],
)
def test_a_csv_file_that_is_not_as_said_is_named(tmp_path: Path, text: str, message: str) -> None:
    """File, line and column, and no traceback."""
    path = tmp_path / "hr.csv"
    path.write_text(text)

    with pytest.raises(DataError, match=r"hr\.csv") as caught:
        read_recordings(path, parse_columns("time=t,hr=bpm"), None)

    assert message in str(caught.value)


def test_a_csv_file_needs_its_columns_named(tmp_path: Path) -> None:
    """Without --columns nobody knows what it holds."""
    with pytest.raises(ConfigError, match="--columns"):
        read_recordings(tmp_path / "hr.csv", None, None)


def write_journal(folder: Path, *messages: tuple[str, bytes]) -> Path:
    """The journal of an edge that received these, by topic, in JSON."""
    path = folder / "vitalward.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE journal (id INTEGER PRIMARY KEY, received_s, topic, encoding, payload)")
    database.executemany("INSERT INTO journal VALUES (NULL, 0, ?, 'json', ?)", messages)
    database.commit()
    database.close()
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with two batches, the first of them twice, and a message that is no sample."""
    first = b'{"seq": 0, "times_s": [1772442000, 1772442001], "values": {"rr": [800, 810]}}'
    second = b'{"seq": 1, "times_s": [1772442002], "values": {"rr": [9]}, "validity": ["invalid"]}'
    return write_journal(
        tmp_path,
        ("home/ward/v1/samples/anna/strap/rr", first),
        ("home/ward/v1/samples/anna/strap/rr", first),
        ("home/ward/v1/samples/anna/strap/rr", second),
        ("$clock-step", b"{}"),
    )


def test_a_journal_of_an_edge_is_played_as_it_was_sent_but_as_a_test(journal: Path) -> None:
    """Each sample once, with its validity, from the device it came from."""
    (recording,) = read_recordings(journal, None, None)

    packets = [packet for step in play([recording], Topics("t")) for packet in step.packets]
    (batch,) = [decode_batch(packet.payload, Encoding.JSON) for packet in packets]

    assert [packet.topic for packet in packets] == ["t/v1/samples/anna/strap/rr"]
    assert batch.times_s == [BEGINS_S, BEGINS_S + 1.0, BEGINS_S + 2.0]
    assert batch.values == {"rr": [800.0, 810.0, 9.0]}
    assert [str(validity) for validity in batch.validity or ()] == ["valid", "valid", "invalid"]
    assert batch.mode == "test"


def test_a_device_that_restarts_counts_anew_and_loses_nothing(tmp_path: Path) -> None:
    """Two runs that both begin with batch 0 are played whole, each batch of them once."""
    sent = [
        SampleBatch(seq=seq, times_s=[1_772_442_000.0 + run_s + seq], values={"rr": [800.0]})
        for run_s in (0, 100)
        for seq in (0, 1, 1)
    ]
    messages = [("ward/v1/samples/anna/strap/rr", encode(batch)) for batch in sent]

    (recording,) = read_recordings(write_journal(tmp_path, *messages), None, None)

    assert [part.times_s for part in recording.samples_of("rr")] == [[0.0, 1.0, 100.0, 101.0]]


def test_readings_with_and_without_a_pulse_are_played_with_those_there_are(tmp_path: Path) -> None:
    """A column that a batch lacks has no value there, whichever batch came first."""
    with_pulse: dict[str, list[float | None]] = {"systolic": [120.0], "diastolic": [70.0], "pulse": [66.0]}
    without: dict[str, list[float | None]] = {"systolic": [130.0], "diastolic": [80.0]}
    for name, parts in (("with", (with_pulse, without)), ("without", (without, with_pulse))):
        folder = tmp_path / name
        folder.mkdir()
        messages = [
            (
                "ward/v1/samples/anna/cuff/bp",
                encode(SampleBatch(seq=seq, times_s=[1_772_442_000.0 + seq], values=values)),
            )
            for seq, values in enumerate(parts)
        ]

        (recording,) = read_recordings(write_journal(folder, *messages), None, None)

        (bp,) = recording.samples_of("bp")
        assert bp.values["pulse"] == [values.get("pulse", [None])[0] for values in parts]
        assert bp.values["systolic"] == [values["systolic"][0] for values in parts]


def test_a_journal_with_a_clock_that_was_not_set_is_named_with_the_time(tmp_path: Path) -> None:
    """One sample of 1970 would be played for half a century."""
    sent = [
        SampleBatch(seq=seq, times_s=[at_s], values={"rr": [800.0]})
        for seq, at_s in enumerate((12.0, 1_772_442_000.0))
    ]
    path = write_journal(tmp_path, *(("ward/v1/samples/anna/strap/rr", encode(batch)) for batch in sent))

    with pytest.raises(DataError, match="20514 days after") as refused:
        read_recordings(path, None, None)

    assert refused.value.where == f"{path}, the sample at 1772442000 s"


def test_a_test_is_played_apart_from_the_person_and_the_self_test_not_at_all(tmp_path: Path) -> None:
    """Same wearer, device and number in two modes: two recordings, told apart by their names."""
    real, test = (
        encode(SampleBatch(seq=0, times_s=[1_772_442_000.0], values={"rr": [rr_ms]}, mode=mode))
        for rr_ms, mode in ((800.0, Mode.REAL), (500.0, Mode.TEST))
    )
    crossing = encode(
        SampleBatch(seq=0, times_s=[1_772_441_000.0], values={"self_test": [1.0]}, mode=Mode.TEST)
    )
    path = write_journal(
        tmp_path,
        ("ward/v1/samples/self-test/edge/self_test", crossing),
        ("ward/v1/samples/anna/strap/rr", real),
        ("ward/v1/samples/anna/strap/rr", test),
    )

    played = read_recordings(path, None, None)

    assert [(one.name, one.samples_of("rr")[0].values) for one in played] == [
        ("anna", {"rr": [800.0]}),
        ("anna-test", {"rr": [500.0]}),
    ]
    assert [one.samples_of("rr")[0].times_s for one in played] == [[0.0], [0.0]]


def test_what_is_no_journal_is_named(tmp_path: Path) -> None:
    """A file of something else, and one that is not there."""
    path = tmp_path / "other.db"
    path.write_text("hello, this is no database at all, only a text of some length")

    for wrong in (path, tmp_path / "missing.db"):
        with pytest.raises(DataError, match=wrong.name):
            read_recordings(wrong, None, None)


@pytest.mark.parametrize(
    ("column", "value"), [("encoding", "cbor"), ("encoding", None), ("topic", 7), ("payload", None)]
)
def test_a_row_of_a_journal_that_cannot_be_read_is_named(
    journal: Path, column: str, value: str | int | None
) -> None:
    """Which row, what it holds, and what a journal may hold."""
    database = sqlite3.connect(journal)
    database.execute(f"UPDATE journal SET {column} = ? WHERE id = 2", (value,))
    database.commit()
    database.close()

    with pytest.raises(DataError, match="json or msgpack") as refused:
        read_recordings(journal, None, None)

    assert refused.value.where == f"{journal}, row 2 of the journal"
    assert refused.value.what.startswith(f"{column}: ")


def test_faults_lie_over_a_recording_and_its_truth(journal: Path) -> None:
    """A gap takes out the second sample; whoever reports a lost sensor then is right."""
    (recording,) = read_recordings(journal, None, "watch")
    gap = Gap(at_s=1.0, for_s=1.0, device="watch")

    packets = [packet for step in play([recording], Topics("t"), (gap,)) for packet in step.packets]
    truth = truth_of_recordings([recording], (gap,))

    assert decode_batch(packets[0].payload, Encoding.JSON).times_s == [BEGINS_S, BEGINS_S + 2.0]
    assert [(e.condition, e.onset_s, e.must_be_found) for e in truth.episodes] == [
        ("sensor_lost", BEGINS_S + 1.0, False)
    ]


def test_a_fault_after_the_end_of_the_recording_is_refused(journal: Path) -> None:
    """It would befall nothing, and its truth would be of nobody."""
    (recording,) = read_recordings(journal, None, "watch")
    late = Gap(at_s=3.0, for_s=1.0, device="watch")

    with pytest.raises(ConfigError, match=r"faults\[0\]: begins at 3 s; allowed: up to the end of the"):
        truth_of_recordings([recording], (late,))
