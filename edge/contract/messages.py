"""What the edge publishes: alerts, advice, quarantine notices and its status."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from edge.contract.advice import FollowUp, Topic
from edge.contract.explanation import Explanation
from edge.contract.samples import Mode
from edge.contract.signature import Trust


class Kind(StrEnum):
    """Of the wearer, or of the equipment (ISO/IEEE 11073-10207: Phy, Tec)."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class Priority(StrEnum):
    """How soon somebody should look (IEC 60601-1-8)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Phase(StrEnum):
    """Where in its episode an alert message stands."""

    START = "start"
    UPDATE = "update"
    END = "end"


class EndReason(StrEnum):
    """Why an episode ended: the condition went, or nothing more could be known of it."""

    CLEARED = "cleared"
    UNKNOWN = "unknown"


class AlarmState(StrEnum):
    """Where an alarm stands, in the states of IEC 62682; one that is normal is not told of.

    `unacknowledged`: present, and nobody has seen it. `acknowledged`: present and seen. `returned`: gone and
    not seen. `latched`: gone and not seen, and it stays until somebody has.
    """

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    LATCHED = "latched"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the decision rested on.

    `values` are named with their units. `limit` was crossed; `guideline` says where the limit or scheme is
    from. `bundle`, `probability` and `quality` are there when a model judged.
    """

    # Whole numbers stay whole over a snapshot: the same alert has the same bytes after a restart.
    values: dict[str, int | float | str]
    limit: float | None = None
    scheme: str | None = None
    guideline: str | None = None
    bundle: str | None = None
    probability: float | None = None
    quality: float | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message about an episode of a condition.

    All messages of an episode share `id`; `n` counts them from 1, so (`id`, `n`) is unique and a message
    received twice is recognised. Times are event times, Unix seconds in UTC: `onset_s` when the condition
    began, `at_s` when this message became true, `end_s` when the condition ended. `state` is that of the
    alarm: an update of one that is acknowledged asks nobody to look again. Until `audio_paused_until_s` it
    should make no sound. `why` lets anybody check the decision.
    """

    id: str
    n: int
    phase: Phase
    condition: str
    kind: Kind
    priority: Priority
    wearer: str
    mode: Mode
    onset_s: float
    at_s: float
    text: str
    evidence: Evidence
    signal: str
    device: str
    state: AlarmState = AlarmState.UNACKNOWLEDGED
    audio_paused_until_s: float | None = None
    end_s: float | None = None
    end_reason: EndReason | None = None
    why: Explanation | None = None


class Advice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of health advice: never urgent, never repeated while its number is unchanged.

    `values` are the named facts it rests on. A `follow_up` says whether the number of earlier advice moved.
    """

    id: str
    rule: str
    topic: Topic
    wearer: str
    mode: Mode
    at_s: float
    language: str
    text: str
    guideline: str
    link: str
    values: dict[str, int | float | str]
    follow_up: FollowUp | None = None


class Reason(StrEnum):
    """Why a message did not, or did not wholly, take part in decisions."""

    REFUSED = "refused"
    OUT_OF_RANGE = "out_of_range"
    DUPLICATE = "duplicate"
    LATE = "late"


class Quarantine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a message, or part of it, was set aside. Carries no measured value."""

    reason: Reason
    what: str
    where: str
    allowed: str
    topic: str
    received_s: float
    size_bytes: int
    samples: int | None = None


class BundleStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A model in use: its name, the SHA-256 of its bundle file, and what its signature is worth here."""

    name: str
    sha256: str
    signature: Trust


class Agreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a new model judged the windows of the last hour, beside the one in use.

    Of `windows`, each one's last values seen by both, `both` were answered by both models, and `alike` by
    both on the same side of their thresholds. The differences are of the probabilities.
    """

    wearers: int
    windows: int
    both: int
    alike: int
    only_in_use: int
    only_new: int
    mean_difference: float | None = None
    largest_difference: float | None = None


class InstallStep(StrEnum):
    """How far the installation of a bundle has come; it ends at `kept`, `refused` or `reverted`."""

    RECEIVED = "received"
    CHECKED = "checked"
    TRIED = "tried"
    SHADOWED = "shadowed"
    SWITCHED = "switched"
    KEPT = "kept"
    REFUSED = "refused"
    REVERTED = "reverted"


class InstallStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last installation of a bundle: how far it has come, or why it was not kept.

    `bundle` is its name, or that of the file as long as it has not been read; `instead_of` the one in use
    before it.
    """

    bundle: str
    step: InstallStep
    at_s: float
    instead_of: str | None = None
    reason: str | None = None
    agreement: Agreement | None = None


class LinkState(StrEnum):
    """Whether the edge is there; `offline` is also its last will."""

    ONLINE = "online"
    OFFLINE = "offline"


class SelfTestStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last self-test: whether a crossing made up by the edge itself came back as an alert.

    `took_s` is from the sample's publication to the alarm's removal; `failed_at` names the step that did not
    come in time.
    """

    n: int
    at_s: float
    has_passed: bool
    took_s: float | None = None
    failed_at: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The edge's own state, retained. Counters run from the start of the process."""

    state: LinkState
    edge: str
    version: str
    reason: str | None = None
    started_s: float | None = None
    bundles: tuple[BundleStatus, ...] = ()
    wearers: int = 0
    counters: dict[str, int] = {}
    outbox: int = 0
    self_test: SelfTestStatus | None = None
    install: InstallStatus | None = None


class SignalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The device a signal is taken from, and the time of its last live sample."""

    device: str
    last_s: float


class ModelStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often a model judged this wearer and how often it abstained, since the state began."""

    windows: int
    abstained: int
    last_probability: float | None = None
    last_reason: str | None = None
    last_at_s: float | None = None


class ShelfStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A condition of a wearer that is shelved: by whom, why and until when."""

    until_s: float
    who: str
    reason: str


class WearerStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the edge knows of a wearer: active conditions, and how far it could judge. Holds no vital sign.

    `signals` names, for each signal seen, when its last live sample was and from which device. `shelved` are
    the conditions nothing is announced of, `limits` those set for this wearer, `advice` the topics turned on
    or off by command.
    """

    wearer: str
    mode: Mode
    active: tuple[str, ...] = ()
    models: dict[str, ModelStatus] = {}
    signals: dict[str, SignalStatus] = {}
    shelved: dict[str, ShelfStatus] = {}
    limits: dict[str, float] = {}
    advice: dict[str, bool] = {}
    audio_paused_until_s: float | None = None


class SleepStage(StrEnum):
    """What sleep is told as: awake, asleep without rapid eye movements, asleep with them."""

    WAKE = "wake"
    NREM = "nrem"
    REM = "rem"


class SleepStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a wearer sleeps, as far as it can be told while the night goes on; not the morning's report.

    It is of the half minute that ended at `at_s`; `since_s` is since when the wearer has been asleep, or
    awake. `probability` is there, by stage, where `bundle` judged; who moves about is awake without. Where
    nothing can be told, `reason` says why and the others are left out.
    """

    wearer: str
    mode: Mode
    is_asleep: bool | None = None
    stage: SleepStage | None = None
    at_s: float | None = None
    since_s: float | None = None
    probability: dict[SleepStage, float] = {}
    bundle: str | None = None
    reason: str | None = None


def episode_id(wearer: str, mode: Mode, condition: str, subject: str, onset_s: float) -> str:
    """The stable id of an episode: the same inputs give the same 20 hex digits on every machine.

    `subject` is the signal the condition was seen on, followed by '@' and the device where each device has
    episodes of its own.
    """
    key = f"{wearer}|{mode}|{condition}|{subject}|{round(onset_s * 1000)}"
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def advice_id(wearer: str, mode: Mode, rule: str, at_s: float) -> str:
    """The stable id of a piece of advice."""
    return episode_id(wearer, mode, rule, "advice", at_s)
