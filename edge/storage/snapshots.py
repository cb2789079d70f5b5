"""Snapshots of the wearers' state, and up to which journal entry they reach."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from edge.contract.errors import ConfigError
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
        """The journal id and the states it led to; ConfigError if another version wrote them."""
        cursor = int(self._database.execute("SELECT journal_id FROM cursor").fetchone()[0])
        rows = self._database.execute("SELECT state FROM snapshot")
        try:
            states = [_decoder.decode(row[0]) for row in rows]
        except msgspec.DecodeError as error:
            raise ConfigError(
                f"holds state of another version ({error})",
                where="edge.state_dir",
                allowed="the version that wrote it, or another state_dir",
            ) from None
        return cursor, {(state.wearer, state.mode): state for state in states}

    def save(self, journal_id: int, states: Iterable[WearerState]) -> None:
        """Keep the state of the wearers that changed, as of that journal entry."""
        self._database.executemany(
            "INSERT INTO snapshot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
            [(state.wearer, state.mode.value, _encoder.encode(state)) for state in states],
        )
        self._database.execute("UPDATE cursor SET journal_id = ?", (journal_id,))
