"""What people complain about in the trackers of other projects, each as a story that must go well here.

One edge on a virtual clock behind a real broker; every story has a wearer of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device_sim import brokers
from device_sim.brokers import Address
from edge.commands.explain import main as explain
from edge.contract.errors import RuntimeMissingError
from tests.conftest import absent
from tests.support.peers import Client, EdgeProcess, Message

ROOT = "vitalward/v1"
NOON_S = 1_780_315_200.0
FAST, SEVERE = "tachycardia_at_rest", "blood_pressure_severe"


class World:
    """A broker, an edge on stream time and a subscriber."""

    def __init__(self, folder: Path, address: Address) -> None:
        self.address = address
        self.edge = EdgeProcess(folder, address, clock="stream")
        self.client = Client(
            address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", f"{ROOT}/alarms/#", f"{ROOT}/replies/#"
        )
        self.edge.start()
        self.client.wait_online()
        self._number = 0

    def restart(self) -> None:
        """kill -9 and start again."""
        self.edge.kill()
        self.edge.start()
        self.client.wait_for(
            lambda m: m.topic.endswith("/t/status") and m.tree["state"] == "offline", "offline"
        )
        self.client.messages = [m for m in self.client.messages if not m.topic.endswith("/t/status")]
        self.client.wait_for(lambda m: m.topic.endswith("/t/status") and m.tree["state"] == "online", "edge")

    def number(self) -> int:
        self._number += 1
        return self._number


class Wearer:
    """One wearer of the world; `said` waits until everything decided so far has come."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name

    def send(self, signal: str, at_s: float, device: str = "d", **values: float) -> None:
        columns = {name: [value] for name, value in values.items()}
        batch = {"seq": self.world.number(), "times_s": [at_s], "values": columns}
        self.world.client.send(f"{ROOT}/samples/{self.name}/{device}/{signal}", batch)

    def rest(self, first: int, last: int, hr_bpm: float) -> None:
        """Minutes of rest with that heart rate, which moves a little."""
        for minute in range(first, last):
            at_s = NOON_S + 60.0 * minute
            self.send("activity", at_s, cadence=0.0)
            self.send("hr", at_s, hr=hr_bpm + 0.1 * (minute % 3))

    def tick(self, at_s: float) -> None:
        self.world.client.send(f"{ROOT}/clock", {"now_s": at_s})

    def command(self, command: str, who: str = "nurse", **keys: Any) -> dict[str, Any]:
        request = f"r{self.world.number()}"
        order = {"command": command, "request": request, **keys}
        self.world.client.send(f"{ROOT}/commands/{who}/real/{self.name}", order)
        return self.world.client.wait_for(lambda m: m.tree.get("request") == request, "reply").tree

    def said(self, condition: str) -> list[dict[str, Any]]:
        """All alerts of a condition, once each."""
        self.command("resume_audio")
        topic = f"{ROOT}/alerts/real/{self.name}/{condition}"
        found = [message.tree for message in self.world.client.messages if message.topic == topic]
        return list({(alert["id"], alert["n"]): alert for alert in found}.values())

    def alarm(self, condition: str, subject: str) -> dict[str, Any]:
        """The alarm as it is retained; empty when there is none."""
        self.command("resume_audio")
        topic = f"{ROOT}/alarms/real/{self.name}/{condition}/{subject}"
        found = [message for message in self.world.client.messages if message.topic == topic]
        return found[-1].tree if found else {}

    def acknowledge(self, condition: str, subject: str, who: str = "nurse") -> dict[str, Any]:
        return self.command("acknowledge", who=who, episode=self.alarm(condition, subject)["id"])


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    try:
        with brokers.mosquitto(persistence=True) as broker:
            world = World(tmp_path_factory.mktemp("edge"), broker.address)
            yield world
            world.client.close()
            world.edge.kill()
    except RuntimeMissingError as error:
        absent(request, "--require-broker", str(error))


@pytest.fixture
def wearer(world: World, request: pytest.FixtureRequest) -> Wearer:
    return Wearer(world, request.node.name.removeprefix("test_")[:64])


def test_cgm_remote_monitor_5180_acknowledged_comes_back(wearer: Wearer) -> None:
    """cgm-remote-monitor #5180: an alert acknowledged once does not ask again while the episode lasts."""
    wearer.rest(0, 7, 112.0)
    wearer.acknowledge(FAST, "hr")
    wearer.rest(7, 100, 115.0)

    assert {alert["state"] for alert in wearer.said(FAST) if alert.get("state")} == {"acknowledged"}
    assert [alert["phase"] for alert in wearer.said(FAST)] == ["start", "update", "update", "update"]


