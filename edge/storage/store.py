"""All that the edge keeps, behind one door: each method is one commit, tried until the disk takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from edge.ends import Entry, Lane, Letter, Record
from edge.storage.audit import Audit
from edge.storage.checkpoints import Checkpoint, Checkpoints
from edge.storage.database import open_database, transaction
from edge.storage.days import Days
from edge.storage.journal import Journal
from edge.storage.older_states import Shown
from edge.storage.outbox import Outbox
from edge.storage.patience import store_patiently
from edge.storage.snapshots import Snapshots, Wearers
from edge.wearer.state import WearerState
from edge.wearer.summary import Day

# Notices of bad messages are worth keeping, but never at the price of the disk.
NOTICES_LIMIT: Final = 1000
# So many checkpoints are spread over the time for which messages are kept; the journal reaches back by up to
# one such stretch longer.
CHECKPOINTS_KEPT: Final = 4


class Store:
    """Journal, outbox, snapshots, audit log and days; `is_stopping` ends the patience with a full disk."""

    def __init__(self, directory: Path, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping
        self._database = open_database(directory)
        self._audit = Audit(self._database)
        self._days = Days(self._database)
        self._snapshots = Snapshots(self._database)
        self._checkpoints = Checkpoints(self._database)
        self.journal = Journal(self._database)
        self.outbox = Outbox(self._database)

    def load(self) -> tuple[int, Wearers | None]:
        """How far was decided, and the states it led to; None for states of another version."""
        return self._snapshots.load()

    def start_anew(self) -> Checkpoint:
        """Where states of another version are made anew from: nothing, if the journal is whole.

        Else the oldest checkpoint, as far as it can be read.
        """
        oldest = None if self.journal.is_whole() else self._checkpoints.oldest()
        return Checkpoint(0, {}) if oldest is None else oldest

    def shown(self) -> list[Shown]:
        """Each wearer's alarms that were not over, also in states of another version."""
        return self._snapshots.shown()

    def keep_messages(self, entries: Sequence[Entry], letters: Sequence[Letter] = ()) -> None:
        """What came in, and what has to be said of what could not be taken."""

        def write() -> None:
            self.journal.append(entries)
            self._put(letters)

        self._commit(write)

    def keep_decisions(
        self,
        cursor: int,
        letters: Sequence[Letter],
        records: Sequence[Record],
        states: Iterable[WearerState],
        days: Sequence[Day] = (),
        *,
        is_anew: bool = False,
    ) -> None:
        """Letters, the lines of the log, the states they came from, days, and how far was decided.

        States made anew take the place of all that were stored.
        """
        changed = list(states)

        def write() -> None:
            self._put(letters)
            self._audit.append(records)
            self._days.keep(days)
            if is_anew:
                self._snapshots.clear()
            self._snapshots.save(cursor, changed)

        self._commit(write)

    def forget_letters(self, letter_ids: list[int]) -> None:
        """Letters that the broker has confirmed."""
        self._commit(lambda: self.outbox.mark_sent(letter_ids))

    def forget_entries(self, now_s: float, keep_s: float) -> None:
        """Messages older than that, up to a checkpoint from which the rest can be decided again."""

        def write() -> None:
            newest_s = self._checkpoints.newest_s()
            # One of a time to come was kept before the clock was set back.
            if newest_s is None or not now_s - keep_s / CHECKPOINTS_KEPT < newest_s <= now_s:
                self._checkpoints.keep(now_s)
            start = self._checkpoints.newest_before(now_s - keep_s)
            if start is not None:
                self.journal.forget_before(now_s - keep_s, start)
                self._checkpoints.forget_before(start)

        self._commit(write)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _commit(self, write: Callable[[], object]) -> None:
        def keep() -> None:
            with transaction(self._database):
                write()

        store_patiently(keep, self._is_stopping)

    def _put(self, letters: Sequence[Letter]) -> None:
        notices = [letter for letter in letters if letter.lane is Lane.QUARANTINE]
        if notices:
            room = max(NOTICES_LIMIT - self.outbox.waiting_in(Lane.QUARANTINE), 0)
            letters = [letter for letter in letters if letter.lane is not Lane.QUARANTINE] + notices[:room]
        self.outbox.put(letters)
