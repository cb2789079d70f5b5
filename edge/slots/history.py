"""Which bundle is in force: read from the switches in the journal, which are the only place that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from edge.contract.codec import encode
from edge.contract.topics import Encoding
from edge.ends import SWITCHED_TOPIC, Entry
from edge.pipeline.bundle_change import REFUSED_TOPIC, Place, Refused, Switched, decode_switched
from edge.storage.store import Store


class Dated(NamedTuple):
    """A switch, the id of its entry and when it was written."""

    journal_id: int
    at_s: float
    switched: Switched


class History:
    """The switches of a journal, and the way to add to them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, changes: Sequence[Switched | Refused], now_s: float) -> None:
        """Write changes behind all that is in the journal, in one commit."""
        topics = {Switched: SWITCHED_TOPIC, Refused: REFUSED_TOPIC}
        self._store.keep_messages(
            [Entry(now_s, topics[type(change)], Encoding.JSON, encode(change)) for change in changes]
        )

    def read(self) -> list[Dated]:
        """The switches that count, oldest first."""
        return history_of(self._store.journal.switches())


def history_of(entries: Sequence[tuple[int, Entry]]) -> list[Dated]:
    """The switches that count, oldest first: those that a later one takes back never were."""
    switches = []
    for journal_id, entry in entries:
        try:
            switches.append(Dated(journal_id, entry.received_s, decode_switched(entry.payload)))
        except msgspec.DecodeError:
            # No ward takes it either.
            continue
    return [
        one
        for number, one in enumerate(switches)
        if not any(
            later.switched.takes_back is not None
            and (later.switched.task, later.switched.takes_back) == one.switched.place
            for later in switches[number + 1 :]
        )
    ]


def last_of(history: Sequence[Dated], task: str) -> Switched | None:
    """What was put in force last for a task; None if nothing was."""
    return next((one.switched for one in reversed(history) if one.switched.task == task), None)


def in_force_at(history: Sequence[Dated], journal_id: int) -> dict[str, str | None]:
    """The bundles that had been put in force by that entry of the journal, by task."""
    return {one.switched.task: one.switched.sha256 for one in history if one.journal_id <= journal_id}


def needed(history: Sequence[Dated], oldest_s: float) -> set[Place]:
    """The bundles that decide now or did at any time since: the journal may have to be played again."""
    return {
        one.switched.place
        for number, one in enumerate(history)
        if not any(
            later.switched.task == one.switched.task and later.at_s < oldest_s
            for later in history[number + 1 :]
        )
    }