def test_cgm_remote_monitor_8231_snooze_undone_by_a_reading(wearer: Wearer) -> None:
    """cgm-remote-monitor #8231: the readings after a snooze do not undo it."""
    wearer.rest(0, 7, 112.0)
    wearer.command("shelve", condition=FAST, for_s=3600.0, reason="fever")
    wearer.rest(7, 60, 118.0)

    assert len(wearer.said(FAST)) == 1
    assert wearer.alarm(FAST, "hr")["withheld"] == "shelved"


def test_cgm_remote_monitor_3487_snooze_minutes_ignored(wearer: Wearer) -> None:
    """cgm-remote-monitor #3487: a snooze is as long as was asked, to the second."""
    wearer.rest(0, 7, 112.0)
    wearer.command("shelve", condition=FAST, for_s=600.0, reason="fever")
    wearer.tick(NOON_S + 360.0 + 599.0)
    assert len(wearer.said(FAST)) == 1
    wearer.tick(NOON_S + 360.0 + 601.0)

    assert [alert["at_s"] - NOON_S for alert in wearer.said(FAST)] == [300.0, 960.0]


def test_nightscout_chrome_13_silent_after_the_snooze(wearer: Wearer) -> None:
    """nightscout-chrome #13: when a snooze ends the alarm is told at once, not at the next reading."""
    wearer.rest(0, 3, 112.0)
    wearer.command("shelve", condition=FAST, for_s=600.0, reason="fever")
    wearer.rest(3, 8, 112.0)
    assert wearer.said(FAST) == []
    wearer.tick(NOON_S + 120.0 + 601.0)

    assert [(alert["phase"], alert["at_s"] - NOON_S) for alert in wearer.said(FAST)] == [("start", 720.0)]


def test_cgm_remote_monitor_1605_one_acknowledges_all(wearer: Wearer) -> None:
    """cgm-remote-monitor #1605: acknowledging one urgent alarm leaves the other unacknowledged."""
    wearer.rest(0, 7, 112.0)
    wearer.send("bp", NOON_S + 400.0, systolic=190.0, diastolic=90.0)
    wearer.acknowledge(FAST, "hr")

    assert wearer.alarm(SEVERE, "bp")["state"] == "unacknowledged"


def test_cgm_remote_monitor_5738_stale_data_alarm(wearer: Wearer) -> None:
    """cgm-remote-monitor #5738, #958: lost data are told, and can be shelved like anything else."""
    wearer.send("hr", NOON_S, hr=70.0)
    wearer.tick(NOON_S + 901.0)
    assert [alert["phase"] for alert in wearer.said("sensor_lost")] == ["start"]
    wearer.command("shelve", condition="sensor_lost", for_s=3600.0, reason="charging")

    assert wearer.alarm("sensor_lost", "hr")["withheld"] == "shelved"


def test_cgm_remote_monitor_5720_stale_data_alarm_not_delivered(wearer: Wearer) -> None:
    """cgm-remote-monitor #5720, #1597: silence is told, stays to be seen over a restart, and rises unseen."""
    wearer.send("hr", NOON_S, hr=70.0)
    wearer.tick(NOON_S + 901.0)
    told = wearer.alarm("sensor_lost", "hr")
    wearer.world.restart()
    late = Client(wearer.world.address, f"{ROOT}/alarms/real/{wearer.name}/#")
    found = late.wait_for(lambda m: "sensor_lost" in m.topic, "retained alarm")
    late.close()
    assert (found.tree, found.tree["state"], found.tree.get("withheld")) == (told, "unacknowledged", None)
    # Nobody has looked for twelve hours.
    wearer.tick(NOON_S + 900.0 + 43_200.0)

    assert [(alert["phase"], alert["priority"]) for alert in wearer.said("sensor_lost")] == [
        ("start", "low"),
        ("update", "medium"),
    ]


def test_cgm_remote_monitor_3487_everything_is_an_emergency(wearer: Wearer) -> None:
    """cgm-remote-monitor #3487: a lost sensor is low, a fast heart medium, a severe pressure twice high."""
    wearer.send("spo2", NOON_S, spo2=97.0)
    wearer.rest(0, 16, 112.0)
    for at_s in (NOON_S + 910.0, NOON_S + 970.0):
        wearer.send("bp", at_s, systolic=190.0, diastolic=90.0)

    subjects = {"sensor_lost": "spo2", FAST: "hr", SEVERE: "bp"}
    found = {code: wearer.alarm(code, subject)["priority"] for code, subject in subjects.items()}
    assert found == {"sensor_lost": "low", FAST: "medium", SEVERE: "high"}


