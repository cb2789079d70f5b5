"""Alerts decided again by wall time, with commands, limits set, repeats and gaps, from any checkpoint."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.codec import encode
from edge.contract.commands import SetLimit
from edge.contract.messages import Alert
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import CommandTopic, Encoding
from edge.ends import Entry, Letter
from edge.pipeline.bundle_change import REFUSED_TOPIC, Refused
from edge.pipeline.ward import Ward
from edge.recovery import make_state_anew
from edge.rerun import Verdict, decide_again, differences
from edge.storage.checkpoints import Checkpoint, Checkpoints
from edge.storage.database import FILE_NAME, open_for_reading
from edge.storage.journal import Journal
from edge.storage.store import Store
from tests.support.corridor import NOON_S, make_rules
from tests.unit.edge.test_ward import TOPICS, entry, eventful_hour, make_ward

DAY_S = 86_400.0


def ward_of(start: Checkpoint) -> Ward:
    return make_ward(start.wearers)


def alerts_in(letters: list[Letter]) -> list[Alert]:
    place = f"{TOPICS.root}/alerts/"
    return [msgspec.json.decode(item.payload, type=Alert) for item in letters if item.topic.startswith(place)]


def live(folder: Path, journal: list[Entry], cut: int) -> tuple[list[Alert], list[Alert], float]:
    """Journal and decide; after `cut` entries a checkpoint, up to which all is forgotten in the end.

    Gives the alerts before and after it, and the time of the checkpoint.
    """
    store, ward = Store(folder, lambda: False), make_ward()
    store.keep_messages(journal)
    before = alerts_in([letter for item in journal[:cut] for letter in ward.take(item)])
    store.keep_decisions(cut, [], [], ward.wearers.values())
    cut_s = journal[cut - 1].received_s
    store.forget_entries(cut_s, DAY_S)
    after = alerts_in([letter for item in journal[cut:] for letter in ward.take(item)])
    store.forget_entries(cut_s + 2 * DAY_S, DAY_S)
    store.close()
    return before, after, cut_s


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.1, 0.7))
def test_alerts_after_a_checkpoint_are_the_same_and_those_before_cannot_be_told(
    seed: int, share: float
) -> None:
    """Whatever the hour held, wherever it is cut: the states of the checkpoint stand for what was before."""
    journal = sorted(eventful_hour("w1", seed), key=lambda item: item.received_s)
    with tempfile.TemporaryDirectory() as name:
        before, after, cut_s = live(Path(name), journal, max(1, int(share * len(journal))))
        database = open_for_reading(Path(name))

        def verdict(alert: Alert) -> Verdict:
            parts = Journal(database), Checkpoints(database)
            return decide_again(alert, *parts, ward_of, TOPICS).verdict

        # Within a minute of the checkpoint a device's clock may be ahead: that is not told either.
        clearly_after = [alert for alert in after if alert.at_s > cut_s + 60.0][:4]
        assert [verdict(alert) for alert in clearly_after] == [Verdict.SAME] * len(clearly_after)
        assert {verdict(alert) for alert in before[:2]} <= {Verdict.CANNOT_TELL}
        for alert in clearly_after[:1]:
            changed = msgspec.structs.replace(alert, onset_s=alert.onset_s - 1.0)
            assert verdict(changed) is Verdict.DIFFERENT
        database.close()


def test_a_limit_set_before_the_journal_begins_is_known(tmp_path: Path) -> None:
    """130/min set for the wearer and forgotten as an entry: a rate of 135 is the same alert by that limit."""
    order = SetLimit(request="1", condition="tachycardia_at_rest", limit=130.0, reason="pregnant")
    hr = SampleBatch(seq=0, times_s=[NOON_S], values={"hr": [70.0]})
    journal = [
        entry(NOON_S, "w1", "hr", hr),
        Entry(
            NOON_S + 1.0, TOPICS.commands(CommandTopic("a", Mode.REAL, "w1")), Encoding.JSON, encode(order)
        ),
    ]
    for minute in range(5, 16):
        at_s = NOON_S + 60.0 * minute
        steps = SampleBatch(seq=minute, times_s=[at_s], values={"cadence": [0.0]})
        fast = SampleBatch(seq=minute, times_s=[at_s], values={"hr": [135.0 + minute % 2]})
        journal += [entry(at_s, "w1", "activity", steps), entry(at_s, "w1", "hr", fast)]
    _, (alert,), _ = live(tmp_path, journal, 2)
    database = open_for_reading(tmp_path)
    finding = decide_again(alert, Journal(database), Checkpoints(database), ward_of, TOPICS)
    database.close()

    assert alert.why is not None
    assert [(item.limit, item.source) for item in alert.why.thresholds] == [(130.0, "wearer")]
    assert finding.verdict is Verdict.SAME


def test_an_alert_of_the_edge_itself_is_the_same_in_the_time_of_its_wearers(tmp_path: Path) -> None:
    """On stream time a bundle is refused at the time of whoever is furthest on, not of the machine."""
    refused = Entry(
        NOON_S + 9e6, REFUSED_TOPIC, Encoding.JSON, encode(Refused(name="rhythm-2", reason="not signed"))
    )
    journal = [
        entry(NOON_S, "w1", "hr", SampleBatch(seq=0, times_s=[NOON_S], values={"hr": [70.0]})),
        refused,
    ]
    store = Store(tmp_path, lambda: False)
    store.keep_messages(journal)
    store.close()

    def on_stream_time(start: Checkpoint) -> Ward:
        return Ward(make_rules(), TOPICS, start.wearers, on_stream_time=True, edge="pi")

    ward = on_stream_time(Checkpoint(0, {}))
    (alert,) = alerts_in([letter for item in journal for letter in ward.take(item)])
    database = open_for_reading(tmp_path)
    finding = decide_again(alert, Journal(database), Checkpoints(database), on_stream_time, TOPICS, edge="pi")
    database.close()

    assert (alert.wearer, alert.at_s) == ("pi", NOON_S)
    assert finding.verdict is Verdict.SAME


def test_entries_that_cannot_be_taken_are_left_out_as_the_edge_left_them_out(tmp_path: Path) -> None:
    """Cut payloads and unknown encodings, also of what the edge noted itself, change no verdict."""
    steps = SampleBatch(seq=0, times_s=[NOON_S], values={"cadence": [0.0]})
    journal = [entry(NOON_S, "w1", "activity", steps)]
    for minute in range(1, 16):
        at_s = NOON_S + 60.0 * minute
        still = SampleBatch(seq=minute, times_s=[at_s], values={"cadence": [0.0]})
        fast = SampleBatch(seq=minute, times_s=[at_s], values={"hr": [135.0 + minute % 2]})
        journal += [entry(at_s, "w1", "activity", still), entry(at_s, "w1", "hr", fast)]
    store, ward = Store(tmp_path, lambda: False), make_ward()
    (alert,) = alerts_in([letter for item in journal for letter in ward.take(item)])
    cut = journal[4]._replace(payload=b'{"se')
    bad = [cut, cut._replace(topic="$queue"), journal[6]]
    store.keep_messages([*journal[:3], *bad, *journal[3:]])
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as damaged:
        damaged.execute("UPDATE journal SET encoding = 'cbor' WHERE id = 6")
    damaged.close()

    database = open_for_reading(tmp_path)
    finding = decide_again(alert, Journal(database), Checkpoints(database), ward_of, TOPICS)
    again = make_ward()
    make_state_anew(again, Journal(database), 0, cursor=len(journal) + len(bad))
    database.close()

    assert finding.verdict is Verdict.SAME
    assert again.wearers == ward.wearers


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_every_alert_of_an_eventful_hour_explains_itself(seed: int) -> None:
    """Whatever happened: parts told or not told with a reason, and no alert of more than six kilobytes."""
    ward = make_ward()
    letters = [letter for item in eventful_hour("w1", seed) for letter in ward.take(item)]
    parts = ("inputs", "thresholds", "model", "probability", "contributions", "counterfactual")

    for alert in alerts_in(letters):
        why = alert.why
        assert why is not None
        assert {part for part in parts if not getattr(why, part)} == set(why.not_told)
        assert len(msgspec.json.encode(alert)) < 6000


@pytest.mark.parametrize(
    ("told", "found", "where"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, ["a.b[1].c"]),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, ["a", "c"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
    ],
)
def test_differences_are_named_by_their_place(
    told: dict[str, object], found: dict[str, object], where: list[str]
) -> None:
    """Key by key, place by place, missing on either side."""
    assert [item.where for item in differences(told, found)] == where
