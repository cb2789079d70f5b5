"""Every story of the library through a real mosquitto to a real edge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker, find_mosquitto
from device_sim.commands.demo import main
from device_sim.commands.simulate import ALL
from device_sim.commands.simulate import main as simulate
from device_sim.scenario import packaged_names, packaged_scenario, truth_of
from device_sim.scoring.baselines import BASELINES
from device_sim.scoring.matching import score
from device_sim.scoring.verdict import failures
from tests.conftest import absent

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


@pytest.fixture(scope="module")
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The score of the whole library, played side by side through a mosquitto and few edges."""
    if find_mosquitto() is None:
        absent(request, "--require-broker", "mosquitto is missing")
    folder = tmp_path_factory.mktemp("library")
    report, page = folder / "score.json", folder / "score.html"
    simulate([ALL, "--score", "--broker", "mosquitto", "--json", str(report), "--html", str(page)])
    return {**json.loads(report.read_text()), "page": page.read_text()}


@pytest.mark.parametrize("name", packaged_names())
def test_a_story_is_told_as_it_happened(name: str, library: dict[str, Any]) -> None:
    """Everything expected is found in time, nothing forbidden or false is told, all signals are heard."""
    story = library["stories"][name]

    assert story["failures"] == {}
    assert (story["passed"], story["missed"]) == (True, 0)
    assert story["found"] == story["truth_episodes"] > 0


@pytest.mark.parametrize("baseline", list(BASELINES))
@pytest.mark.parametrize("name", packaged_names())
def test_a_story_is_failed_by_who_needs_no_sensors(name: str, baseline: str) -> None:
    """An edge that never says anything misses something, one that always alarms tells what is not so."""
    truth = truth_of(packaged_scenario(name), packaged_scenario(name).seed)
    strategy, _ = BASELINES[baseline]

    failed = failures(truth, score(truth, strategy(truth)), {})

    words = {reason.split(":")[0] for why in failed.values() for reason in why}
    assert words & ({"missed"} if baseline == "always_silent" else {"forbidden", "false"})


def test_the_page_of_a_score_shows_each_wearer_and_loads_nothing(library: dict[str, Any]) -> None:
    """A timeline for everybody, and not one address from which something would be fetched."""
    page = library["page"]

    assert [name for name in library["by_wearer"] if f"<h3>{name}</h3>" not in page] == []
    assert page.count("<svg") == library["wearers"] == len(library["by_wearer"])
    assert "http" not in page


def test_alerts_and_truth_make_the_figures_of_the_library(library: dict[str, Any]) -> None:
    """The strategies beside it score next to nothing, the edge does not."""
    assert library["stream_score"] > 90.0
    assert library["baselines"]["always_silent"]["stream_score"] == 0.0
    assert library["baselines"]["always_alarm"]["stream_score"] < 20.0
    assert library["figures"]["by_condition"]["irregular_rhythm"]["gross"]["episode_se"] == 1.0


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

    records = [json.loads(line) for line in truth.read_text().splitlines()]
    lines = [record for record in records if record["record"] == "episode"]
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
