"""The edge as a process against a real broker: bad input, cuts, kills, encodings, memory."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from device_sim.brokers import LocalBroker
from edge.bundles import SHIPPED
from edge.contract.bundle import encode_bundle, read_bundle
from edge.contract.keys import public_pem
from edge.contract.signature import public_key_of
from edge.storage.database import FILE_NAME
from tests.support.patience import PATIENCE_S, await_it
from tests.support.peers import Client, EdgeProcess, Message

ROOT = "vitalward/v1"
MIB = 1024 * 1024


def pressure(seq: int, at_s: float, systolic: float, diastolic: float = 80.0) -> dict[str, Any]:
    return {"seq": seq, "times_s": [at_s], "values": {"systolic": [systolic], "diastolic": [diastolic]}}


def severe(alert: dict[str, Any]) -> bool:
    return bool(alert["condition"] == "blood_pressure_severe")


def is_severe(message: Message, wearer: str) -> bool:
    return f"/real/{wearer}/blood_pressure_severe" in message.topic


def is_severe_at(message: Message, wearer: str, at_s: float) -> bool:
    return is_severe(message, wearer) and bool(message.tree["at_s"] == at_s)


@pytest.fixture
def edge(mosquitto: LocalBroker, tmp_path: Path) -> Iterator[EdgeProcess]:
    process = EdgeProcess(tmp_path, mosquitto.address)
    yield process
    process.kill()


@pytest.fixture
def client(mosquitto: LocalBroker) -> Iterator[Client]:
    subscriber = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", f"{ROOT}/quarantine")
    yield subscriber
    subscriber.close()


def test_what_the_edge_keeps_is_open_to_its_own_user_alone(edge: EdgeProcess, client: Client) -> None:
    """Started with an umask that lets all read, it makes files and folders that only their owner can use."""
    before = os.umask(0o022)
    try:
        edge.start()
    finally:
        os.umask(before)
    client.wait_online()

    state = edge.folder / "state"
    made = [state, *state.rglob("*")]
    assert {state / FILE_NAME, state / "bundles"} <= set(made)
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_bad_input_is_set_aside_and_the_next_good_sample_handled(edge: EdgeProcess, client: Client) -> None:
    """Every kind of bad message is counted and noticed with its reason; the edge lives and decides on."""
    edge.start()
    client.wait_online()
    now_s = time.time()
    topic = f"{ROOT}/samples/w1/cuff/bp"
    bad: list[tuple[str, bytes | dict[str, Any], str]] = [
        (topic, b'{"seq":0,"times_s":[1.8e9],"val', "payload"),
        (topic, b'{"seq":"x","times_s":[1.8e9],"values":{}}', "payload"),
        (topic, b'{"seq":0,"times_s":[1.8e9],"values":{"systolic":[NaN],"diastolic":[80]}}', "payload"),
        (topic, b"x" * 1_000_000, "payload"),
        (topic, b"", "payload"),
        (topic, b"\xff\xfe\x00", "payload"),
        (f"{ROOT}/samples/w1/cuff/glucose", pressure(0, now_s, 120), "topic"),
        (f"{ROOT}/samples/w1", pressure(0, now_s, 120), "topic"),
        (topic, pressure(0, 12.0, 190), "times_s"),
        (topic, pressure(0, 4_110_000_000.0, 190), "times_s"),
        (topic, pressure(0, now_s + 3600, 190), "times_s"),
        (topic, pressure(0, now_s, 31337.0), "values"),
        (topic, pressure(1, now_s - 7200, 190), "times_s"),
    ]
    for where, payload, _ in bad:
        client.send(where, payload)
    client.send(topic, pressure(2, now_s, 190))
    client.send(topic, pressure(2, now_s, 190))

    client.wait_for(lambda m: m.tree.get("reason") == "duplicate", "last notice")
    notices = [message.tree for message in client.messages if message.topic.endswith("quarantine")]

    assert [notice["where"] for notice in notices] == [*(where for _, _, where in bad), "seq"]
    assert all(notice["what"] and notice["allowed"] for notice in notices)
    assert [alert["phase"] for alert in client.alerts() if severe(alert)] == ["start"]
    counters = client.wait_counter("received", len(bad) + 2)
    assert counters["refused"] == 11
    assert counters["samples_out_of_range"] == 1
    assert counters["samples_late"] == 1


def test_json_and_msgpack_are_read_by_topic_and_by_content_type(edge: EdgeProcess, client: Client) -> None:
    """The same reading raises the same condition however it is written."""
    edge.start()
    client.wait_online()
    topic, now_s = f"{ROOT}/samples/{{}}/cuff/bp", time.time()
    packed = msgspec.msgpack.encode(pressure(0, now_s, 190))

    client.send(topic.format("plain"), pressure(0, now_s, 190))
    client.send(topic.format("by-topic") + "/msgpack", packed)
    client.send(topic.format("by-type"), packed, ContentType="application/msgpack")

    for wearer in ("plain", "by-topic", "by-type"):
        client.wait_for(partial(is_severe, wearer=wearer), wearer)


def test_every_alert_comes_once_and_in_order_though_the_broker_goes_away(
    edge: EdgeProcess, mosquitto: LocalBroker
) -> None:
    """A broker stopped in mid-run and started again: nothing lost, doubled by id, or out of order."""
    subscriber = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", name="nurse")
    device = Client(mosquitto.address)
    edge.start()
    subscriber.wait_online()
    start_s = time.time() - 20.0
    wearers = [f"w{number}" for number in range(5)]
    for seq in range(20):
        if seq == 10:
            mosquitto.stop()
        for wearer in wearers:
            # Severe and normal readings in turn: each one starts or ends an episode.
            reading = pressure(seq, start_s + seq, 190 if seq % 2 == 0 else 120)
            device.send(f"{ROOT}/samples/{wearer}/cuff/bp", reading)
    mosquitto.start()
    for wearer in wearers:
        subscriber.wait_for(partial(is_severe_at, wearer=wearer, at_s=start_s + 19), f"the end for {wearer}")

    for wearer in wearers:
        said = [alert for alert in subscriber.alerts() if severe(alert) and alert["wearer"] == wearer]
        once = list({(alert["id"], alert["n"]): alert for alert in said}.values())
        assert [(alert["at_s"] - start_s, alert["phase"]) for alert in once] == [
            (pytest.approx(seq), "start" if seq % 2 == 0 else "end") for seq in range(20)
        ]
    device.close()
    subscriber.close()


def test_killed_at_any_time_it_loses_nothing_and_raises_nothing_twice(
    edge: EdgeProcess, client: Client, mosquitto: LocalBroker
) -> None:
    """kill -9 again and again while readings flow: every episode is told, each under one id."""
    edge.start()
    client.wait_online()
    device = Client(mosquitto.address)
    start_s = time.time() - 60.0
    for seq in range(60):
        device.send(f"{ROOT}/samples/w1/cuff/bp", pressure(seq, start_s + seq, 190 if seq % 2 == 0 else 120))
        if seq % 12 == 11:
            edge.kill()
            edge.start()
    client.wait_for(partial(is_severe_at, wearer="w1", at_s=start_s + 59), "the last alert")

    once = {(alert["id"], alert["n"]): alert for alert in client.alerts() if severe(alert)}
    assert [alert["at_s"] - start_s for alert in once.values()] == [pytest.approx(seq) for seq in range(60)]
    assert len({alert["id"] for alert in once.values()}) == 30
    device.close()


def test_it_says_goodbye_when_asked_and_leaves_a_will_when_killed(edge: EdgeProcess, client: Client) -> None:
    """SIGTERM: exit 0 and a retained `stopped`; kill -9: the broker says `connection lost`."""
    edge.start()
    client.wait_online()
    assert edge.terminate() == 0
    assert client.wait_for(lambda m: m.tree.get("state") == "offline").tree["reason"] == "stopped"

    edge.start()
    client.wait_online()
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(0, time.time(), 120))
    client.wait_counter("processed", 1)
    edge.kill()

    will = client.wait_for(lambda m: m.tree.get("state") == "offline").tree
    assert will["reason"] == "connection lost"
    # Left with the broker before that sample: it must not tell what was so then.
    assert will.keys() == {"state", "edge", "version", "reason", "started_s"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_the_end_of_its_terminal_are_orderly_stops(
    edge: EdgeProcess, client: Client, number: signal.Signals
) -> None:
    """Both are as SIGTERM: exit 0 and a retained `stopped`."""
    process = edge.start()
    client.wait_online()
    process.send_signal(number)

    assert process.wait(PATIENCE_S) == 0
    assert client.wait_for(lambda m: m.tree.get("state") == "offline").tree["reason"] == "stopped"


def test_under_nohup_it_outlives_its_terminal(edge: EdgeProcess, client: Client) -> None:
    """SIGHUP ignored by whoever started it stays ignored: the edge goes on deciding."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = edge.start()
    signal.signal(signal.SIGHUP, before)
    client.wait_online()
    process.send_signal(signal.SIGHUP)
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(0, time.time(), 190.0))

    client.wait_for(partial(is_severe, wearer="w1"), "alert")
    assert edge.terminate() == 0


