"""Recordings through a real broker to a real edge, scored against their annotations."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device_sim.brokers import LocalBroker
from device_sim.commands.replay import main
from edge.contract.errors import ConfigError
from tests.unit.device_sim.records import FS_HZ, write_record


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """An hour: sinus rhythm with one fibrillation from minute 20 to 40, of normal and log-normal draws."""
    rng = np.random.default_rng(8)
    samples, at_s = [25], 0.1
    while at_s < 3600.0:
        fibrillates = 1200.0 <= at_s < 2400.0
        at_s += (
            0.7 * float(np.exp(0.2 * rng.standard_normal()))
            if fibrillates
            else 0.9 + 0.02 * float(rng.standard_normal())
        )
        samples.append(round(at_s * FS_HZ))
    folder = tmp_path / "own"
    folder.mkdir()
    return write_record(folder, "af", samples, [(25, "N"), (1200 * FS_HZ, "AFIB"), (2400 * FS_HZ, "N")])


def replay(broker: LocalBroker, folder: Path, *records: Path) -> tuple[dict[str, Any], bytes]:
    """The report and the alerts of a replay at full speed."""
    report, alerts = folder / "report.json", folder / "alerts.jsonl"
    names = [str(path) for path in records]
    code = main([*names, "--broker", broker.address.url, "--json", str(report), "--alerts-out", str(alerts)])
    assert code == 0
    return json.loads(report.read_text()), alerts.read_bytes()


def test_a_fibrillation_is_found_and_counted(record: Path, mosquitto: LocalBroker, tmp_path: Path) -> None:
    """One reference episode, found within five minutes, no false alert, the same alerts on a second run."""
    report, alerts = replay(mosquitto, tmp_path, record)
    again = replay(mosquitto, tmp_path, record)[1]
    row = report["records"]["own-af"]

    assert row["hours"] == pytest.approx(1.0, abs=0.01)
    assert (row["reference_episodes"], row["found"], row["missed"], row["false_alerts"]) == (1, 1, 0, 0)
    assert row["technical_false_alerts"] == 0
    assert 0.0 < row["delay_s_p50"] < 300.0
    assert row["coverage"] > 0.95
    assert {key: report["totals"][key] for key in row} == row
    assert alerts == again
    lines = [json.loads(line) for line in alerts.splitlines()]
    assert {(line["wearer"], line["mode"], line["condition"]) for line in lines} == {
        ("own-af", "test", "irregular_rhythm")
    }


def test_ten_hours_of_a_real_record_take_less_than_twenty_seconds(
    recordings: Path, mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """AFDB 04043: 21 episodes of two minutes or more, most of them found, through broker and edge."""
    report, _ = replay(mosquitto, tmp_path, recordings / "afdb" / "04043")
    totals = report["totals"]

    assert (totals["hours"], totals["beats"], totals["reference_episodes"]) == (10.0, 61915, 21)
    assert totals["found"] >= 18
    assert totals["coverage"] > 0.95
    assert totals["wall_s"] < 20.0


def test_a_record_named_twice_is_refused(record: Path) -> None:
    """Two straps of one name would mix on one topic."""
    with pytest.raises(ConfigError, match="own-af: named twice"):
        main([str(record), str(record)])


@pytest.mark.parametrize("content", [None, b"\x01"])
def test_a_missing_or_broken_record_is_told_in_one_line(record: Path, content: bytes | None) -> None:
    """Exit code 2, the file by name, no traceback."""
    beats = record.with_name("af.qrs")
    beats.unlink() if content is None else beats.write_bytes(content)
    record.with_name("af.atr").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "edge", "replay", str(record)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"vitalward replay: {record}")
    assert done.stderr.count("\n") == 1
