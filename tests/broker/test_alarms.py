"""Alarms through a real broker and a real process: commands and replies, kill -9, self-test, heartbeat."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker
from edge.storage.database import FILE_NAME
from tests.support.peers import Client, EdgeProcess, Message

ROOT = "vitalward/v1"
ALARM = f"{ROOT}/alarms/real/w1/blood_pressure_severe/bp"
COMMANDS = f"{ROOT}/commands/nurse/real/w1"
REPLIES = f"{ROOT}/replies/nurse"


def pressure(seq: int, at_s: float, systolic: float) -> dict[str, Any]:
    return {"seq": seq, "times_s": [at_s], "values": {"systolic": [systolic], "diastolic": [80.0]}}


@pytest.fixture
def edge(mosquitto: LocalBroker, tmp_path: Path) -> Iterator[EdgeProcess]:
    process = EdgeProcess(tmp_path, mosquitto.address)
    yield process
    process.kill()


@pytest.fixture
def client(mosquitto: LocalBroker) -> Iterator[Client]:
    subscriber = Client(
        mosquitto.address,
        f"{ROOT}/edge/#",
        f"{ROOT}/alerts/real/#",
        f"{ROOT}/alarms/#",
        f"{ROOT}/replies/#",
    )
    yield subscriber
    subscriber.close()


def audit(edge: EdgeProcess) -> list[tuple[str, str]]:
    """What the log of a stopped edge holds of severe pressure: verb and author."""
    database = sqlite3.connect(edge.folder / "state" / FILE_NAME)
    query = "SELECT what, who FROM audit WHERE condition = 'blood_pressure_severe' ORDER BY id"
    rows = database.execute(query).fetchall()
    database.close()
    return rows


def alarm_in(state: str) -> Any:
    return lambda message: message.topic == ALARM and message.tree.get("state") == state


def raise_alarm(client: Client) -> dict[str, Any]:
    """A severe reading, and the alarm as it is retained then."""
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(0, time.time(), 190))
    return client.wait_for(alarm_in("unacknowledged"), "alarm").tree


def test_an_acknowledgement_survives_kill_and_restart(edge: EdgeProcess, client: Client) -> None:
    """kill -9 right after the reply: after the restart the alarm is acknowledged still, and nothing rings."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    client.send(COMMANDS, {"command": "acknowledge", "request": "r1", "episode": alarm["id"]})
    reply = client.wait_for(lambda m: m.topic == REPLIES, "reply").tree
    edge.kill()
    assert (reply["is_accepted"], reply["state"], reply["request"]) == (True, "acknowledged", "r1")

    edge.start()
    client.wait_online()
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(1, time.time(), 191))
    risen = client.wait_for(alarm_in("unacknowledged"), "the alarm, confirmed by a second reading").tree
    assert (risen["id"], risen["priority"]) == (alarm["id"], "high")
    client.send(COMMANDS, {"command": "acknowledge", "request": "r2", "episode": alarm["id"]})
    client.wait_for(alarm_in("acknowledged"), "acknowledged again")
    edge.kill()
    edge.start()
    client.wait_online()
    client.send(COMMANDS, {"command": "acknowledge", "request": "r3", "episode": alarm["id"]})
    again = client.wait_for(lambda m: m.topic == REPLIES and m.tree["request"] == "r3", "reply").tree

    assert again["what"] == "nurse had acknowledged it"
    assert edge.terminate() == 0
    assert audit(edge) == [
        ("raise", "edge"),
        ("acknowledge", "nurse"),
        ("escalate", "edge"),
        ("acknowledge", "nurse"),
        ("acknowledge", "nurse"),
    ]


def test_a_subscriber_that_comes_late_finds_the_alarm_until_it_is_over(
    edge: EdgeProcess, client: Client, mosquitto: LocalBroker
) -> None:
    """The alarm is retained while it is not over, and its topic is empty afterwards: no tombstone is left."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    late = Client(mosquitto.address, f"{ROOT}/alarms/#")
    found = late.wait_for(lambda m: m.topic == ALARM, "retained alarm")
    late.close()
    assert found.retained
    assert found.tree == alarm

    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(1, time.time(), 120))
    client.wait_for(alarm_in("returned"), "returned")
    client.send(COMMANDS, {"command": "acknowledge", "request": "r1", "episode": alarm["id"]})
    client.wait_for(lambda m: m.topic == ALARM and not m.payload, "removal")
    later = Client(mosquitto.address, f"{ROOT}/alarms/#", f"{ROOT}/edge/#")
    later.wait_online()
    assert [message for message in later.messages if message.topic == ALARM] == []
    later.close()


def test_an_alarm_that_is_over_and_that_the_broker_brings_back_is_removed_again(
    edge: EdgeProcess, client: Client
) -> None:
    """A broker that restored an older state shows it, until the edge's next connection empties its topic."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(1, time.time(), 120))
    client.wait_for(alarm_in("returned"), "returned")
    client.send(COMMANDS, {"command": "acknowledge", "request": "r1", "episode": alarm["id"]})
    client.wait_for(lambda m: m.topic == ALARM and not m.payload, "removal")
    edge.kill()
    client.messages.clear()
    client.send(ALARM, json.dumps(alarm).encode(), retain=True)
    client.wait_for(lambda m: m.topic == ALARM and bool(m.payload), "alarm brought back")
    edge.start()

    client.wait_for(lambda m: m.topic == ALARM and not m.payload, "removal again")