def test_without_a_broker_it_waits_and_says_so_once(tmp_path: Path, mosquitto: LocalBroker) -> None:
    """No broker is one warning, not a crash; when the broker comes the edge is there."""
    mosquitto.stop()
    edge = EdgeProcess(tmp_path, mosquitto.address)
    process = edge.start()
    await_it(lambda: "no broker" in edge.log or process.poll() is not None or None, "line of the log")
    assert process.poll() is None
    mosquitto.start()
    client = Client(mosquitto.address, f"{ROOT}/edge/#")

    client.wait_online()

    assert edge.log.count("no broker") == 1
    assert edge.terminate() == 0
    client.close()


def test_nothing_personal_is_logged(edge: EdgeProcess, client: Client) -> None:
    """Neither wearers' names, devices nor values are in the log, with good and bad messages and --verbose."""
    edge.start(("edge",), "--verbose")
    client.wait_online()
    now_s = time.time()
    client.send(f"{ROOT}/samples/secret-wearer/secret-cuff/bp", pressure(0, now_s, 191.37))
    client.send(f"{ROOT}/samples/secret-wearer/secret-cuff/bp", b'{"secret-wearer": 191.37')
    client.send(f"{ROOT}/samples/secret-wearer/secret-cuff/secret", b"191.37")
    client.send(
        f"{ROOT}/commands/secret-nurse/real/secret-wearer", {"command": "secret", "request": "secret"}
    )
    shelve = {"condition": "blood_pressure_severe", "for_s": 60, "reason": "secret"}
    client.send(
        f"{ROOT}/commands/secret-nurse/real/secret-wearer", {"command": "shelve", "request": "1"} | shelve
    )
    client.wait_counter("received", 5)
    edge.terminate()

    assert not re.search(r"secret|191\.37", edge.log)