def test_xdrip_179_nothing_is_suppressed_by_itself(wearer: Wearer) -> None:
    """xDrip PR #179: without a shelf all is told; a shelf must name its end, and hides nothing urgent."""
    wearer.send("bp", NOON_S, systolic=190.0, diastolic=90.0)
    assert [alert["phase"] for alert in wearer.said(SEVERE)] == ["start"]
    forever = wearer.command("shelve", condition=SEVERE, for_s=1e9, reason="noise")
    assert (forever["is_accepted"], "<= 86400" in forever["what"]) == (False, True)
    assert wearer.command("shelve", condition=SEVERE, for_s=3600.0, reason="noise")["is_accepted"]
    wearer.send("bp", NOON_S + 60.0, systolic=195.0, diastolic=90.0)

    assert [(alert["phase"], alert["priority"]) for alert in wearer.said(SEVERE)] == [
        ("start", "medium"),
        ("update", "high"),
    ]


def test_androidaps_2680_no_cause_and_no_way_to_silence(wearer: Wearer, tmp_path: Path) -> None:
    """AndroidAPS #2680: an alarm at night shows its cause, which the journal of the running edge confirms."""
    wearer.rest(0, 7, 112.0)
    (alert,) = wearer.said(FAST)
    assert alert["evidence"]["values"] == {"hr_bpm": 112}
    assert "100/min" in alert["text"]
    assert alert["why"]["counterfactual"]["text"] == (
        "Would not have been raised now with heart rate at most 100/min."
    )
    (tmp_path / "alert.json").write_bytes(msgspec.json.encode(alert))
    edge = wearer.world.edge
    options = ["--journal", str(edge.folder / "state"), "--config", str(edge.config)]
    assert explain([str(tmp_path / "alert.json"), *options]) == 0
    wearer.command("pause_audio", for_s=120.0, reason="awake now")
    topic = f"{ROOT}/alarms/real/{wearer.name}/{FAST}/hr"
    found = [m for m in wearer.world.client.messages if m.topic == topic][-1]

    assert found.tree["audio_paused_until_s"] == NOON_S + 360.0 + 120.0


def test_phoebus_1928_disconnected_hides_the_real_one(wearer: Wearer) -> None:
    """phoebus #1928: acknowledging "not worn" does not acknowledge the alarm that it hides."""
    wearer.rest(0, 7, 112.0)
    wearer.send("contact", NOON_S + 370.0, contact=0.0)
    wearer.tick(NOON_S + 402.0)
    hidden = wearer.alarm(FAST, "hr")
    assert (hidden["withheld"], hidden["withheld_by"]) == ("inhibited", "off_body")
    wearer.acknowledge("off_body", "contact@d")

    assert wearer.alarm(FAST, "hr")["state"] == "unacknowledged"


def test_signalk_2856_restart_rings_everything_again(wearer: Wearer) -> None:
    """SignalK #2856: after kill -9 an acknowledged alarm is acknowledged, and no start is told again."""
    wearer.send("bp", NOON_S, systolic=190.0, diastolic=90.0)
    wearer.acknowledge(SEVERE, "bp")
    told = wearer.said(SEVERE)
    wearer.world.restart()

    assert wearer.said(SEVERE) == told
    again = wearer.acknowledge(SEVERE, "bp")
    assert (again["state"], again["what"]) == ("acknowledged", "nurse had acknowledged it")


def test_signalk_1857_each_consumer_must_acknowledge(wearer: Wearer) -> None:
    """SignalK #1857: what one consumer acknowledges is acknowledged for the next, who is told by whom."""
    wearer.send("bp", NOON_S, systolic=190.0, diastolic=90.0)
    wearer.acknowledge(SEVERE, "bp", who="bridge")
    assert wearer.alarm(SEVERE, "bp")["acknowledged_by"] == "bridge"

    assert wearer.acknowledge(SEVERE, "bp", who="cabin")["what"] == "bridge had acknowledged it"


