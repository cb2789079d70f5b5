"""Every story of the library through a real mosquitto to a real edge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker
from device_sim.commands.demo import main
from device_sim.scenario import packaged_names

SCENARIOS = Path(__file__).parents[2] / "device_sim" / "scenarios"


def run(name: str, broker: LocalBroker, folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and scorecard of a story at full speed."""
    report = folder / "report.json"
    code = main(
        [
            f"--scenario={SCENARIOS / name}.toml",
            f"--broker={broker.address.url}",
            "--speed=inf",
            f"--json={report}",
            *options,
        ]
    )
    return code, json.loads(report.read_text())


@pytest.mark.parametrize("name", packaged_names())
def test_a_story_is_told_as_it_happened(name: str, mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Everything expected is found in time, nothing forbidden is raised, no alert lacks a cause."""
    code, report = run(name, mosquitto, tmp_path)

    assert (report["missed"], report["forbidden_alerts"], report["unexplained"]) == (0, 0, [])
    assert report["found"] == report["truth_episodes"]
    assert code == 0


@pytest.mark.parametrize("seed", [2, 3, 4, 7])
def test_the_demo_does_not_hang_on_its_seed(seed: int, mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Other draws of the same story are told just as well."""
    code, report = run("demo", mosquitto, tmp_path, "--seed", str(seed))

    assert (report["missed"], report["false_alerts"], report["forbidden_alerts"], code) == (0, 0, 0, 0)


def test_the_same_seed_gives_the_same_scorecard(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Two runs through the same broker differ in nothing but the time they took."""
    reports = [run("demo", mosquitto, tmp_path)[1] for _ in range(2)]
    for report in reports:
        del report["wall_s"]

    assert reports[0] == reports[1]


def test_truth_is_written_and_holds_the_expected_episodes(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """One JSON object a line, with wearer, condition, onset and whether it must be found."""
    truth = tmp_path / "truth.jsonl"

    run("sensors", mosquitto, tmp_path, "--truth-out", str(truth))

    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {(line["wearer"], line["condition"]) for line in lines if line["must_be_found"]} == {
        ("kaja", "sensor_lost"),
        ("liam", "sensor_frozen"),
        ("mona", "off_body"),
    }


def test_a_missed_episode_is_told_and_ends_with_a_code(
    mosquitto: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deadline no edge can keep makes the story fail by name."""
    story = tmp_path / "story.toml"
    text = (SCENARIOS / "sensors.toml").read_text()
    story.write_text(text.replace("within_s = 240", "within_s = 1"))

    code = main(["--scenario", str(story), "--broker", mosquitto.address.url, "--speed", "inf"])

    assert code == 1
    assert "liam       sensor_frozen          missed" in capsys.readouterr().out


def test_the_embedded_broker_carries_the_demo_as_well(tmp_path: Path, embedded_broker: LocalBroker) -> None:
    """The broker that comes along gives the score that mosquitto gives."""
    report_path = tmp_path / "report.json"

    code = main(["--broker", "embedded", "--speed", "inf", "--json", str(report_path)])

    report = json.loads(report_path.read_text())
    assert (code, report["missed"], report["false_alerts"]) == (0, 0, 0)