def test_a_hundred_wearers_live_in_sixty_mebibytes(edge: EdgeProcess, client: Client) -> None:
    """With the bundle loaded and 100 wearers judged, the process holds less than 60 MiB."""
    process = edge.start()
    client.wait_online()
    start_s = time.time() - 200.0
    for seq in range(14):
        for number in range(100):
            times_s = [start_s + 13.0 * seq + 0.8 * beat for beat in range(16)]
            beats = [800.0 + (37 * beat + 11 * seq + number) % 200 for beat in range(16)]
            client.send(
                f"{ROOT}/samples/w{number}/strap/rr",
                {"seq": seq, "times_s": times_s, "values": {"rr": beats}},
            )
            client.send(
                f"{ROOT}/samples/w{number}/band/hr",
                {"seq": seq, "times_s": times_s[:1], "values": {"hr": [70.0 + seq % 5]}},
            )
    client.wait_counter("processed", 2800)

    assert psutil.Process(process.pid).memory_info().rss < 60 * MIB


def test_a_wrong_configuration_is_one_line_and_no_traceback(tmp_path: Path, mosquitto: LocalBroker) -> None:
    """An unknown key, an unknown scheme and a missing bundle each end with code 2 and a sentence."""
    edge = EdgeProcess(tmp_path, mosquitto.address)
    good = edge.config.read_text()
    for bad in (
        '[mqtt2]\nhost = "x"',
        '[blood_pressure]\nscheme = "x"',
        '[bundles]\nrhythm = "/nowhere.vwb"',
    ):
        edge.config.write_text(f"{good}\n{bad}\n")
        assert edge.start().wait(30) == 2

    lines = [line for line in edge.log.splitlines() if line.startswith("vitalward run: ")]
    assert len(lines) == 3
    assert all("allowed: " in line for line in lines)
    assert "Traceback" not in edge.log


