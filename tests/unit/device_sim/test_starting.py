"""Stories that start now: their clock, and those that can only start at their own hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from device_sim.conformance.stories import choose
from device_sim.events import Routine
from device_sim.scenario import packaged_names, packaged_scenario
from device_sim.starting import started, why_not

NOON = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "may_start"), [(0, True), (14, True), (16, False), (-1, False), (12 * 60, False)]
)
def test_a_story_by_the_clock_starts_in_the_quarter_of_an_hour_after_its_time(
    minutes: int, may_start: bool
) -> None:
    """A night that is told at ten in the morning begins at ten in the evening, whatever the day."""
    story = packaged_scenario("apnea-night")
    now = datetime(2026, 5, 4, 22, 0, 0, tzinfo=UTC) + timedelta(minutes=minutes)

    why = why_not(story, now)

    assert (why is None) is may_start
    assert why is None or "start it at 22:00 UTC" in why


def test_the_hour_of_a_story_is_that_of_its_time_zone() -> None:
    """Ten in the evening two hours east of Greenwich is eight by UTC, and the story lives by its clock."""
    east = timezone(timedelta(hours=2))
    story = msgspec.structs.replace(
        packaged_scenario("apnea-night"), start=datetime(2026, 3, 2, 22, 0, tzinfo=east)
    )
    now = datetime(2026, 5, 4, 20, 5, tzinfo=UTC)

    assert why_not(story, now) is None
    assert why_not(story, now + timedelta(hours=2)) is not None
    assert started(story, now).start_s == now.timestamp()
    assert started(story, now).clock_s == 22 * 3600.0 + 300.0


def test_a_story_that_cannot_start_now_is_not_tried_and_says_why() -> None:
    """Others are played; a gateway is not failed for an hour that never came."""
    stories = [packaged_scenario(name) for name in ("apnea-night", "fever")]
    untimely = {story.name: why for story in stories if (why := why_not(story, NOON))}

    chosen = choose([started(story, NOON) for story in stories], packaged_names(), "acc-aha-2017", untimely)

    assert [story.scenario.name for story in chosen.stories] == ["fever"]
    assert "start it at 22:00 UTC" in chosen.left_out["apnea-night"]


@pytest.mark.parametrize("name", packaged_names())
def test_every_story_with_a_routine_goes_by_the_clock(name: str) -> None:
    """What its days bring comes at hours of the day."""
    story = packaged_scenario(name)
    routines = [
        event for plan in story.wearers.values() for event in plan.events if isinstance(event, Routine)
    ]

    assert story.by_clock or not routines
