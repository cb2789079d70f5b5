"""Snapshots of the wearers' state, and up to which journal entry they reach."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from edge.contract.samples import Mode
from edge.pipeline.state import WearerState

Wearers = dict[tuple[str, Mode], WearerState]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WearerState)


class Snapshots:
    """Saves and loads state. The caller holds the transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def load(self) -> tuple[int, Wearers]:
        """The journal id the state reaches, and the state of every wearer."""
        cursor = int(self._database.execute("SELECT journal_id FROM cursor").fetchone()[0])
        states = (_decoder.decode(row[0]) for row in self._database.execute("SELECT state FROM snapshot"))
        return cursor, {(state.wearer, state.mode): state for state in states}

    def save(self, journal_id: int, states: Iterable[WearerState]) -> None:
        """Keep the state of the wearers that changed, as of that journal entry."""
        self._database.executemany(
            "INSERT INTO snapshot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
            [(state.wearer, state.mode.value, _encoder.encode(state)) for state in states],
        )
        self._database.execute("UPDATE cursor SET journal_id = ?", (journal_id,))
