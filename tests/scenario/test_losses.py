"""What people lost in other projects when a link, a process or a broker failed, each as a story told here.

Every second reading of a cuff is severe, so that each begins or ends an episode: none can be missing unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from device_sim.brokers import LocalBroker
from edge.storage.database import FILE_NAME, open_for_reading
from tests.support.patience import PATIENCE_S, await_it
from tests.support.peers import Client, EdgeProcess, Message
from tests.support.wire import Wire

ROOT = "vitalward/v1"
SEVERE = f"{ROOT}/alerts/real/maria/blood_pressure_severe"
SEVERE_ALARM = f"{ROOT}/alarms/real/maria/blood_pressure_severe/bp"
NOON_S = 1_780_315_200.0
# Attempts of an edge that tries every 30 s, as by default, in the 13 hours of ThingsBoard #2132.
ATTEMPTS_IN_13_H = 1560
# Every statement of a turn that changes anything, and how often a process lives through it before it dies.
STEPS = [
    (words, nth)
    for words, most in (("BEGIN IMMEDIATE", 4), ("INSERT INTO", 4), ("UPDATE cursor", 2), ("COMMIT", 4))
    for nth in range(1, most + 1)
] + [("DELETE FROM outbox", 1)]


class Home:
    """An edge behind a wire, a cuff and a subscriber with a line of their own to the broker."""

    def __init__(self, folder: Path, broker: LocalBroker, wire: Wire) -> None:
        self.wire = wire
        self.edge = EdgeProcess(folder, wire.address, clock="stream")
        self.client = Client(
            broker.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", f"{ROOT}/alarms/#", name="nurse"
        )
        self.sent = 0

    def measure(self, times: int) -> None:
        """So many readings, a minute apart."""
        for number in range(self.sent, self.sent + times):
            columns = {"systolic": [190.0 - 70.0 * (number % 2)], "diastolic": [80.0]}
            batch = {"seq": number, "times_s": [NOON_S + 60.0 * number], "values": columns}
            self.client.send(f"{ROOT}/samples/maria/cuff/bp", batch)
        self.sent += times

    def await_last(self) -> None:
        """Wait for the alert of the last reading: what waits goes out in its order."""
        last_s = NOON_S + 60.0 * (self.sent - 1)
        self.client.wait_for(lambda m: m.topic == SEVERE and m.tree["at_s"] == last_s, "the last alert")

    def await_decided(self) -> None:
        """Wait until the alert of the last reading is on the disk, sent or not."""
        await_it(lambda: self.decided() == self.sent or None, "decision")

    def decided(self) -> int:
        """How many of the readings have been decided on."""
        with closing(open_for_reading(self.edge.folder / "state")) as database:
            query = "SELECT count(*) FROM audit WHERE condition = 'blood_pressure_severe'"
            return int(database.execute(f"{query} AND what IN ('raise', 'retrigger', 'clear')").fetchone()[0])

    def waiting(self) -> int:
        """How many messages the outbox holds."""
        with closing(open_for_reading(self.edge.folder / "state")) as database:
            return int(database.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def assert_nothing_is_lost(self) -> None:
        """Each reading has led to one alert, in order, under the id of its episode, and none is owed."""
        alerts = [message.tree for message in self.client.messages if message.topic == SEVERE]
        once = list({(alert["id"], alert["n"]): alert for alert in alerts}.values())
        assert [(alert["at_s"] - NOON_S, alert["phase"]) for alert in once] == [
            (60.0 * number, "end" if number % 2 else "start") for number in range(self.sent)
        ]
        assert len({alert["id"] for alert in once}) == (self.sent + 1) // 2
        await_it(lambda: self.waiting() == 0 or None, "empty outbox")


@pytest.fixture
def home(mosquitto: LocalBroker, tmp_path: Path) -> Iterator[Home]:
    with Wire(mosquitto.address) as wire:
        home = Home(tmp_path, mosquitto, wire)
        yield home
        home.client.close()
        home.edge.kill()


def started(home: Home) -> None:
    home.edge.start()
    home.client.wait_online()


def test_thingsboard_gateway_2157_sent_into_a_dead_link(home: Home) -> None:
    """thingsboard-gateway #2157, greengrass-lite #1175: what was sent while nobody heard it is sent again."""
    started(home)
    home.wire.is_mute = True
    home.measure(10)
    home.await_decided()
    assert home.waiting() > 10
    home.wire.cut()
    home.wire.is_mute = False

    home.await_last()
    home.assert_nothing_is_lost()


