"""Published AF detectors on the same broker, scored beside the edge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from device_sim.brokers import Address, LocalBroker
from device_sim.commands.replay import main as replay
from device_sim.commands.simulate import main as simulate
from tests.scenario.test_replay import record as record  # noqa: PLC0414 - the fixture
from training.baselines.rhythm import RHYTHM_BASELINES

SYSTEMS = ["this system", *RHYTHM_BASELINES, "always_silent", "always_alarm"]


def test_a_recording_is_told_by_the_edge_and_by_the_detectors(
    record: Path, mosquitto: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One plain fibrillation between steady beats: all find it, none twice, each by messages of its own."""
    report = tmp_path / "report.json"

    code = replay([str(record), "--detectors", f"--broker={mosquitto.address.url}", f"--json={report}"])

    rows = json.loads(report.read_text())["rhythm"]
    assert code == 0
    assert list(rows) == SYSTEMS
    for name in ("this system", *RHYTHM_BASELINES):
        assert (rows[name]["reference_episodes"], rows[name]["found_in_time"]) == (1, 1)
        assert rows[name]["false_alerts"] == 0
        assert rows[name]["duration_se"] > 0.9
    assert rows["always_silent"]["found_in_time"] == rows["always_silent"]["stream_score"] == 0
    assert "irregular rhythm" in capsys.readouterr().out


def test_stories_are_compared_where_beats_are_sent_and_the_broker_stays(tmp_path: Path) -> None:
    """Of three stories one has no strap and one a broker that restarts: the third is compared."""
    report, page = tmp_path / "score.json", tmp_path / "score.html"

    simulate(
        [
            *("pressure", "broker-restart", "extra-beats", "--score", "--detectors"),
            f"--json={report}",
            f"--html={page}",
        ]
    )

    rows = json.loads(report.read_text())["rhythm"]
    assert rows["always_alarm"]["false_alerts"] == 1
    assert rows["this system"]["false_alerts"] == 0
    assert "beside published detectors" in page.read_text()


def test_detectors_without_a_broker_say_so() -> None:
    """Exit code 2, where, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "detectors", "--port=1"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_detectors_at_a_broker_that_lets_nobody_in_say_so(closed_broker: Address) -> None:
    """They end with what the broker says instead of trying in silence."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "detectors", f"--port={closed_broker.port}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "it refuses the connection: Not authorized" in done.stderr
    assert len(done.stderr.splitlines()) == 1
