"""A state of another version made anew from the journal."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.conditions.table import CONDITIONS
from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.ends import Entry, Lane, Letter
from edge.pipeline.ward import Ward
from edge.recovery import forget_unknown, make_state_anew, take_down
from edge.storage.checkpoints import Checkpoint
from edge.storage.database import FILE_NAME
from edge.storage.older_states import Shown, read_older_state, read_shown
from edge.storage.snapshots import Wearers
from edge.storage.store import Store
from edge.wearer.board import Shelf
from edge.wearer.state import WearerState
from tests.support.corridor import NOON_S, make_rules
from tests.unit.edge.test_ward import TOPICS, eventful_hour, make_ward

DAY_S = 86_400.0
W1 = ("w1", Mode.REAL)


def reading(number: int, wearer: str, systolic_mmhg: float) -> Entry:
    at_s = NOON_S + 60.0 * number
    batch = SampleBatch(seq=number, times_s=[at_s], values={"systolic": [systolic_mmhg], "diastolic": [80.0]})
    topic = TOPICS.samples(SampleTopic(wearer, "cuff", "bp"))
    return Entry(at_s, topic, Encoding.JSON, encode(batch))


def test_the_journal_is_taken_up_to_the_cursor_and_nothing_is_said_again(tmp_path: Path) -> None:
    """A severe reading before the cursor makes its alarm but no record; what came after is left alone."""
    store = Store(tmp_path, lambda: False)
    unknown = Entry(NOON_S, "vitalward/v1/samples/w1/cuff/tricorder", Encoding.JSON, b"{}")
    store.keep_messages([reading(0, "w1", 185.0), unknown, reading(1, "w2", 120.0), reading(2, "w3", 190.0)])
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)

    make_state_anew(ward, store.journal, 0, 3)
    store.close()

    assert list(ward.wearers) == [("w1", Mode.REAL), ("w2", Mode.REAL)]
    assert list(ward.wearers["w1", Mode.REAL].board.alarms) == ["blood_pressure_severe/bp"]
    # Counted and recorded it was by the version that decided it first; all of the state has to be stored.
    assert (ward.records, dict(ward.counters)) == ([], {})
    assert ward.changed == set(ward.wearers)


def test_a_journal_longer_than_one_look_is_taken_whole(tmp_path: Path) -> None:
    """1,100 messages are read in three looks, the last of them to the cursor."""
    store = Store(tmp_path, lambda: False)
    store.keep_messages([reading(number, "w1", 118.0 + number % 5) for number in range(1200)])
    ward = Ward(make_rules(), TOPICS, {}, on_stream_time=False)

    make_state_anew(ward, store.journal, 0, 1100)
    store.close()

    assert ward.wearers["w1", Mode.REAL].streams["bp"].last_s == NOON_S + 60.0 * 1099


def settled(wearers: Wearers) -> Wearers:
    """States but for when time next brings something about, which may be looked at anew at any time."""
    return {key: msgspec.structs.replace(state, quiet_until_s=0.0) for key, state in wearers.items()}


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_what_the_journal_has_forgotten_is_taken_from_the_checkpoint(seed: int, share: float) -> None:
    """An hour of alarms, commands and gaps, forgotten up to anywhere: after an update nothing is lost."""
    journal = sorted(eventful_hour("w1", seed), key=lambda item: item.received_s)
    cut = max(1, int(share * len(journal)))
    with tempfile.TemporaryDirectory() as name:
        store, ward = Store(Path(name), lambda: False), make_ward()
        store.keep_messages(journal)
        for item in journal[:cut]:
            ward.take(item)
        store.keep_decisions(cut, [], [], ward.wearers.values())
        cut_s = journal[cut - 1].received_s
        store.forget_entries(cut_s, DAY_S)
        store.forget_entries(cut_s + 2 * DAY_S, DAY_S)
        for item in journal[cut:]:
            ward.take(item)
        store.keep_decisions(len(journal), [], [], ward.wearers.values())
        store.close()
        as_if_of_another_version(Path(name))

        store = Store(Path(name), lambda: False)
        cursor, wearers = store.load()
        assert wearers is None
        start = store.start_anew()
        again = make_ward(start.wearers)
        make_state_anew(again, store.journal, start.journal_id, cursor)
        down = take_down(store.shown(), again, TOPICS, cut_s)
        store.close()

    assert start.journal_id == cut
    assert settled(again.wearers) == settled(ward.wearers)
    assert down == []


def as_if_of_another_version(folder: Path) -> None:
    database = sqlite3.connect(folder / FILE_NAME)
    for table in ("cursor", "checkpoint"):
        database.execute(f"UPDATE {table} SET state_format = 1")
    database.commit()
    database.close()


def test_a_journal_that_is_whole_is_preferred_to_checkpoints(tmp_path: Path) -> None:
    """This version's own decisions from the first message on are worth more than those of another."""
    store = Store(tmp_path, lambda: False)
    store.keep_messages([reading(0, "w1", 185.0)])
    store.keep_decisions(1, [], [], [WearerState(*W1, limits={"tachycardia_at_rest": 130.0})])
    store.forget_entries(NOON_S, DAY_S)
    start = store.start_anew()
    store.close()

    assert start == Checkpoint(0, {})


