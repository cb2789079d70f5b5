"""The alarms of one wearer, and what people have asked of them: all of it survives a restart."""

from __future__ import annotations

import msgspec

from edge.contract.alarms import Withheld
from edge.contract.messages import AlarmState, Alert


class Alarm(msgspec.Struct):
    """An alarm that is not over.

    `alert` is what was last to be announced; `n` counts what has been. `is_owed` while an announcement
    waits for what withholds it to end, `is_unseen` while an earlier episode was announced and nobody has
    acknowledged it. `since_s` is when the alarm came into its state, and `asked_s` when
    somebody was last asked to look, from which its escalation counts.
    """

    alert: Alert
    state: AlarmState
    since_s: float
    asked_s: float
    n: int = 0
    is_owed: bool = False
    is_latching: bool = False
    is_escalated: bool = False
    is_unseen: bool = False
    acknowledged_by: str | None = None
    acknowledged_s: float | None = None
    withheld: Withheld | None = None
    withheld_by: str | None = None

    @property
    def is_present(self) -> bool:
        """Whether the condition is present."""
        return self.state is AlarmState.UNACKNOWLEDGED or self.state is AlarmState.ACKNOWLEDGED


class Shelf(msgspec.Struct, frozen=True):
    """A condition nothing is announced of until `until_s`; by whom, and why."""

    until_s: float
    who: str
    reason: str


class AudioPause(msgspec.Struct, frozen=True):
    """No alarm sounds until `until_s`; by whom, and why."""

    until_s: float
    who: str
    reason: str


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """An accepted command: whose, its request, a hash of it (None: kept by an earlier version)."""

    who: str
    request: str
    digest: str | None = None


class Board(msgspec.Struct):
    """All alarms of a wearer that are not over, by CONDITION/SUBJECT; shelves by condition.

    `raised_s` are the times of recent alarms, by which a flood is known. `answered` are recent
    commands, by which a repeated one is known; `over` are (condition, subject) of the alarms that ended last.
    """

    alarms: dict[str, Alarm] = {}
    shelves: dict[str, Shelf] = {}
    audio_pause: AudioPause | None = None
    raised_s: list[float] = []
    answered: list[Answered] = []
    over: list[tuple[str, str]] = []

    @property
    def audio_paused_until_s(self) -> float | None:
        """When the sound comes back; None while it is on."""
        return None if self.audio_pause is None else self.audio_pause.until_s
