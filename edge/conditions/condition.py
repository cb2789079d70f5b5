"""What a row of the table of conditions says, and what one observation says of a condition."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from edge.contract.messages import Kind, Priority


class Harm(StrEnum):
    """What may follow if nobody responds (IEC 60601-1-8:2006+A2:2020, table 1)."""

    IRREVERSIBLE = "irreversible"
    REVERSIBLE = "reversible"
    MINOR = "minor"


class Onset(StrEnum):
    """How soon it may follow: seconds to minutes, minutes, or minutes to hours and more."""

    IMMEDIATE = "immediate"
    PROMPT = "prompt"
    DELAYED = "delayed"


# IEC 60601-1-8:2006+A2:2020, table 1; where it leaves "low or none", low.
PRIORITIES: dict[tuple[Harm, Onset], Priority] = {
    (Harm.IRREVERSIBLE, Onset.IMMEDIATE): Priority.HIGH,
    (Harm.IRREVERSIBLE, Onset.PROMPT): Priority.HIGH,
    (Harm.IRREVERSIBLE, Onset.DELAYED): Priority.MEDIUM,
    (Harm.REVERSIBLE, Onset.IMMEDIATE): Priority.HIGH,
    (Harm.REVERSIBLE, Onset.PROMPT): Priority.MEDIUM,
    (Harm.REVERSIBLE, Onset.DELAYED): Priority.LOW,
    (Harm.MINOR, Onset.IMMEDIATE): Priority.MEDIUM,
    (Harm.MINOR, Onset.PROMPT): Priority.LOW,
    (Harm.MINOR, Onset.DELAYED): Priority.LOW,
}
PRIORITY_ORDER = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)


class Level(StrEnum):
    """What one observation says of a condition."""

    PRESENT = "present"
    DEAD_BAND = "dead_band"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of conditions.

    The condition must be present for `on_delay_s` to start an episode and absent for `off_delay_s` to end it;
    in the dead-band an episode neither starts nor ends. Where `held`, an observation stands until the next
    (a contact switch); otherwise only observations let the delays run. After `lapse_s` without knowledge an
    episode ends as unknown. While active an update follows every `update_every_s`.

    An alarm that nobody acknowledges for `escalate_after_s` rises by one priority. While a condition of
    `inhibited_by` is active on the same signal or device, this one is not announced. `limit` may be set for
    one wearer within `limit_range`; None where it is nobody's to set. `text` may name the {limit}.
    """

    code: str
    title: str
    kind: Kind
    harm: Harm
    onset: Onset
    on_delay_s: float
    off_delay_s: float
    text: str
    guideline: str | None = None
    limit: float | None = None
    limit_range: tuple[float, float] | None = None
    dead_band: float = 0.0
    held: bool = False
    lapse_s: float | None = None
    update_every_s: float | None = None
    escalate_after_s: float | None = None
    inhibited_by: tuple[str, ...] = ()

    @property
    def priority(self) -> Priority:
        """How soon somebody should look, from harm and onset."""
        return PRIORITIES[self.harm, self.onset]


def level_above(value: float, limit: float, dead_band: float) -> Level:
    """Present above the limit, absent once the value is a dead-band below it."""
    if value > limit:
        return Level.PRESENT
    return Level.ABSENT if value <= limit - dead_band else Level.DEAD_BAND


def level_below(value: float, limit: float, dead_band: float) -> Level:
    """Present below the limit, absent once the value is a dead-band above it."""
    if value < limit:
        return Level.PRESENT
    return Level.ABSENT if value >= limit + dead_band else Level.DEAD_BAND


class Sight(NamedTuple):
    """What one look says of a condition: the level, and what `observe` of the machine may be told with it."""

    level: Level
    priority: Priority | None = None
    news: bool = False
    again: bool = False
    since_s: float | None = None


PLAIN = {level: Sight(level) for level in Level}
# What nearly every look says.
ABSENT = PLAIN[Level.ABSENT]
