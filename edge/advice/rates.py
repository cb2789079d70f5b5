"""How much advice one wearer gets, however many rules apply."""

from __future__ import annotations

from typing import Final

from edge.advice.diary import Diary, Told
from edge.contract.durations import DAY_S, WEEK_S

# In 24 hours and in 7 days; of it about habits, follow-ups included, which nobody waits for.
MOST_A_DAY: Final = 2
MOST_A_WEEK: Final = 5
MOST_HABITS_A_DAY: Final = 1
MOST_HABITS_A_WEEK: Final = 3


def free_s(diary: Diary, *, is_habit: bool = False) -> float:
    """From when on one more piece of advice is within the limits."""
    told_s = [item.at_s for item in diary.told]
    found_s = max(_after(told_s, MOST_A_DAY, DAY_S), _after(told_s, MOST_A_WEEK, WEEK_S))
    if not is_habit:
        return found_s
    told_s = [item.at_s for item in diary.told if item.is_habit]
    return max(found_s, _after(told_s, MOST_HABITS_A_DAY, DAY_S), _after(told_s, MOST_HABITS_A_WEEK, WEEK_S))


def note_told(diary: Diary, at_s: float, *, is_habit: bool) -> None:
    """Note that advice was given, and forget what is more than a week ago."""
    diary.told = [*(item for item in diary.told if at_s - item.at_s < WEEK_S), Told(at_s, is_habit)]


def _after(told_s: list[float], most: int, within_s: float) -> float:
    # A reading that came late tells of an earlier time.
    return sorted(told_s)[-most] + within_s if len(told_s) >= most else 0.0