def stored(**changed: Any) -> bytes:
    """A state with an alarm and a limit as it is stored, some of its fields as another version had them."""
    ward = make_ward()
    ward.take(reading(0, "w1", 185.0))
    ward.wearers[W1].limits["tachycardia_at_rest"] = 130.0
    tree = msgspec.to_builtins(ward.wearers[W1])
    return msgspec.msgpack.encode(tree | changed)


def test_a_field_that_no_longer_reads_costs_only_itself() -> None:
    """Streams of another shape and a field long gone: limits, alarms and readings are kept."""
    whole = read_older_state(stored())
    state = read_older_state(stored(streams=[1, 2], mood="sunny"))

    assert whole is not None
    assert state == msgspec.structs.replace(whole, streams={})
    assert list(state.board.alarms) == list(state.episodes) == ["blood_pressure_severe/bp"]
    assert (state.limits, state.quiet_until_s) == ({"tachycardia_at_rest": 130.0}, 0.0)


def test_alarms_and_episodes_stand_or_fall_together() -> None:
    """Where one of the two cannot be read the other is let go: it would never end, or end what is not."""
    for name in ("episodes", "board"):
        state = read_older_state(stored(**{name: "of another kind"}))
        assert state is not None
        assert (state.episodes, state.board.alarms) == ({}, {})
        assert state.limits == {"tachycardia_at_rest": 130.0}


def test_a_state_that_is_nobodys_is_left_out() -> None:
    """Without a wearer or a mode that is known, or no state at all: there is nothing to keep."""
    for bad in (stored(wearer=7), stored(mode="dream"), b"", b"\x80", b"\xc0", b"\x93\x01\x02\x03"):
        assert read_older_state(bad) is None


def test_conditions_that_are_gone_are_forgotten() -> None:
    """Episodes, alarms, shelves and limits of a condition that this version lacks; the rest stays."""
    state = read_older_state(stored())
    assert state is not None
    state.board.shelves = {"bad_mood": Shelf(1.0, "a", "b"), "sensor_lost": Shelf(1.0, "a", "b")}
    state.board.alarms["bad_mood/hr"] = state.board.alarms["blood_pressure_severe/bp"]
    state.episodes["bad_mood/hr"] = state.episodes["blood_pressure_severe/bp"]
    state.limits["bad_mood"] = 3.0
    forget_unknown([state], CONDITIONS)

    assert list(state.board.shelves) == ["sensor_lost"]
    assert list(state.board.alarms) == list(state.episodes) == ["blood_pressure_severe/bp"]
    assert list(state.limits) == ["tachycardia_at_rest"]


def test_an_alarm_nobody_knows_of_any_more_is_taken_down() -> None:
    """A broker keeps what is retained for ever: what the new state lacks is removed, and the log says so."""
    ward = make_ward()
    ward.take(reading(0, "w1", 185.0))
    of_w1 = Shown(W1, ("blood_pressure_severe/bp", "bad_mood/hr"))
    letters = take_down([of_w1, Shown(("w9", Mode.TEST), ("sensor_lost/hr",))], ward, TOPICS, NOON_S)

    root = TOPICS.root
    assert letters == [
        Letter(Lane.ALERT, f"{root}/alarms/real/w1/bad_mood/hr", b"", is_retained=True),
        Letter(Lane.ALERT, f"{root}/alarms/test/w9/sensor_lost/hr", b"", is_retained=True),
    ]
    downs = [record for record in ward.records if record.what == "take_down"]
    assert [(record.wearer, record.condition) for record in downs] == [
        ("w1", "bad_mood"),
        ("w9", "sensor_lost"),
    ]


def test_the_alarms_of_a_state_are_known_whatever_else_it_looks_like() -> None:
    """Only wearer, mode and the keys of the board are asked for."""
    tree = {"wearer": "w1", "mode": "real", "board": {"alarms": {"a/b": ["new"], "c/d": None}}, "x": 1}
    assert read_shown(msgspec.msgpack.encode(tree)) == Shown(W1, ("a/b", "c/d"))
    assert read_shown(msgspec.msgpack.encode({"wearer": "w1", "mode": "real"})) == Shown(W1, ())
    assert read_shown(b"\x80") is None