def test_thingsboard_gateway_2124_store_made_anew_at_each_reconnect(home: Home) -> None:
    """thingsboard-gateway #2124: five links lost with messages in the outbox, and it is the same file."""
    started(home)
    file = home.edge.folder / "state" / FILE_NAME
    before = file.stat().st_ino
    for _ in range(5):
        home.wire.is_mute = True
        home.measure(4)
        home.await_decided()
        home.wire.cut()
        home.wire.is_mute = False
        home.await_last()

    home.assert_nothing_is_lost()
    assert file.stat().st_ino == before
    assert [path.name for path in file.parent.glob("*unreadable*")] == []


def test_thingsboard_gateway_2132_thirteen_hours_without_a_broker(home: Home) -> None:
    """thingsboard-gateway #2132: after the attempts of 13 hours the edge connects, and its log is short."""
    settings = home.edge.config.read_text()
    home.edge.config.write_text(settings.replace("backoff_cap_s = 0.5", "backoff_cap_s = 0.001"))
    started(home)
    home.wire.is_away = True
    home.wire.cut()
    home.measure(8)
    await_it(lambda: home.wire.refused >= ATTEMPTS_IN_13_H or None, "attempts")
    home.wire.is_away = False

    home.await_last()
    home.assert_nothing_is_lost()
    assert len(home.edge.log.splitlines()) < 5


def test_iotedge_706_lost_on_reboot(home: Home) -> None:
    """iotedge #706, PR #4359: killed with messages on their way to nobody, it sends them after its start."""
    started(home)
    home.wire.is_mute = True
    for times in (5, 4):
        # With the second turn whatever the first took for sent would be gone.
        home.measure(times)
        home.await_decided()
    home.edge.kill()
    home.wire.cut()
    home.wire.is_mute = False
    home.edge.start()

    home.await_last()
    home.assert_nothing_is_lost()


def test_ekuiper_3270_sink_away_at_boot(home: Home) -> None:
    """eKuiper #3270, #3052, #1289: started with a full outbox and no broker, it waits and then sends it."""
    started(home)
    home.wire.is_mute = True
    home.measure(7)
    home.await_decided()
    home.edge.kill()
    home.wire.is_away = True
    home.wire.cut()
    process = home.edge.start()
    refused = home.wire.refused
    await_it(lambda: home.wire.refused > refused + 1 or None, "attempts")
    assert process.poll() is None
    home.wire.is_away = home.wire.is_mute = False

    home.await_last()
    home.assert_nothing_is_lost()


def test_paho_mqtt_python_24_stuck_after_a_reconnect(home: Home) -> None:
    """paho.mqtt.python #24, #382, amqtt #401: a full window under way at the cut: all arrive, in order."""
    started(home)
    home.wire.is_mute = True
    # The broker hands over 20 that are not acknowledged; the rest come once the link is back.
    home.measure(60)
    await_it(lambda: home.decided() == 20 or None, "twenty decisions")
    home.wire.cut()
    home.wire.is_mute = False

    home.await_last()
    home.assert_nothing_is_lost()


def test_skip_273_reconnect_of_the_edge_clears_nothing(home: Home) -> None:
    """skip PR #273: who stays connected sees the alarm as it was, never gone, when the edge reconnects."""
    started(home)
    home.measure(1)
    alarm = home.client.wait_for(lambda m: m.topic == SEVERE_ALARM).tree
    home.await_last()
    seen: list[Message] = []
    for _ in range(3):
        home.client.messages.clear()
        home.wire.cut()
        home.client.wait_for(lambda m: m.topic == SEVERE_ALARM, "alarm")
        home.client.wait_for(lambda m: m.topic.endswith("/status") and m.tree["state"] == "online", "edge")
        seen += home.client.messages

    assert [m.tree for m in seen if m.topic == SEVERE_ALARM] == [alarm] * 3
    assert [m for m in seen if m.topic == SEVERE] == []


def test_aws_greengrass_nucleus_825_killed_at_every_step(home: Home) -> None:
    """aws-greengrass-nucleus #825, iotedge #2959: killed before each statement of a turn, nothing is lost."""
    started(home)
    home.edge.terminate()
    home.client.wait_for(lambda m: m.tree.get("reason") == "stopped", "goodbye")
    for words, nth in STEPS:
        process = home.edge.start(("tests.support.mortal_store", words, str(nth)))
        home.measure(4)
        assert process.wait(PATIENCE_S) == -9, f"it lives on after {words} {nth}"
    home.edge.start()

    home.await_last()
    home.assert_nothing_is_lost()