def test_an_alarm_that_the_broker_has_lost_is_retained_again(edge: EdgeProcess, client: Client) -> None:
    """Somebody empties the topic of an open alarm: with the next connection of the edge it is there again."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    client.send(ALARM, b"", retain=True)
    client.wait_for(lambda m: m.topic == ALARM and not m.payload, "emptied topic")
    edge.kill()
    client.messages.clear()
    edge.start()

    assert client.wait_for(lambda m: m.topic == ALARM, "the alarm again").tree == alarm


def test_a_reply_goes_where_the_command_asks_if_that_is_the_sender_s_own_place(
    edge: EdgeProcess, client: Client
) -> None:
    """Response topic and correlation data of MQTT 5; a response topic that is another's is not used."""
    edge.start()
    client.wait_online()
    raise_alarm(client)
    order = {"command": "resume_audio", "request": "r1"}
    client.send(COMMANDS, order, ResponseTopic=f"{REPLIES}/tablet", CorrelationData=b"\x00\x01")
    reply = client.wait_for(lambda m: "/replies/" in m.topic, "reply")
    assert (reply.topic, reply.correlation) == (f"{REPLIES}/tablet", b"\x00\x01")

    stolen = f"{ROOT}/alerts/real/w1/irregular_rhythm"
    client.send(COMMANDS, order | {"request": "r2"}, ResponseTopic=stolen)
    assert client.wait_for(lambda m: m.tree.get("request") == "r2", "reply").topic == REPLIES


def test_every_command_is_answered_even_one_that_makes_no_sense(edge: EdgeProcess, client: Client) -> None:
    """Not JSON, unknown, out of range, retained, about nobody: each reply says what would be accepted."""
    edge.start()
    client.wait_online()
    raise_alarm(client)
    bad: list[tuple[str, bytes | dict[str, Any], bool]] = [
        (COMMANDS, b"acknowledge!", False),
        (COMMANDS, {"command": "explode", "request": "b1"}, False),
        (COMMANDS, {"command": "pause_audio", "request": "b2", "for_s": 1e9, "reason": "x"}, False),
        (COMMANDS, {"command": "acknowledge", "request": "b3", "episode": "x"}, False),
        (COMMANDS, {"command": "resume_audio", "request": "b4"}, True),
        (f"{ROOT}/commands/nurse/real/nobody", {"command": "resume_audio", "request": "b5"}, False),
    ]
    for topic, payload, retain in bad:
        client.send(topic, payload, retain=retain)
    # Only what is delivered as retained is refused for it: the first delivery of b4 is a plain one.
    client.wait_for(lambda m: m.tree.get("request") == "b5", "last reply")
    replies = [message.tree for message in client.messages if message.topic == REPLIES]

    assert [reply.get("request") for reply in replies] == [None, "b1", "b2", "b3", "b4", "b5"]
    assert [reply["is_accepted"] for reply in replies] == [False] * 4 + [True, False]
    assert all(reply["allowed"] for reply in replies if not reply["is_accepted"])
    assert "command (acknowledge, pause_audio, resume_audio, shelve, " in replies[1]["allowed"]

    edge.kill()
    edge.start()
    client.wait_for(lambda m: m.topic == REPLIES and not m.tree["is_accepted"] and _is_retained(m), "refusal")


def _is_retained(message: Message) -> bool:
    return "retain" in str(message.tree["what"])


