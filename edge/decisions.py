"""From the journal to what is decided: takes every entry once, and keeps what came of it in one commit."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from edge.contract.codec import encode
from edge.contract.errors import MessageError
from edge.contract.topics import Topics
from edge.ends import Entry, Lane, Letter
from edge.pipeline.day import DAY_TOPIC
from edge.pipeline.door import notice_of
from edge.pipeline.ward import Ward
from edge.storage.store import Store

log = logging.getLogger(__name__)

# One commit takes at most so many messages, so that a flood delays alerts by a fraction of a second only.
AT_ONCE: Final = 512


class Decisions:
    """A ward and how far in the journal it has come; `decided_s` is when the last entry taken had come.

    `before_commit` is told how far had been decided, when entries have been taken and not yet kept.
    """

    def __init__(
        self, store: Store, ward: Ward, topics: Topics, cursor: int, before_commit: Callable[[int], None]
    ) -> None:
        self.decided_s: float | None = None
        self.counters: Counter[str] = Counter()
        self._store = store
        self._ward = ward
        self._topics = topics
        self._cursor = cursor
        self._before_commit = before_commit

    def catch_up(self) -> None:
        """Decide on what the journal holds after the cursor."""
        while entries := self._store.journal.after(self._cursor, AT_ONCE):
            letters = [letter for row in entries for letter in self._take(*row)]
            self._before_commit(self._cursor)
            self._cursor = entries[-1][0]
            self.keep(letters)
            self.decided_s = entries[-1][1].received_s
            self.counters["processed"] += sum(entry.topic != DAY_TOPIC for _, entry in entries)

    def pass_time(self, now_s: float) -> None:
        """Let time go on, and keep what that alone has brought about."""
        letters = self._ward.pass_time(now_s)
        if self._ward.changed:
            self.keep(letters)

    def add(self, entry: Entry) -> None:
        """Journal what the edge itself has noted, and decide on it."""
        self._store.keep_messages([entry])
        self.catch_up()

    def keep(self, letters: list[Letter], *, is_anew: bool = False) -> None:
        """Keep letters and all that changed in the ward, as of the cursor."""
        ward = self._ward
        states = [ward.wearers[key] for key in ward.changed]
        self._store.keep_decisions(self._cursor, letters, ward.records, states, ward.days, is_anew=is_anew)
        for kept in (ward.changed, ward.records, ward.days):
            kept.clear()

    def _take(self, journal_id: int, entry: Entry) -> list[Letter]:
        """What comes of an entry; of one that cannot be taken, the notice: it must not end every start."""
        try:
            return self._ward.take(entry)
        except MessageError as error:
            level = logging.DEBUG if self.counters["left_out"] else logging.WARNING
            log.log(level, "row %d of the journal cannot be taken and is left out: %s", journal_id, error)
            self.counters["left_out"] += 1
            return [Letter(Lane.QUARANTINE, self._topics.quarantine, encode(notice_of(entry, error)))]
