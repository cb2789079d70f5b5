"""A switch of bundles in the corridor: an entry of the journal like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.ends import SWITCHED_TOPIC, Entry, Letter
from edge.pipeline.bundle_change import REFUSED_TOPIC, Fit, Place, Refused, Switched
from edge.pipeline.ward import Ward
from edge.rulebook import Rulebook
from tests.support.corridor import NOON_S, FakeModel, Judged, beats, make_rules

TOPICS = Topics()


def always(probability: float, name: str) -> FakeModel:
    """A model that says the same of every window."""

    def judge(_window: NDArray[np.floating]) -> Judged:
        return Judged(probability)

    return FakeModel(judge, name=name)


def fit_of(model: FakeModel) -> Fit:
    def fit(rules: Rulebook) -> Rulebook:
        return replace(rules, models=(model,))

    return fit


def ward_with(old: FakeModel, new: FakeModel, *, on_stream_time: bool = False) -> Ward:
    fits: dict[Place, Fit] = {("rhythm", "new"): fit_of(new), ("rhythm", None): fit_of(old)}
    return Ward(make_rules(old), TOPICS, {}, on_stream_time=on_stream_time, fits=fits, edge="pi")


def switched(at_s: float, sha256: str | None) -> Entry:
    switch = Switched(task="rhythm", name="rhythm-2", configured="rhythm-1", sha256=sha256)
    return Entry(at_s, SWITCHED_TOPIC, Encoding.JSON, encode(switch))


def stretch(seq: int, batches: int, start_s: float) -> list[Entry]:
    """So many batches of 16 beats, 12.8 s each."""
    entries = []
    for number in range(batches):
        times_s, values = beats(start_s + 12.8 * number, [800.0 + (7 * beat) % 11 for beat in range(16)])
        batch = SampleBatch(seq=seq + number, times_s=times_s, values={"rr": values})
        topic = TOPICS.samples(SampleTopic("w1", "strap", "rr"))
        entries.append(Entry(times_s[-1], topic, Encoding.JSON, encode(batch)))
    return entries


def play(ward: Ward, journal: list[Entry]) -> list[Letter]:
    return [letter for entry in journal for letter in ward.take(entry)]


def raised_by(letters: list[Letter]) -> list[str]:
    alerts = [json.loads(letter.payload) for letter in letters if "/irregular_rhythm" in letter.topic]
    return [alert["evidence"]["bundle"] for alert in alerts if alert.get("phase") == "start"]


def test_from_its_entry_on_the_other_model_judges_and_only_its_votes_count() -> None:
    """Six votes of the old model and one of the new raise nothing; seven of the new do, under its name."""
    old, new = always(0.9, "rhythm-1"), always(0.9, "rhythm-2")
    ward = ward_with(old, new)
    # The window is full with the fourth batch, and judged with each from then on.
    before, after = stretch(0, 9, NOON_S), stretch(9, 7, NOON_S + 9 * 12.8)

    assert raised_by(play(ward, before)) == []
    assert play(ward, [switched(after[0].received_s - 5.0, "new")]) == []
    assert raised_by(play(ward, after[:6])) == []
    assert raised_by(play(ward, after[6:])) == ["rhythm-2"]
    assert (old.asked, new.asked) == (6, 7)
    assert ward.in_force == {"rhythm": "new"}


def test_why_the_old_model_gave_no_answer_is_not_held_against_the_new_one() -> None:
    """Until the new one has judged, the wearer's status knows no reason."""
    old = FakeModel(lambda _: Judged(None, 0.0, "model_failed"), name="rhythm-1")
    ward = ward_with(old, always(0.1, "rhythm-2"))
    play(ward, stretch(0, 4, NOON_S))
    (window,) = ward.wearers["w1", Mode.REAL].windows.values()
    assert window.reason == "model_failed"

    play(ward, [switched(NOON_S + 60.0, "new")])

    assert window.reason is None


def test_a_replay_of_the_journal_switches_where_the_edge_did() -> None:
    """The same entries, with a switch there and back among them, give the same letters byte for byte."""
    first = stretch(0, 12, NOON_S)
    second = stretch(12, 12, NOON_S + 12 * 12.8)
    third = stretch(24, 12, NOON_S + 24 * 12.8)
    journal = [
        *first,
        switched(first[-1].received_s + 1.0, "new"),
        *second,
        switched(second[-1].received_s + 1.0, None),
        *third,
    ]
    make = partial(ward_with, always(0.1, "rhythm-1"), always(0.9, "rhythm-2"))
    letters = play(make(), journal)

    assert raised_by(letters) == ["rhythm-2"]
    assert play(make(), journal) == letters


def test_a_bundle_that_there_no_longer_is_changes_nothing() -> None:
    """A replay that meets one that was taken back goes on with the one before."""
    old = always(0.1, "rhythm-1")
    ward = ward_with(old, always(0.9, "rhythm-2"))

    play(ward, [*stretch(0, 4, NOON_S), switched(NOON_S + 60.0, "gone"), *stretch(4, 1, NOON_S + 51.2)])

    assert old.asked == 2
    assert ward.in_force == {}


def refused(at_s: float, reason: str) -> Entry:
    payload = encode(Refused(name="rhythm-2", reason=reason))
    return Entry(at_s, REFUSED_TOPIC, Encoding.JSON, payload)


def test_a_refusal_is_a_technical_condition_of_the_edge_itself() -> None:
    """It is told once with its reason, though no wearer is known; a second one is an update; then it ends."""
    ward = ward_with(always(0.1, "rhythm-1"), always(0.9, "rhythm-2"))

    first = ward.take(refused(NOON_S, "not signed"))
    again = ward.take(refused(NOON_S + 60.0, "too old"))
    over = ward.pass_time(NOON_S + 60.0 + 3600.0)

    said = [
        json.loads(letter.payload)
        for letter in (*first, *again, *over)
        if letter.topic == "vitalward/v1/alerts/real/pi/bundle_refused"
    ]
    assert [(alert["phase"], alert["at_s"] - NOON_S) for alert in said] == [
        ("start", 0.0),
        ("update", 60.0),
        ("end", 3660.0),
    ]
    assert [alert["evidence"]["values"] for alert in said[:2]] == [
        {"refused": "rhythm-2", "reason": "not signed"},
        {"refused": "rhythm-2", "reason": "too old"},
    ]
    assert {(alert["kind"], alert["priority"]) for alert in said} == {("technical", "low")}


def test_on_stream_time_a_refusal_is_told_in_the_time_of_the_simulation() -> None:
    """The clock of the gateway has no part in it."""
    ward = ward_with(always(0.1, "rhythm-1"), always(0.9, "rhythm-2"), on_stream_time=True)
    journal = stretch(0, 4, NOON_S)
    play(ward, journal)

    (alert, _) = ward.take(refused(NOON_S + 9e6, "not signed"))

    assert json.loads(alert.payload)["at_s"] == ward.wearers["w1", Mode.REAL].now_s
