"""Stories that start now, for gateways that live on wall time: which can, and when the others could."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from device_sim.scenario import Scenario
from edge.contract.durations import MINUTE_S

# A story by the clock may start a little late: what it expects by an hour then comes early, which is in time.
MOST_LATE: Final = timedelta(seconds=15 * MINUTE_S)


def started(scenario: Scenario, now: datetime) -> Scenario:
    """The same story from now on, by the clock of its own time zone."""
    return msgspec.structs.replace(
        scenario, start=now.astimezone(scenario.start.tzinfo).replace(microsecond=0)
    )


def why_not(scenario: Scenario, now: datetime) -> str | None:
    """Why the truth of a story would not hold if it started now; None where it would."""
    if not scenario.by_clock:
        return None
    local = now.astimezone(scenario.start.tzinfo)
    own = local.replace(hour=scenario.start.hour, minute=scenario.start.minute, second=scenario.start.second)
    late = (local - own) % timedelta(days=1)
    if late <= MOST_LATE:
        return None
    return f"its truth goes by the clock: start it at {scenario.start:%H:%M %Z}, or at another speed than 1"