def test_a_second_edge_on_the_same_state_folder_is_refused(
    edge: EdgeProcess, client: Client, tmp_path: Path, mosquitto: LocalBroker
) -> None:
    """It ends with code 2 and says why; the first works on, and once that is killed nothing is in the way."""
    edge.start()
    client.wait_online()
    (tmp_path / "other").mkdir()
    second = EdgeProcess(tmp_path / "other", mosquitto.address, name="u", state_dir=str(tmp_path / "state"))

    assert second.start().wait(PATIENCE_S) == 2

    assert f"edge.state_dir {tmp_path / 'state'}: is in use by another edge; allowed: " in second.log
    assert "Traceback" not in second.log
    client.send(f"{ROOT}/samples/w1/cuff/bp", pressure(0, time.time(), 195))
    client.wait_for(partial(is_severe, wearer="w1"))
    edge.kill()
    second.start()
    client.wait_for(lambda m: m.topic.endswith("/u/status") and m.tree["state"] == "online")
    assert second.terminate() == 0


def test_a_row_that_cannot_be_taken_ends_no_start(edge: EdgeProcess, client: Client) -> None:
    """Cut, of an unknown encoding or a topic of none, in journal or outbox: it is told, the rest decided."""
    topic, now_s = f"{ROOT}/samples/w1/cuff/bp", time.time()
    edge.start()
    client.wait_online()
    client.send(topic, pressure(0, now_s - 60.0, 120))
    client.wait_counter("processed", 1)
    edge.kill()
    with sqlite3.connect(edge.folder / "state" / FILE_NAME) as database:
        add = "INSERT INTO journal (received_s, topic, encoding, payload) VALUES (?, ?, ?, ?)"
        database.execute(add, (now_s, topic, "json", b'{"seq":1,"times_s":[1'))
        database.execute(add, (now_s, topic, "cbor", b"{}"))
        database.execute(add, (now_s, "$queue", "json", b"{"))
        database.execute(add, (now_s, topic, "json", msgspec.json.encode(pressure(1, now_s, 195))))
        put = "INSERT INTO outbox (lane, topic, payload) VALUES (?, ?, ?)"
        database.execute(put, (-1, f"{ROOT}/alerts/real/w1/x", b"{}"))
        database.execute(put, (0, f"{ROOT}/alerts/+/w1/x", b"{}"))
        # At these a broker ends the connection, each time.
        for topic_of_none in (f"{ROOT}/alerts/real/w1/\1", "", f"{ROOT}/replies/{200 * 'a/'}"):
            database.execute(put, (0, topic_of_none, b"{}"))
    database.close()

    edge.start()
    counters = client.wait_counter("left_out", 3)
    client.wait_for(lambda m: is_severe(m, "w1"))
    client.wait_for(lambda m: m.topic.endswith("quarantine") and m.tree["topic"] == "$queue")
    seen = list(client.messages)
    assert edge.terminate() == 0
    # A status on its way before that must not be taken for the next start's.
    client.wait_for(lambda m: m.tree.get("reason") == "stopped", "goodbye")
    edge.start()
    client.wait_online()
    assert edge.terminate() == 0

    notices = [message.tree for message in seen if message.topic.endswith("quarantine")]
    assert [notice["where"] for notice in notices] == ["payload", "journal", "payload"]
    assert counters["processed"] == 4
    told = [line.split("WARNING ")[1][:40] for line in edge.log.splitlines() if "WARNING" in line]
    assert told == ["row 2 of the journal cannot be taken and", "row 1 of the outbox cannot be sent and i"]
    assert "Traceback" not in edge.log


