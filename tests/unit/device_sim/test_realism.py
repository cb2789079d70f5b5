"""The realism report: its figures worked by hand, and simulated wearers within its tolerances."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device_sim.commands.realism import main
from device_sim.realism import difficulty, lives, pressures, rhythms
from device_sim.realism.page import as_html, as_json, as_text
from device_sim.realism.part import Part, Row, histogram
from device_sim.realism.recordings import Holter
from device_sim.realism.rr_figures import band_power, five_minutes, irregularity, is_nn, runs_within
from device_sim.wfdb_writer import write_record

PAGE = (Path(__file__).parents[3] / "docs" / "wearers.md").read_text()


def read_back(stem: Path, extension: str) -> tuple[list[int], list[str]]:
    """Samples and notes of a file as PhysioNet's own library reads them."""
    with warnings.catch_warnings():
        # The package has not followed its own dependency's deprecations.
        warnings.simplefilter("ignore")
        read: Any = pytest.importorskip("wfdb").rdann(str(stem), extension)
    return read.sample.tolist(), [note.rstrip("\0") for note in read.aux_note]


def failures(*parts: Part) -> list[str]:
    return [f"{part.name} {row}" for part in parts for row in part.failed]


def test_irregularity_is_that_worked_by_hand() -> None:
    """800, 1000, 800, 1000: mean 900, SD 100, every step 200, neighbours opposed."""
    found = irregularity(np.array([[800.0, 1000.0, 800.0, 1000.0]]))

    assert found["coefficient of variation"][0] == pytest.approx(100.0 / 900.0)
    assert found["RMSSD / mean"][0] == pytest.approx(200.0 / 900.0)
    assert found["correlation of neighbours"][0] == pytest.approx(-1.0)
    assert found["skewness"][0] == pytest.approx(0.0)


def test_hrv_of_alternating_intervals_is_that_worked_by_hand() -> None:
    """Alternating 760 and 840 ms: 75/min, SDNN 40 ms, RMSSD 80 ms, every step above 50 ms."""
    beats_s = np.concatenate([[0.0], np.cumsum(np.tile([0.76, 0.84], 500))])
    found = five_minutes(beats_s, np.ones(len(beats_s), dtype=bool))

    assert len(found["rate, /min"]) == 2
    assert found["rate, /min"] == pytest.approx(75.0, rel=0.002)
    assert found["SDNN, ms"] == pytest.approx(40.0, rel=0.01)
    assert found["RMSSD, ms"] == pytest.approx(80.0, rel=0.01)
    assert found["pNN50, %"] == pytest.approx(100.0)


@pytest.mark.parametrize(("at_hz", "low_ms2", "high_ms2"), [(0.1, 450.0, 0.0), (0.25, 0.0, 450.0)])
def test_a_wave_has_its_power_in_its_band(at_hz: float, low_ms2: float, high_ms2: float) -> None:
    """A sine of 30 ms has a power of 30 x 30 / 2 = 450 ms2, in the band of its frequency."""
    at_s = np.arange(0.0, 301.0, 0.5)

    low, high = band_power(at_s, 900.0 + 30.0 * np.sin(2.0 * np.pi * at_hz * at_s), 0.0)

    assert low == pytest.approx(low_ms2, rel=0.12, abs=5.0)
    assert high == pytest.approx(high_ms2, rel=0.12, abs=5.0)


def test_runs_lie_within_what_is_meant() -> None:
    """Two stretches of five and three meant intervals give three runs of two."""
    is_meant = np.array([1, 1, 1, 1, 1, 0, 1, 1, 1], dtype=bool)

    assert runs_within(np.arange(9.0), is_meant, 2).tolist() == [[0.0, 1.0], [2.0, 3.0], [6.0, 7.0]]


def test_a_premature_beat_and_its_pause_are_no_nn_intervals() -> None:
    """500 and 1100 ms among intervals of 800 ms are left out, and nothing else."""
    rr_ms = np.full(40, 800.0)
    rr_ms[[20, 21]] = 500.0, 1100.0

    assert np.flatnonzero(~is_nn(rr_ms)).tolist() == [20, 21]


def test_a_written_record_is_what_wfdb_reads(tmp_path: Path) -> None:
    """Beats and rhythms, far apart ones too, come back from the library of PhysioNet."""
    beats_s = np.array([0.5, 1.3, 2.1, 400.0, 400.8])
    write_record(tmp_path, "one", beats_s, [(0.0, "N"), (2.1, "AFIB"), (400.0, "N")])

    assert (tmp_path / "one.hea").read_text() == "one 0 250 100450\n"
    assert read_back(tmp_path / "one", "qrs")[0] == [125, 325, 525, 100_000, 100_200]
    assert read_back(tmp_path / "one", "atr") == ([0, 525, 100_000], ["(N", "(AFIB", "(N"])


