"""A state of another version made anew from the journal."""

from __future__ import annotations

from pathlib import Path

from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.ends import Entry
from edge.pipeline.ward import Ward
from edge.recovery import make_state_anew
from edge.storage.store import Store
from tests.support.corridor import NOON_S, make_rules

TOPICS = Topics()


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

    make_state_anew(ward, store.journal, 3)
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

    make_state_anew(ward, store.journal, 1100)
    store.close()

    assert ward.wearers["w1", Mode.REAL].streams["bp"].last_s == NOON_S + 60.0 * 1099
