"""Commands about alarms, baselines and advice, and the replies; who and about whom stand in the topic."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from edge.contract.advice import Topic
from edge.contract.baselines import Baseline
from edge.contract.durations import DAY_S
from edge.contract.messages import AlarmState
from edge.contract.samples import Mode

RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
ConditionCode = Annotated[str, Meta(min_length=1, max_length=64)]
# A pause of the sound is for the minute in which somebody acts; what takes longer is shelved.
LONGEST_PAUSE_S = 600.0
LONGEST_SHELF_S = DAY_S
# An older command was meant for a situation that has passed.
COMMAND_LATE_AFTER_S = 300.0


class _Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """What all commands have: `request` is repeated in the reply; `sent_s` is when somebody gave it."""

    request: RequestId
    sent_s: float | None = None


class Acknowledge(_Command, frozen=True, kw_only=True, tag="acknowledge"):
    """Somebody has seen the alarm of this episode. Holds for all subscribers."""

    episode: Annotated[str, Meta(pattern="^[0-9a-f]{20}$")]


class PauseAudio(_Command, frozen=True, kw_only=True, tag="pause_audio"):
    """No alarm of this wearer shall sound for so long; a new alarm of high priority ends the pause."""

    for_s: Annotated[float, Meta(gt=0, le=LONGEST_PAUSE_S)]
    reason: Words


class ResumeAudio(_Command, frozen=True, kw_only=True, tag="resume_audio"):
    """End the pause now."""


class Shelve(_Command, frozen=True, kw_only=True, tag="shelve"):
    """Announce nothing of this condition of this wearer for so long, but the end of what was announced."""

    condition: ConditionCode
    for_s: Annotated[float, Meta(gt=0, le=LONGEST_SHELF_S)]
    reason: Words


class Unshelve(_Command, frozen=True, kw_only=True, tag="unshelve"):
    """Announce it again from now on."""

    condition: ConditionCode


class SetLimit(_Command, frozen=True, kw_only=True, tag="set_limit"):
    """Use this limit for this wearer; null for that of the table, or of the baseline."""

    condition: ConditionCode
    limit: float | None
    reason: Words


class SetAdvice(_Command, frozen=True, kw_only=True, tag="set_advice"):
    """Give this wearer advice on the topic, or give none; holds until somebody sets it anew."""

    topic: Topic
    is_wanted: bool
    reason: Words


class ExportBaseline(_Command, frozen=True, kw_only=True, tag="export_baseline"):
    """Hand out what is kept of this wearer's usual; it comes with the reply."""


class ResetBaseline(_Command, frozen=True, kw_only=True, tag="reset_baseline"):
    """Delete what is kept of this wearer's usual, and learn it anew."""

    reason: Words


Command = (
    Acknowledge
    | PauseAudio
    | ResumeAudio
    | Shelve
    | Unshelve
    | SetLimit
    | SetAdvice
    | ExportBaseline
    | ResetBaseline
)


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a command; `what` says so in a sentence, `allowed` what would have been accepted.

    `at_s` is when it took effect. `state` is that of the alarm after an acknowledgement, None once the alarm
    is over; `baseline` is what was asked for. `request` is None where the command could not be read.
    """

    request: str | None
    who: str
    wearer: str
    mode: Mode
    is_accepted: bool
    at_s: float
    what: str
    allowed: str | None = None
    state: AlarmState | None = None
    baseline: Baseline | None = None