def test_a_clinic_is_written_in_the_layout_of_afdb(tmp_path: Path) -> None:
    """Each change of rhythm stands in the `.atr`, at the beat that is the first of it."""
    beats_s = np.arange(1.0, 11.0)
    rhythm = np.array(["N"] * 4 + ["AFIB"] * 6)
    difficulty.write_clinic(tmp_path, [Holter("p0", beats_s, rhythm)])

    assert read_back(tmp_path / "afdb" / "p0", "atr") == ([0, 1250], ["(N", "(AFIB"])


def test_the_page_shows_what_is_out() -> None:
    """A figure outside its tolerance is marked on the page, in text and JSON; a missing one too."""
    part = Part(
        "part",
        "Title & more",
        "10 persons",
        "20 persons",
        (Row("near", 1.0, 1.1, 0.2), Row("far", 1.0, 2.0, 0.2), Row("gone", float("nan"), 2.0, 0.2)),
        (histogram("figure", np.arange(10.0), np.arange(20.0)),),
    )
    report = as_json([part], 1)
    page = as_html([part], 1)

    assert not report["holds"]
    assert [row["holds"] for row in report["parts"]["part"]["rows"]] == [True, False, False]
    assert report["parts"]["part"]["rows"][2]["real"] is None
    assert as_text([part]).count("OUT") == 2
    assert "1 of 3" in as_text([part])
    assert page.count("<tr class=out>") == 2
    assert "Title &amp; more" in page
    assert "<svg" in page
    assert page == as_html([part], 1)


def test_the_page_on_wearers_tells_the_truth() -> None:
    """Its program runs and gives a day; every figure it quotes lies within the tolerance it names."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found: dict[str, Any] = {}
    exec(program, found)
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (.+?) \| ([\d.-]+) \| ([\d.-]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE
    )

    assert len(found["body"].beats) > 80_000
    assert len(rows) > 25
    assert all(Row(name, float(real), float(made), float(limit)).holds for _, name, real, made, limit in rows)


def test_a_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without recordings the command names the folder."""
    from edge.cli import main as vitalward

    assert vitalward(["realism", "--data", str(tmp_path), "--parts", "nights"]) == 2
    assert "sleep-accel_features" in capsys.readouterr().err


def test_nights_are_as_in_sleep_accel(recordings: Path) -> None:
    """Shares and steps of stages and the rhythm of cycles within the report's tolerances."""
    assert failures(lives.compare_nights(recordings, 150, seed=2)) == []


def test_pressure_and_pulse_are_as_in_nhanes(recordings: Path) -> None:
    """Means and spreads by age and sex, and the part above each limit, in years fitted and not fitted."""
    assert failures(*pressures.compare(recordings, 5000, seed=2)) == []


def test_days_are_as_in_mmash(recordings: Path) -> None:
    """Heart rate awake and asleep, variability and steps of healthy young men."""
    assert failures(lives.compare_days(recordings, 12, seed=2)) == []


def test_rhythms_are_as_in_ltafdb_and_afdb(recordings: Path) -> None:
    """AF and sinus rhythm of 30 patients; of the recordings the first 30 of LTAFDB and all of AFDB."""
    amount = rhythms.Amount(persons=30, hours=4.0, records=30)

    assert failures(*rhythms.compare(recordings, amount, seed=2)) == []


def test_the_bundle_finds_simulated_patients_as_hard_as_real_ones(recordings: Path) -> None:
    """Sensitivity and specificity on 20 simulated patients, within 2 points of ten records of AFDB."""
    names = ("04015", "04043", "04048", "04126", "04746", "04908", "05091", "05261", "06426", "06995")

    assert failures(difficulty.compare(recordings, 20, 4.0, seed=2, names=names)) == []


def test_the_command_writes_what_it_prints(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON, page and records come where they are asked for; the exit code tells that all holds."""
    code = main(
        ["--data", str(recordings), "--parts", "nights", "--persons", "40", "--hours", "1",
         "--json", str(tmp_path / "f.json"), "--html", str(tmp_path / "f.html"), "--records", str(tmp_path)]
    )  # fmt: skip

    assert code == 0
    assert "nights: Stages of sleep" in capsys.readouterr().out
    assert '"holds": true' in (tmp_path / "f.json").read_text()
    assert "</html>" in (tmp_path / "f.html").read_text()
    assert len(list((tmp_path / "afdb").glob("*.atr"))) == 40
