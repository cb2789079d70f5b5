"""The test kit against real gateways: our own, an example, and none at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker
from device_sim.commands.conformance import main as conformance
from device_sim.scenario import packaged_names
from edge.contract.errors import ConfigError
from tests.scenario.test_score_command import EXAMPLES, await_answer, running
from tests.support.patience import PATIENCE_S
from tests.support.peers import Client, EdgeProcess

# Days of readings and a week take most of the messages; `vitalward simulate all --score` plays these too.
LONG = {"well-week", "white-coat", "athlete-week", "unexplained-rate", "short-sleep", "irregular-sleep"}


def verdicts(report: Path) -> dict[str, str]:
    found: list[dict[str, Any]] = json.loads(report.read_text())["requirements"]
    return {row["id"]: row["verdict"] for row in found}


def test_our_own_edge_keeps_all_that_can_be_tried(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """A process of its own, on the time it is told, hears the library and fails nothing."""
    report, page = tmp_path / "report.json", tmp_path / "page.html"
    edge = EdgeProcess(tmp_path, mosquitto.address, clock="stream")
    client = Client(mosquitto.address, "vitalward/v1/edge/t/status")
    edge.start()
    try:
        client.wait_for(lambda message: message.tree.get("state") == "online")
        code = conformance(
            [
                *(name for name in packaged_names() if name not in LONG),
                f"--broker={mosquitto.address.url}",
                "--rate=2500",
                f"--json={report}",
                f"--html={page}",
            ]
        )
    finally:
        edge.kill()
        client.close()

    not_kept = {identity: verdict for identity, verdict in verdicts(report).items() if verdict != "holds"}
    assert not_kept == {
        "detect.heart_rate_unexplained": "not tried",
        "detect.short_sleep": "not tried",
        "detect.irregular_sleep": "not tried",
        "quiet.white-coat": "not tried",
        "quiet.usual": "not tried",
        "quiet.well-week": "not tried",
        "survive.broker-restart": "not tried",
        "survive.kill": "not tried",
    }
    assert code == 0
    assert page.read_text().count("<td class='holds'>") == len(verdicts(report)) - len(not_kept)


def test_a_threshold_alarm_fails_where_it_knows_neither_rest_nor_sensors(
    mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """It finds fever and pressure, and fails for the fright, the loose cuff, and each device that is gone."""
    report = tmp_path / "report.json"
    with running(str(EXAMPLES / "threshold_alarm.py"), mosquitto.address.host, str(mosquitto.address.port)):
        await_answer(mosquitto)
        code = conformance(
            [
                *("fever", "fright", "left-on-the-table", "loose-cuff", "hypertensive-emergency", "athlete"),
                f"--broker={mosquitto.address.url}",
                f"--mapping={EXAMPLES / 'threshold_alarm.toml'}",
                f"--json={report}",
            ]
        )

    found = verdicts(report)
    assert code == 1
    assert {identity for identity, verdict in found.items() if verdict == "fails"} == {
        "detect.blood_pressure_high",
        "detect.off_body",
        "detect.sensor_frozen",
        "quiet.nothing-false",
        "quiet.brief",
        "quiet.cuff-fit",
    }
    assert found["detect.tachycardia_at_rest"] == found["detect.blood_pressure_severe"] == "holds"
    assert found["status.signals-told"] == "not tried"


def test_nobody_at_the_other_end_fails(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Without a gateway nothing is detected and no status told; the exit code says so."""
    report = tmp_path / "report.json"

    code = conformance(["fever", f"--broker={mosquitto.address.url}", f"--json={report}"])

    found = verdicts(report)
    assert code == 1
    assert found["detect.tachycardia_at_rest"] == found["status.signals-told"] == "fails"
    assert found["quiet.nothing-false"] == "holds"


def test_it_goes_on_after_a_restart_of_the_broker(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """The story is played to its end, and for how long nothing was heard is told and reported."""
    report = tmp_path / "report.json"
    options = ("fever", "--speed=2000", f"--broker={mosquitto.address.url}", f"--json={report}")
    client = Client(mosquitto.address, "vitalward/v1/clock")
    with running("-m", "edge", "conformance", *options) as process:
        client.wait_for(lambda message: message.topic == "vitalward/v1/clock")
        client.close()
        mosquitto.stop()
        mosquitto.start()
        out, err = process.communicate(timeout=2 * PATIENCE_S)

    assert process.returncode == 1
    assert err.splitlines() == [
        f"{mosquitto.address.url}: connection lost; what is said until it is back may be missing"
    ]
    assert "the connection was lost for" in out
    assert json.loads(report.read_text())["unheard_s"] > 0.0


def test_what_cannot_be_played_is_said_at_once() -> None:
    """Only a story that disturbs the gateway, or one about another scheme: nothing to play."""
    with pytest.raises(ConfigError, match="no story to play"):
        conformance(["broker-restart", "esc-scheme", "--broker=mqtt://127.0.0.1:1"])
    done = subprocess.run(
        [sys.executable, "-m", "edge", "conformance"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "--broker" in done.stderr) == (2, True)