def test_the_edge_tests_itself_and_says_whether_it_passed(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """A crossing made up in mode test comes back as an alert; status says so, and nothing of it remains."""
    edge = EdgeProcess(tmp_path, mosquitto.address, alarms={"self_test_hours": 1e-5})
    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", f"{ROOT}/alarms/#")
    edge.start()
    status = client.wait_for(lambda m: m.tree.get("self_test", {}).get("n", 0) >= 2, "second self-test").tree
    edge.kill()
    client.close()

    assert status["self_test"]["has_passed"]
    alerts = [message for message in client.messages if "/alerts/" in message.topic]
    assert {message.topic for message in alerts} == {f"{ROOT}/alerts/test/self-test/self_test"}
    assert [message.tree["phase"] for message in alerts[:2]] == ["start", "end"]


def test_the_self_test_passes_after_a_restart_as_well(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """The first test of a new process is no repetition of the first one of the process before."""
    edge = EdgeProcess(tmp_path, mosquitto.address, alarms={"self_test_hours": 1e-5})
    client = Client(mosquitto.address, f"{ROOT}/edge/#")
    edge.start()
    client.wait_for(lambda m: m.tree.get("self_test") is not None, "self-test")
    edge.terminate()
    client.wait_for(lambda m: m.tree.get("state") == "offline", "goodbye")
    client.messages.clear()
    edge.start()
    status = client.wait_for(lambda m: m.tree.get("self_test") is not None, "self-test after it").tree
    edge.kill()
    client.close()

    assert status["self_test"]["has_passed"]


def test_a_heart_beats_while_the_loop_runs(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Numbered beats that say until when to wait for the next, and when something was last decided."""
    edge = EdgeProcess(tmp_path, mosquitto.address, alarms={"heartbeat_s": 0.05})
    client = Client(mosquitto.address, f"{ROOT}/edge/#")
    edge.start()
    client.wait_online()
    before_s = time.time()
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(0, before_s, 120))
    last = client.wait_for(
        lambda m: m.topic.endswith("heartbeat") and (m.tree["decided_s"] or 0.0) >= before_s, "heartbeat"
    )
    beats = [message.tree for message in client.messages if message.topic.endswith("/heartbeat")]
    edge.kill()
    client.close()

    assert not last.retained
    assert [beat["n"] for beat in beats] == list(range(beats[0]["n"], beats[0]["n"] + len(beats)))
    assert {beat["next_within_s"] for beat in beats} == {0.125}


def test_state_of_another_version_is_made_anew_from_the_journal(edge: EdgeProcess, client: Client) -> None:
    """The edge says so, knows the alarm that was open, announces nothing twice, and goes on."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    edge.terminate()
    database = sqlite3.connect(edge.folder / "state" / FILE_NAME)
    database.execute("UPDATE cursor SET state_format = 1")
    database.execute("UPDATE snapshot SET state = x'80'")
    database.commit()
    database.close()
    told = len(client.alerts())
    edge.start()
    client.wait_online()
    client.send(COMMANDS, {"command": "acknowledge", "request": "r1", "episode": alarm["id"]})
    reply = client.wait_for(lambda m: m.topic == REPLIES, "reply").tree

    assert (reply["is_accepted"], reply["state"]) == (True, "acknowledged")
    assert "made anew from the journal" in edge.log
    assert len(client.alerts()) <= told
    assert json.loads(json.dumps(reply))["who"] == "nurse"


def test_an_update_keeps_what_the_journal_has_forgotten(
    edge: EdgeProcess, client: Client, mosquitto: LocalBroker
) -> None:
    """Limit and alarm are of before the journal begins, as a checkpoint has them: both are in force."""
    edge.start()
    client.wait_online()
    alarm = raise_alarm(client)
    order = {"command": "set_limit", "request": "r1", "condition": "tachycardia_at_rest", "limit": 125.0}
    client.send(COMMANDS, order | {"reason": "pregnant"})
    was_set = client.wait_for(lambda m: m.topic == REPLIES, "reply").tree
    edge.terminate()
    forget_journal(edge, with_checkpoint=True)
    watcher = Client(mosquitto.address, f"{ROOT}/wearers/#")
    edge.start()
    client.wait_online()
    client.send(COMMANDS, {"command": "acknowledge", "request": "r2", "episode": alarm["id"]})
    reply = client.wait_for(lambda m: m.topic == REPLIES and m.tree["request"] == "r2", "reply").tree
    status = watcher.wait_for(lambda m: m.topic.endswith("/wearers/real/w1/status"), "status").tree
    watcher.close()

    assert was_set["is_accepted"], was_set
    assert (reply["is_accepted"], reply["state"]) == (True, "acknowledged")
    assert status["limits"] == {"tachycardia_at_rest": 125.0}


def test_an_alarm_that_an_update_cannot_know_is_taken_down(
    edge: EdgeProcess, client: Client, mosquitto: LocalBroker
) -> None:
    """Neither journal nor checkpoint tells of it: it does not stay with the broker for ever."""
    edge.start()
    client.wait_online()
    raise_alarm(client)
    edge.terminate()
    forget_journal(edge, with_checkpoint=False)
    edge.start()
    client.wait_for(lambda m: m.topic == ALARM and not m.payload, "removal")
    assert edge.terminate() == 0

    assert audit(edge) == [("raise", "edge"), ("take_down", "edge")]


def forget_journal(edge: EdgeProcess, *, with_checkpoint: bool) -> None:
    """As a stopped edge of another version leaves its file when all messages were forgotten long ago."""
    database = sqlite3.connect(edge.folder / "state" / FILE_NAME)
    database.execute("UPDATE cursor SET state_format = 1")
    if with_checkpoint:
        database.execute(
            "INSERT INTO checkpoint "
            "SELECT cursor.journal_id, 1.0, 1, wearer, mode, state FROM snapshot, cursor"
        )
    database.execute("DELETE FROM journal")
    database.commit()
    database.close()
