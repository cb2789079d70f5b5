"""Evaluation counts what it says, on scores made up for the purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.errors import ConfigError, DataError
from tests.unit.signals.mit_format import Event, encode
from tests.unit.training.rhythm_records import two_records
from training.charts import Matrix, Strips
from training.commands.evaluate import main as evaluate
from training.rhythm_charts import charts
from training.rhythm_evaluation import report


@pytest.fixture
def two_hearts(tmp_path: Path) -> Path:
    """A data folder with one record of 200 beats and one of 30."""
    folder = tmp_path / "nsr2db"
    folder.mkdir()
    for name, beats in (("nsr001", 200), ("nsr002", 30)):
        (folder / f"{name}.hea").write_text(f"{name} 0 128\n")
        (folder / f"{name}.ecg").write_bytes(encode([Event(100 * beat + 100, 1) for beat in range(beats)]))
    return tmp_path


def test_the_charts_show_all_windows_and_the_worst_record_first() -> None:
    """The confusion counts each judged window once; a strip has a letter for each half minute."""
    by_title = {chart.title: chart for part in charts(two_records(), 0.5).values() for chart in part}

    confusion, strips = by_title["Confusion"], by_title["Records over time"]
    assert isinstance(confusion, Matrix)
    assert confusion.counts == [[1, 1], [1, 1]]
    assert isinstance(strips, Strips)
    assert list(strips.strips) == ["a", "b"]
    assert strips.strips["a"].truth == "AAAAN"
    assert strips.strips["a"].answer == "AANNA"
    assert strips.strips["b"].answer == "NN "


def test_a_record_without_a_window_is_skipped_with_its_reason(two_hearts: Path) -> None:
    """Thirty beats make no window of 64: neither used nor lost from sight."""
    found = report(read_bundle(SHIPPED["rhythm"]), "nsr2db", two_hearts, None, None)

    assert found["records_used"] == ["nsr001"]
    assert found["records_skipped"] == {"nsr002": "no 64 intervals in a row with a rhythm label"}
    assert found["metrics"]["afl_non_af"]["sp"] == 100.0


def test_records_without_any_window_are_no_evaluation(two_hearts: Path) -> None:
    """Where nothing was measured, that is an error and no report of nothing."""
    with pytest.raises(DataError, match=r"nsr2db: no record has a window: no 64 intervals in a row"):
        report(read_bundle(SHIPPED["rhythm"]), "nsr2db", two_hearts, ["nsr002"], None)


def test_each_record_is_read_once_however_much_is_asked(
    two_hearts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published methods and both kinds of corruption work on what was read for the figures."""
    read_bytes, opened = Path.read_bytes, list[str]()

    def counted(path: Path) -> bytes:
        opened.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    out = two_hearts / "figures.json"

    evaluate(
        [
            *("rhythm", "--data", str(two_hearts), "--dataset", "nsr2db", "--json", str(out)),
            *("--baselines", "--corruption"),
        ]
    )

    assert {"baselines", "corruption_curve", "timing_curve"} <= json.loads(out.read_text()).keys()
    assert sorted(name for name in opened if name.endswith(".ecg")) == ["nsr001.ecg", "nsr002.ecg"]


@pytest.mark.parametrize("option", ["--baselines", "--corruption"])
def test_what_only_rhythm_has_is_refused_before_anything_is_read(tmp_path: Path, option: str) -> None:
    """Of a task without it the option is told at once, not after the night's work: there are no data here."""
    with pytest.raises(ConfigError, match=f"{option}.*allowed: rhythm"):
        evaluate(["apnea", "--data", str(tmp_path), "--dataset", "apnea-ecg", option])
