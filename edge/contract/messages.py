"""What the edge publishes: alerts, advice, quarantine notices and its status."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

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


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the decision rested on.

    `values` are named with their units. `limit` was crossed; `guideline` says where the limit or scheme is
    from. `bundle`, `probability` and `quality` are there when a model judged.
    """

    values: dict[str, float | str]
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
    began, `at_s` when this message became true, `end_s` when the condition ended.
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
    end_s: float | None = None
    end_reason: EndReason | None = None


class Advice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of health advice: never urgent, never repeated while unchanged."""

    id: str
    rule: str
    wearer: str
    mode: Mode
    at_s: float
    text: str
    guideline: str
    link: str
    values: dict[str, float | str]


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


class LinkState(StrEnum):
    """Whether the edge is there; `offline` is also its last will."""

    ONLINE = "online"
    OFFLINE = "offline"


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


class WearerStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the edge knows of a wearer: active conditions, and how far it could judge. Holds no vital sign.

    `signals` names, for each signal seen, when its last live sample was and from which device.
    """

    wearer: str
    mode: Mode
    active: tuple[str, ...] = ()
    models: dict[str, ModelStatus] = {}
    signals: dict[str, SignalStatus] = {}


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