def test_signalk_378_no_tombstone(wearer: Wearer) -> None:
    """SignalK #378, #2856: an alarm that is over leaves an empty topic, for late subscribers too."""
    wearer.send("bp", NOON_S, systolic=190.0, diastolic=90.0)
    wearer.acknowledge(SEVERE, "bp")
    wearer.send("bp", NOON_S + 60.0, systolic=120.0, diastolic=75.0)
    assert wearer.alarm(SEVERE, "bp") == {}
    late = Client(wearer.world.address, f"{ROOT}/alarms/real/{wearer.name}/#", f"{ROOT}/edge/#")
    late.wait_for(lambda m: m.topic.endswith("/t/status"), "status")
    late.close()

    assert [m.topic for m in late.messages if SEVERE in m.topic] == []


def test_skip_275_reconnect_clears_and_raises_again(wearer: Wearer) -> None:
    """skip #275: who reconnects finds the alarm exactly as it was, and no alert comes for it."""
    wearer.rest(0, 7, 112.0)
    before, told = wearer.alarm(FAST, "hr"), len(wearer.said(FAST))
    seen: list[Message] = []
    for _ in range(3):
        screen = Client(wearer.world.address, f"{ROOT}/alarms/real/{wearer.name}/#")
        seen.append(screen.wait_for(lambda m: FAST in m.topic, "retained alarm"))
        screen.close()

    assert [(message.tree, message.retained) for message in seen] == [(before, True)] * 3
    assert len(wearer.said(FAST)) == told


def test_frigate_hass_integration_637_fires_before_it_is_confirmed(wearer: Wearer) -> None:
    """frigate-hass-integration #637: four minutes above the limit tell nothing; nothing is taken back."""
    wearer.rest(0, 5, 112.0)
    wearer.rest(5, 12, 80.0)

    assert wearer.said(FAST) == []


def test_frigate_236_stuck_on_after_a_crash(wearer: Wearer) -> None:
    """Frigate #236: an alert that was on when the edge was killed is ended by the edge that comes after."""
    wearer.send("bp", NOON_S, systolic=190.0, diastolic=90.0)
    assert len(wearer.said(SEVERE)) == 1
    wearer.world.restart()
    wearer.send("bp", NOON_S + 60.0, systolic=120.0, diastolic=75.0)

    assert [(alert["phase"], alert["n"]) for alert in wearer.said(SEVERE)] == [("start", 1), ("end", 2)]


def test_frigate_7281_repeated_events(wearer: Wearer) -> None:
    """Frigate #7281, #4048: a rate that wavers about the limit is one episode, not one for each crossing."""
    wearer.rest(0, 7, 104.0)
    for minute in range(7, 67, 2):
        wearer.rest(minute, minute + 1, 98.0)
        wearer.rest(minute + 1, minute + 2, 102.0)

    assert {alert["id"] for alert in wearer.said(FAST)} == {wearer.said(FAST)[0]["id"]}
    assert [alert["phase"] for alert in wearer.said(FAST)] == ["start", "update", "update"]


def test_una_sdk_282_heart_rate_held_off_the_wrist(wearer: Wearer) -> None:
    """una-sdk #282: one value with fresh times is a stuck sensor after 20 minutes, not a calm heart."""
    for minute in range(22):
        wearer.send("hr", NOON_S + 60.0 * minute, hr=63.0)

    assert [alert["phase"] for alert in wearer.said("sensor_frozen")] == ["start"]


def test_openmqttgateway_2121_days_old_value_shown(wearer: Wearer) -> None:
    """OpenMQTTGateway #2121: a late subscriber is handed no vital sign, only that the data stopped."""
    wearer.send("hr", NOON_S, hr=70.0)
    wearer.tick(NOON_S + 3 * 86_400.0)
    wearer.command("resume_audio")
    late = Client(wearer.world.address, f"{ROOT}/+/real/{wearer.name}/#", f"{ROOT}/edge/#")
    late.wait_for(lambda m: m.topic.endswith("/t/status"), "status")
    late.close()
    retained = {m.topic.split("/")[5] for m in late.messages if m.retained and wearer.name in m.topic}

    assert retained == {"sensor_lost"}


def test_ekuiper_2083_resent_data_mixed_with_live(wearer: Wearer) -> None:
    """eKuiper #2083: readings sent again after an outage are history; they raise nothing hours later."""
    wearer.tick(NOON_S)
    wearer.send("bp", NOON_S, systolic=120.0, diastolic=75.0)
    wearer.send("bp", NOON_S - 7200.0, systolic=200.0, diastolic=120.0)

    assert wearer.said(SEVERE) == []
