"""How requirements look at a wearer: what is wrong, nothing if they hold, None if nothing tries them."""

from __future__ import annotations

from collections.abc import Callable

from device_sim.conformance.case import Case
from device_sim.scoring import verdict
from device_sim.scoring.episodes import URGENCY
from device_sim.truth import TruthEpisode
from edge.contract.messages import Kind, Phase
from edge.contract.samples import Mode

# Conditions that end when what they tell of ends; an average of pressures goes on for days.
_ENDS_WITH_IT = {
    "irregular_rhythm",
    "tachycardia_at_rest",
    "bradycardia_at_rest",
    "sensor_lost",
    "sensor_frozen",
    "off_body",
}
# How long before the story's end something has to be over for its end to be waited for.
END_WITHIN_S = 1200.0
# What lasts longer is a time of a story, not one episode.
ONE_EPISODE_S = 43_200.0


def detected(condition: str) -> Callable[[Case], list[str] | None]:
    """Whether every required episode of a condition is told at all."""

    def look(case: Case) -> list[str] | None:
        episodes = [episode for episode in case.required if episode.condition == condition]
        if not episodes:
            return None
        return [f"missed: {_named(episode, case)}" for episode in episodes if not case.alerts_of(episode)]

    return look


def in_time(case: Case) -> list[str] | None:
    """Whether what is told at all is told in time."""
    told = [(episode, found) for episode in case.required if (found := case.alerts_of(episode))]
    if not told:
        return None
    return [
        f"late: {_named(episode, case)}, {found[0].at_s - episode.latest_s:.0f} s after the latest"
        for episode, found in told
        if episode.latest_s is not None and found[0].at_s > episode.latest_s
    ]


def starts_once(case: Case) -> list[str] | None:
    """Whether each required episode of the wearer is one alert, and each alert begins once."""
    told = [(episode, found) for episode in case.required if (found := case.alerts_of(episode))]
    if not told:
        return None
    starts: dict[str, set[int]] = {}
    for message in case.told:
        if message.phase is Phase.START:
            starts.setdefault(message.id, set()).add(message.n)
    several = [
        f"{len(found)} alerts: {_named(episode, case)}"
        for episode, found in told
        # Of a device that is gone each of its signals may be told, and what is so for days comes and goes.
        if len(found) > 1
        and found[0].kind is Kind.PHYSIOLOGICAL
        and episode.end_s - episode.onset_s <= ONE_EPISODE_S
    ]
    return several + [f"begun {len(n)} times: {alert}" for alert, n in starts.items() if len(n) > 1]


def ends_told(case: Case) -> list[str] | None:
    """Whether alerts about what ended well before the story have ended too."""
    over = [
        (episode, found)
        for episode in case.required
        if episode.condition in _ENDS_WITH_IT
        and case.watch.end_s - episode.end_s >= END_WITHIN_S
        and (found := case.alerts_of(episode))
    ]
    if not over:
        return None
    return [
        f"not ended: {_named(episode, case)}"
        for episode, found in over
        if any(alert.end_s is None for alert in found)
    ]


def in_order(case: Case) -> list[str] | None:
    """Whether onset, telling and end of every alert follow each other."""
    if not case.part.alerts:
        return None
    return [
        f"{alert.condition}: onset {alert.onset_s:.0f}, told {alert.at_s:.0f}, end {alert.end_s}"
        for alert in case.part.alerts
        if alert.onset_s > alert.at_s or (alert.end_s is not None and alert.end_s < alert.onset_s)
    ]


def urgent_enough(case: Case) -> list[str] | None:
    """Whether what needs a priority reaches it."""
    told = [
        (episode, max(ranks))
        for episode in case.required
        if episode.priority is not None
        and (ranks := [URGENCY.index(a.priority) for a in case.alerts_of(episode) if a.priority is not None])
    ]
    if not told:
        return None
    return [
        f"only {URGENCY[reached]}: {_named(episode, case)}"
        for episode, reached in told
        if episode.priority is not None and reached < URGENCY.index(episode.priority)
    ]


def at_most(case: Case) -> list[str] | None:
    """Whether what can wait stays below the priority named."""
    limited = [episode for episode in case.required if episode.at_most is not None]
    if not any(alert.priority is not None for episode in limited for alert in case.alerts_of(episode)):
        return None
    return [f"{alert.priority}: {alert.condition}" for alert in case.part.too_urgent]


def numbered(case: Case) -> list[str] | None:
    """Whether the messages of each alert have the numbers 1, 2, 3 and so on."""
    if case.modes is None:
        return None
    numbers: dict[str, set[int]] = {}
    for message in case.told:
        numbers.setdefault(message.id, set()).add(message.n)
    if not numbers:
        return None
    return [
        f"{sorted(seen)}: {alert}" for alert, seen in numbers.items() if seen != set(range(1, len(seen) + 1))
    ]


def marked_as_test(case: Case) -> list[str] | None:
    """Whether no alert says that it is about a living wearer."""
    if not case.modes:
        return None
    return ["an alert of mode real"] if Mode.REAL in case.modes else []


def quiet(case: Case) -> list[str] | None:
    """Whether nothing forbidden or false is told."""
    return verdict.unfounded(case.part)


def usual_in_the_end(case: Case) -> list[str] | None:
    """Whether what a story requires to be told until then is told no more after it."""
    again = [
        f"told again: {alert.condition} at {(alert.at_s - case.watch.start_s) / 60.0:.0f} min"
        for episode in case.required
        for alert in case.part.alerts
        if alert.condition == episode.condition and alert.at_s > episode.end_s
    ]
    return verdict.unfounded(case.part) + again if case.required else None


def survived(case: Case) -> list[str] | None:
    """Whether every required episode is told, once, and its end too."""
    if not case.required:
        return None
    missed = [f"missed: {_named(episode, case)}" for episode in case.required if not case.alerts_of(episode)]
    return [*verdict.unfounded(case.part), *missed, *(starts_once(case) or ()), *(ends_told(case) or ())]


def reasons_told(case: Case) -> list[str] | None:
    """Whether each reason for which something must be set aside was told."""
    return verdict.not_set_aside(case.watch, case.observed)


def only_bad_set_aside(case: Case) -> list[str] | None:
    """Whether what was set aside had a fault."""
    return verdict.set_aside_wrongly(case.watch, case.observed)


def signals_told(case: Case) -> list[str] | None:
    """Whether the status names every signal that the devices send."""
    return verdict.not_heard(case.watch, case.observed)


def coverage_reached(case: Case) -> list[str] | None:
    """Whether the models have judged the share of windows that the story asks for."""
    return verdict.not_covered(case.watch, case.observed)


def _named(episode: TruthEpisode, case: Case) -> str:
    return f"{episode.condition} at {(episode.onset_s - case.watch.start_s) / 60.0:.0f} min"