@pytest.mark.parametrize(
    "damage",
    [
        ("UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'outbox'",),
        ("DROP INDEX outbox_order", "DROP TABLE outbox"),
    ],
    ids=["malformed", "unreadable"],
)
def test_a_database_that_fails_ends_the_edge_in_good_order(
    edge: EdgeProcess, client: Client, damage: tuple[str, ...]
) -> None:
    """One line in the log, a goodbye that says why, exit code 1; one beyond repair is set aside then."""
    edge.start()
    client.wait_online()
    with sqlite3.connect(edge.folder / "state" / FILE_NAME) as database:
        database.execute("PRAGMA writable_schema = ON")
        for statement in damage:
            database.execute(statement)
        version = database.execute("PRAGMA schema_version").fetchone()[0]
        database.execute(f"PRAGMA schema_version = {version + 1}")
    database.close()

    goodbye = client.wait_for(lambda m: m.tree.get("state") == "offline").tree
    assert edge.process is not None
    assert edge.process.wait(PATIENCE_S) == 1

    assert goodbye["reason"] == "database failed"
    assert edge.log.count("ERROR the database in ") == 1
    assert "Traceback" not in edge.log
    if "rootpage" in damage[0]:
        edge.start()
        client.wait_online()
        assert edge.terminate() == 0
        assert (edge.folder / "state" / f"{FILE_NAME}.unreadable-1").exists()


def test_the_status_says_which_bundle_decides(edge: EdgeProcess, client: Client) -> None:
    """The retained status names each bundle in use, its hash and what its signature is worth."""
    edge.start()

    status = client.wait_online()

    bundles = status.tree["bundles"]
    assert [bundle["name"].partition("-")[0] for bundle in bundles] == [
        "rhythm",
        "pressure",
        "apnea",
        "sleep",
    ]
    for bundle in bundles:
        assert re.fullmatch(r"[0-9a-f]{64}", bundle["sha256"])
        assert bundle["signature"] == "trusted"


def test_an_unsigned_bundle_is_used_only_when_allowed_and_shown_as_such(
    edge: EdgeProcess, client: Client, tmp_path: Path
) -> None:
    """By default the edge does not start with it; with the switch it does, warns, and tells in its status."""
    shipped, path = read_bundle(SHIPPED["rhythm"]), tmp_path / "rhythm.vwb"
    path.write_bytes(
        encode_bundle(
            shipped.manifest,
            model=shipped.model,
            golden_input=shipped.golden_input,
            golden_output=shipped.golden_output,
            card=shipped.card,
            card_data=shipped.card_data,
        )
    )
    edge.config.write_text(f'{edge.config.read_text()}\n[bundles]\nrhythm = "{path}"\n')
    assert edge.start().wait(30) == 2
    assert f"vitalward run: bundles.rhythm: {path}: not signed; allowed: a signature by" in edge.log

    edge.config.write_text(f"{edge.config.read_text()}allow_unsigned = true\n")
    edge.start()

    assert client.wait_online().tree["bundles"][0]["signature"] == "unsigned"
    assert "WARNING rhythm-1.0.0 is in use although it is not signed" in edge.log


def test_a_model_that_answers_wrongly_is_refused_before_the_edge_loads_it(
    edge: EdgeProcess, tmp_path: Path
) -> None:
    """Whole by its hashes and let in unsigned, a bundle fails its trial: code 2, a sentence, no traceback."""
    shipped, path = read_bundle(SHIPPED["rhythm"]), tmp_path / "rhythm.vwb"
    model = bytearray(shipped.model)
    model[len(model) // 2] ^= 0x40
    path.write_bytes(
        encode_bundle(
            shipped.manifest,
            model=bytes(model),
            golden_input=shipped.golden_input,
            golden_output=shipped.golden_output,
            card=shipped.card,
            card_data=shipped.card_data,
        )
    )
    lines = f'[bundles]\nrhythm = "{path}"\nallow_unsigned = true\n'
    edge.config.write_text(f"{edge.config.read_text()}\n{lines}")

    assert edge.start().wait(30) == 2
    assert f"vitalward run: bundles.rhythm: {path}: the trial load failed: " in edge.log
    assert "Traceback" not in edge.log


def test_the_shipped_bundle_is_refused_by_whoever_trusts_others_only(
    edge: EdgeProcess, tmp_path: Path
) -> None:
    """A keys file replaces the project's key."""
    path = tmp_path / "own.pem"
    path.write_text(public_pem(public_key_of(bytes(32))))
    edge.config.write_text(f'{edge.config.read_text()}\n[bundles]\nkeys_file = "{path}"\n')

    assert edge.start().wait(30) == 2
    assert "signed with a key that is not trusted" in edge.log
