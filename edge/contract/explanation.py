"""Why an alert was raised, in numbers that a third party can check: see docs/verify-an-alert.md."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

# To be raised with every change of what an explanation means.
FORMAT: Final = 1
# An input tells so many values, the last; what is summarised are all.
MOST_VALUES: Final = 64


class Relation(StrEnum):
    """How a quantity stands to a bound."""

    ABOVE = "above"
    FROM = "from"
    BELOW = "below"
    UP_TO = "up_to"


class Needs(StrEnum):
    """Whether one threshold that is met is enough, or all have to be."""

    ANY = "any"
    ALL = "all"


class LimitSource(StrEnum):
    """Who says where a limit lies: the table of conditions, a command, age and what is usual, and so on."""

    TABLE = "table"
    WEARER = "wearer"
    BASELINE = "baseline"
    SCHEME = "scheme"
    BUNDLE = "bundle"
    SIGNAL = "signal"
    STATISTICS = "statistics"


class Input(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Values of one quantity that the decision used, oldest first, and how good they are.

    `quantity` is named with its unit. There were `count` values from `first_s` to `last_s`, between `least`
    and `greatest`; of more than 64 only the last 64 are in `values`. A value that could not be used is null.
    `times_s` is left out for RR intervals, each of which begins where the one before ends, the last ends at
    `last_s`.
    """

    quantity: str
    values: tuple[int | float | None, ...]
    count: int
    first_s: float
    last_s: float
    times_s: tuple[float, ...] = ()
    least: int | float | None = None
    greatest: int | float | None = None
    quality: float | None = None


class Threshold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A limit in force: it is met where `value` is `relation` `limit`.

    An episode that has begun goes on within `dead_band` on the other side.
    """

    quantity: str
    value: int | float
    relation: Relation
    # Whole numbers stay whole over a snapshot, as in the evidence.
    limit: int | float
    source: LimitSource
    dead_band: int | float | None = None


class DecidingModel(msgspec.Struct, frozen=True, kw_only=True):
    """The bundle that judged: its name and the SHA-256 of its file."""

    bundle: str
    sha256: str


class Probability(msgspec.Struct, frozen=True, kw_only=True):
    """A calibrated probability, the interval it lies in, and how that interval was made."""

    value: float
    low: float
    high: float
    interval: str


class WindowVote(msgspec.Struct, frozen=True, kw_only=True):
    """What one window of a model said: its end, its calibrated probability, and whether that counts."""

    at_s: float
    probability: float
    is_positive: bool


class Contributions(msgspec.Struct, frozen=True, kw_only=True):
    """How groups of inputs moved the model's logit from that of a baseline to that of the window.

    Shapley values by exact enumeration of all groups: their sum is `logit` minus `baseline_logit`.
    """

    baseline: str
    baseline_logit: float
    logit: float
    groups: dict[str, float]


class ValueChange(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity that would have had to be otherwise: `relation` `bound`, where it was `value`."""

    quantity: str
    value: int | float
    relation: Relation
    bound: float


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would have had to be otherwise for this alert not to be: all `changes`, or so many windows.

    Each bound is where the decision changes, found by asking the decision itself, to within 1e-6.
    """

    text: str
    changes: tuple[ValueChange, ...] = ()
    windows: int | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a condition was said to be present, or to be over.

    Present when `needs` of the `thresholds` are met, for `delay_s` without a break. What is not told stands
    in `not_told` with the reason. `model`, `probability`, `votes` and `contributions` are
    there where a model judged.
    """

    format: int
    inputs: tuple[Input, ...]
    thresholds: tuple[Threshold, ...]
    needs: Needs = Needs.ANY
    delay_s: float | None = None
    model: DecidingModel | None = None
    probability: Probability | None = None
    votes: tuple[WindowVote, ...] = ()
    contributions: Contributions | None = None
    counterfactual: Counterfactual | None = None
    not_told: dict[str, str] = {}
