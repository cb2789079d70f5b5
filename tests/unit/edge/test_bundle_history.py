"""Which bundle is in force, read from the switches in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.contract.samples import Mode
from edge.contract.topics import Encoding
from edge.ends import SWITCHED_TOPIC, Entry
from edge.pipeline.bundle_change import Refused, Switched
from edge.slots.history import Dated, History, in_force_at, last_of, needed
from edge.slots.versions import is_newer
from edge.storage.store import Store
from edge.wearer.state import WearerState


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, lambda: False)
    yield opened
    opened.close()


def to(sha256: str | None, task: str = "rhythm", takes_back: str | None = None) -> Switched:
    return Switched(
        task=task, name=f"{task}-{sha256}", configured="rhythm-1", sha256=sha256, takes_back=takes_back
    )


def test_the_journal_tells_what_was_put_in_force_at_any_time(store: Store) -> None:
    """Up to each entry the last switch of each task counts; refusals and samples change nothing."""
    history = History(store)
    history.add([to("a")], 10.0)
    store.keep_messages([Entry(11.0, "t", Encoding.JSON, b"")])
    history.add([to("b", "pressure"), Refused(name="x", reason="y")], 12.0)
    history.add([to(None)], 13.0)

    read = history.read()

    ids = [one.journal_id for one in read]
    assert [in_force_at(read, journal_id) for journal_id in (ids[0] - 1, *ids)] == [
        {},
        {"rhythm": "a"},
        {"rhythm": "a", "pressure": "b"},
        {"rhythm": None, "pressure": "b"},
    ]
    assert last_of(read, "pressure") == to("b", "pressure")
    assert last_of(read, "sleep") is None


def test_what_is_in_force_outlives_the_samples(store: Store) -> None:
    """Pruning takes samples and refusals, however old the switch before them is."""
    history = History(store)
    history.add([to("a"), Refused(name="x", reason="y")], 10.0)
    store.keep_messages([Entry(11.0, "t", Encoding.JSON, b"")])

    store.keep_decisions(3, [], [], [WearerState("w1", Mode.REAL)])
    store.forget_entries(20.0, 10.0)
    store.forget_entries(1e9, 10.0)

    assert [one.switched for one in history.read()] == [to("a")]
    assert len(store.journal.after(0, 99)) == 1


def test_a_bundle_that_was_taken_back_never_was(store: Store) -> None:
    """It is left out before the entry that takes it back, and counts again if it is put in force later."""
    history = History(store)
    history.add([to("a")], 10.0)
    history.add([to("bad")], 11.0)
    history.add([to("a", takes_back="bad")], 12.0)
    read = history.read()

    assert [one.switched.sha256 for one in read] == ["a", "a"]

    history.add([to("bad")], 13.0)
    assert [one.switched.sha256 for one in history.read()] == ["a", "a", "bad"]


def test_a_switch_that_cannot_be_read_never_was(store: Store) -> None:
    """Neither a cut payload nor a row that is none ends the start; the other switches count."""
    history = History(store)
    history.add([to("a")], 10.0)
    store.keep_messages([Entry(11.0, SWITCHED_TOPIC, Encoding.JSON, b'{"task":"rh')])
    history.add([to("b", "pressure")], 12.0)

    assert [one.switched for one in history.read()] == [to("a"), to("b", "pressure")]


def test_bundles_are_needed_as_long_as_the_journal_may_be_played_again() -> None:
    """The one that decided when the oldest sample came, those since, and for each task the last."""
    history = [
        Dated(1, 10.0, to("a")),
        Dated(2, 20.0, to("b")),
        Dated(3, 25.0, to("p", "pressure")),
        Dated(4, 30.0, to("c")),
    ]

    def at(oldest_s: float) -> set[str | None]:
        return {sha256 for _, sha256 in needed(history, oldest_s)}

    assert at(5.0) == {"a", "b", "c", "p"}
    # What came in the very second of the switch may stand before it.
    assert at(20.0) == {"a", "b", "c", "p"}
    assert at(20.5) == {"b", "c", "p"}
    assert at(31.0) == {"c", "p"}


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [("1.0.1", "1.0.0", True), ("1.10.0", "1.9.9", True), ("1.0.0", "1.0.0", False), ("0.9.9", "1.0", False)],
)
def test_versions_are_compared_as_numbers(version: str, than: str, newer: bool) -> None:
    """Ten is above nine, and the same is not above."""
    assert is_newer(version, than) is newer
