"""Snapshots of the wearers' state, and up to which journal entry they reach."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from edge.contract.samples import Mode
from edge.storage.older_states import Shown, read_shown
from edge.wearer.state import STATE_FORMAT, WearerState

Wearers = dict[tuple[str, Mode], WearerState]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WearerState)


def decode_state(stored: bytes) -> WearerState:
    """A state as it was stored; msgspec.DecodeError for one of another format."""
    return _decoder.decode(stored)


class Snapshots:
    """Saves and loads state. The caller holds the transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def load(self) -> tuple[int, Wearers | None]:
        """The journal id and the states it led to; None for states of another format than this version's."""
        cursor, state_format = self._database.execute(
            "SELECT journal_id, state_format FROM cursor"
        ).fetchone()
        rows = [row[0] for row in self._database.execute("SELECT state FROM snapshot")]
        if state_format != STATE_FORMAT:
            return cursor, None if rows or cursor else {}
        try:
            states = [decode_state(row) for row in rows]
        except msgspec.DecodeError:
            return cursor, None
        return cursor, {(state.wearer, state.mode): state for state in states}

    def shown(self) -> list[Shown]:
        """Each wearer's alarms that were not over, also in states of another format."""
        rows = self._database.execute("SELECT state FROM snapshot")
        return [shown for row in rows if (shown := read_shown(row[0])) is not None]

    def save(self, journal_id: int, states: Iterable[WearerState]) -> None:
        """Keep the state of the wearers that changed, as of that journal entry."""
        self._database.executemany(
            "INSERT INTO snapshot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
            [(state.wearer, state.mode.value, _encoder.encode(state)) for state in states],
        )
        self._database.execute(
            "UPDATE cursor SET journal_id = ?, state_format = ?", (journal_id, STATE_FORMAT)
        )

    def clear(self) -> None:
        """Forget all states, before those made anew are saved."""
        self._database.execute("DELETE FROM snapshot")
