"""States that another version stored: what of them this version reads."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from edge.contract.samples import Mode
from edge.wearer.state import WearerState

_TYPES: Final = {field.name: field.type for field in msgspec.structs.fields(WearerState)}
# An episode without its alarm, or an alarm without its episode, would never end.
_TOGETHER: Final = frozenset({"episodes", "board"})


class Shown(NamedTuple):
    """Whose state it is, and CONDITION/SUBJECT of the alarms that were not over."""

    key: tuple[str, Mode]
    alarms: tuple[str, ...]


class _Board(msgspec.Struct):
    alarms: dict[str, msgspec.Raw] = {}


class _Alarmed(msgspec.Struct):
    """As much of a state as tells its alarms, whatever else it looks like."""

    wearer: str
    mode: Mode
    board: _Board = msgspec.field(default_factory=_Board)


def read_older_state(stored: bytes) -> WearerState | None:
    """A state with every field that reads as one of this version; None where it is nobody's."""
    try:
        fields = msgspec.msgpack.decode(stored, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return None
    kept: dict[str, Any] = {}
    for name in _TYPES.keys() & fields.keys():
        try:
            kept[name] = msgspec.msgpack.decode(fields[name], type=_TYPES[name])
        except msgspec.DecodeError:
            continue
    if not kept.keys() >= _TOGETHER:
        kept = {name: value for name, value in kept.items() if name not in _TOGETHER}
    if not {"wearer", "mode"} <= kept.keys():
        return None
    # What time brings about is looked at anew: that may have changed too.
    return WearerState(**kept | {"quiet_until_s": 0.0})


def read_shown(stored: bytes) -> Shown | None:
    """The alarms of a state of whatever format; None where it does not say."""
    try:
        state = msgspec.msgpack.decode(stored, type=_Alarmed)
    except msgspec.DecodeError:
        return None
    return Shown((state.wearer, state.mode), tuple(state.board.alarms))
