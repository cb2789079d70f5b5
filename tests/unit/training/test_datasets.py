"""Loading recordings from PhysioNet's folder layout, with what goes wrong first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import DataError
from tests.unit.signals.mit_format import Event, encode
from training.datasets.catalogue import BEAT_DATASETS
from training.datasets.wfdb import read_records


@pytest.fixture
def afdb(tmp_path: Path) -> Path:
    """A database of two records, of which one has lost its beats."""
    folder = tmp_path / "afdb"
    folder.mkdir()
    for name in ("01", "02"):
        (folder / f"{name}.hea").write_text(f"{name} 0 200 2000\n")
    (folder / "01.qrs").write_bytes(encode([Event(at, 1) for at in (100, 260, 430, 590)]))
    (folder / "01.atr").write_bytes(encode([Event(200, 28, note="(AFIB"), Event(500, 28, note="(N")]))
    return tmp_path


def test_a_missing_folder_says_where_to_get_the_data(tmp_path: Path) -> None:
    """The error names the folder and the database's address."""
    with pytest.raises(DataError, match=r"nsr2db.*doi\.org/10\.13026/C2S881"):
        read_records(BEAT_DATASETS["nsr2db"], tmp_path)


def test_a_named_record_that_is_not_there_is_an_error(afdb: Path) -> None:
    """Asking for a record that the folder lacks is not passed over."""
    with pytest.raises(DataError, match=r"no record 99.*01, 02"):
        read_records(BEAT_DATASETS["afdb"], afdb, ["01", "99"])


def test_a_record_without_beats_is_skipped_and_named(afdb: Path) -> None:
    """What cannot be used is left out with the reason."""
    records = read_records(BEAT_DATASETS["afdb"], afdb)

    assert [record.name for record in records.used] == ["01"]
    assert records.skipped == {"02": "no beats: 02.qrs is missing"}


def test_a_damaged_record_is_skipped_and_the_others_are_read(afdb: Path) -> None:
    """Cut short, of half a word, or a note beside a file: each with its reason, and the whole one is used."""
    folder = afdb / "afdb"
    whole = (folder / "01.qrs").read_bytes()
    (folder / "02.qrs").write_bytes(whole[:-2])
    (folder / "03.qrs").write_bytes(whole[:-1])
    (folder / "03.hea").write_text("03 0 200 2000\n")
    (folder / "._01.hea").write_bytes(b"\0\5")

    records = read_records(BEAT_DATASETS["afdb"], afdb)

    assert [record.name for record in records.used] == ["01"]
    assert sorted(records.skipped) == ["02", "03"]
    assert "closing zeros" in records.skipped["02"]
    assert "odd number" in records.skipped["03"]


def test_each_file_is_read_by_its_own_clock(afdb: Path) -> None:
    """Beats in ms, rhythms in the header's 200 Hz: the same rhythm at the same beats."""
    beats = [Event(0, 22, note="## time resolution: 1000")]
    beats += [Event(5 * at, 1) for at in (100, 260, 430, 590)]
    (afdb / "afdb" / "01.qrs").write_bytes(encode(beats))

    (record,) = read_records(BEAT_DATASETS["afdb"], afdb, ["01"]).used

    assert record.rr_ms.tolist() == [800.0, 850.0, 800.0]
    assert record.rhythm.tolist() == ["AFIB", "AFIB", "N"]


def test_intervals_carry_the_rhythm_at_their_end(afdb: Path) -> None:
    """Beats at 200 Hz become ms; each interval has the rhythm in force at the beat that ends it."""
    (record,) = read_records(BEAT_DATASETS["afdb"], afdb, ["01"]).used

    assert record.rr_ms.tolist() == [800.0, 850.0, 800.0]
    assert record.rhythm.tolist() == ["AFIB", "AFIB", "N"]


def test_databases_without_rhythms_count_as_not_af_and_say_so(afdb: Path) -> None:
    """Subjects without AF have no rhythm file; ltdb would name rhythms among the beats but does not."""
    (afdb / "afdb").rename(afdb / "nsr2db")
    (afdb / "nsr2db" / "01.qrs").rename(afdb / "nsr2db" / "01.ecg")
    normal = read_records(BEAT_DATASETS["nsr2db"], afdb, ["01"])
    (afdb / "nsr2db").rename(afdb / "ltdb")
    (afdb / "ltdb" / "01.ecg").rename(afdb / "ltdb" / "01.atr")
    long_term = read_records(BEAT_DATASETS["ltdb"], afdb, ["01"])

    for records in (normal, long_term):
        assert records.used[0].rhythm.tolist() == ["N", "N", "N"]
        assert records.skipped == {}
        assert records.dataset.assumed
    assert BEAT_DATASETS["afdb"].unlabelled is None


def test_real_records_have_the_beats_and_rhythms_their_provenance_tells(recordings: Path) -> None:
    """LTAFDB record 12 is fibrillation throughout; AFDB 04015 has 44,005 beats, 1.2 % of them in AF."""
    (permanent,) = read_records(BEAT_DATASETS["ltafdb"], recordings, ["12"]).used
    (paroxysmal,) = read_records(BEAT_DATASETS["afdb"], recordings, ["04015"]).used

    assert set(permanent.rhythm.tolist()) == {"AFIB"}
    assert len(paroxysmal.rr_ms) == 44_004
    assert np.mean(paroxysmal.rhythm == "AFIB") == pytest.approx(0.012, abs=0.001)
