"""Stories published to anybody's broker, and another system's alerts scored against their truth."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_sim.brokers import LocalBroker
from device_sim.commands.replay import main as replay
from device_sim.commands.score import main as score
from device_sim.commands.simulate import main as simulate
from edge.contract.errors import ConfigError, DataError
from tests.support.peers import Client

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
STORIES = ("fever", "fright", "left-on-the-table")


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is gone at the end."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_threshold_alarm_is_scored_beside_the_edge(
    mosquitto: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It finds the fever, tells of a fright nobody should be told of, and believes the table."""
    truth, report = tmp_path / "truth.jsonl", tmp_path / "score.json"
    url, port = mosquitto.address.url, str(mosquitto.address.port)
    listen = ("-m", "edge", "score", "--truth", str(truth), "--broker", url, "--json", str(report))
    example = str(EXAMPLES / "threshold_alarm.py")
    with (
        running(*listen, "--mapping", str(EXAMPLES / "threshold_alarm.toml")) as listener,
        running(example, mosquitto.address.host, port),
    ):
        assert listener.stdout is not None
        assert listener.stdout.readline() == "listening; start vitalward simulate now\n"
        await_answer(mosquitto)
        code = simulate([*STORIES, "--broker", url, "--speed", "inf", "--out", str(truth)])
        out, err = listener.communicate(timeout=60.0)

    assert (code, listener.returncode, err) == (0, 1, "")
    assert "coverage was not told" in out
    stories = json.loads(report.read_text())["stories"]
    assert stories["fever"]["passed"]
    assert "forbidden: tachycardia_at_rest" in stories["fright"]["failures"]["fright--viktor"]
    assert stories["left-on-the-table"]["failures"]["left-on-the-table--emma"] == ["missed: sensor_frozen"]
    assert "messages sent" in capsys.readouterr().out


def await_answer(broker: LocalBroker) -> None:
    """Return once the example answers a reading that is beyond its limit."""
    client = Client(broker.address, "flow/alarms/probe")
    answered = threading.Event()
    client.paho.on_message = lambda *_: answered.set()
    for number in range(300):
        reading = {
            "seq": number,
            "times_s": [float(number)],
            "values": {"systolic": [250 - 200 * (number % 2)]},
        }
        client.send("vitalward/v1/samples/probe/cuff/bp", reading)
        if answered.wait(0.1):
            break
    client.close()
    assert answered.is_set()


def test_alerts_of_a_replay_are_scored_from_their_file(
    mosquitto: LocalBroker, tmp_path: Path, recordings: Path
) -> None:
    """A gap laid over a record is reported, and the file of alerts holds nothing that truth does not."""
    faults, alerts, report = (tmp_path / name for name in ("faults.toml", "alerts.jsonl", "report.json"))
    faults.write_text('[[faults]]\nkind = "gap"\nat_s = 3600\nfor_s = 600\n')

    code = replay(
        [
            str(recordings / "afdb" / "04043"),
            f"--broker={mosquitto.address.url}",
            f"--faults={faults}",
            f"--alerts-out={alerts}",
            f"--json={report}",
        ]
    )

    lines = [json.loads(line) for line in alerts.read_text().splitlines()]
    lost = [line for line in lines if line["condition"] == "sensor_lost" and line["phase"] == "start"]
    assert code == 0
    assert len(lost) == 1
    assert json.loads(report.read_text())["totals"]["technical_false_alerts"] == 0


def test_simulated_messages_say_what_they_are(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Every batch is of mode test or, if asked for, demo; the truth is there before the first of them."""
    truth = tmp_path / "truth.jsonl"
    client = Client(mosquitto.address, "vitalward/#", "acme/#")
    for mode in ("test", "demo"):
        simulate(
            [
                "two-makers",
                f"--broker={mosquitto.address.url}",
                "--speed=inf",
                f"--mode={mode}",
                f"--out={truth}",
            ]
        )
        client.wait_for(
            lambda message: message.topic == "vitalward/v1/clock" and message.tree["now_s"] % 60 == 0
        )
    assert truth.is_file()
    client.send("vitalward/done", {})
    client.wait_for(lambda message: message.topic == "vitalward/done")
    client.close()

    modes = {
        message.tree.get("mode") or message.tree.get("kind") or message.tree["meta"]["mode"]
        for message in client.messages
        if "/samples/" in message.topic or message.topic.startswith("acme/")
    }
    assert modes == {"test", "demo"}


def test_more_wearers_than_the_story_has_are_further_ones_of_the_same_kind(
    mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """Five wearers of a story of two: names of their own, lives of their own, the same expectations."""
    report = tmp_path / "score.json"

    simulate(
        ["pulse-watch", "--score", "--wearers=5", f"--broker={mosquitto.address.url}", f"--json={report}"]
    )

    wearers = json.loads(report.read_text())["by_wearer"]
    assert list(wearers) == ["sara", "theo", "sara-2", "theo-2", "sara-3"]
    delays = [wearers[name]["outcomes"][0]["delay_s"] for name in ("sara", "sara-2", "sara-3")]
    assert len(set(delays)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no such scenario"),
        (["fever", "fever"], "named twice"),
        (["fever", "--broker", "ftp://x"], "is no broker"),
        (["broker-restart", "--score", "--broker", "embedded"], "disturbs broker or edge"),
    ],
)
def test_what_cannot_be_played_is_told_in_one_line(arguments: list[str], message: str) -> None:
    """Exit code 2, what and where, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "simulate", *arguments], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_a_truth_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As is a mapping that is none."""
    with pytest.raises(DataError, match="nothing"):
        score(["--truth", str(tmp_path / "nothing"), "--alerts", str(tmp_path / "none")])
    with pytest.raises(ConfigError, match="nothing"):
        score(["--truth", "x", "--alerts", "y", "--mapping", str(tmp_path / "nothing")])
