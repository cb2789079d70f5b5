"""What each signal's samples mean: one function a signal, from sample to observation of conditions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from edge.advice.rules import DAY_S, Fact, advise
from edge.conditions import blood_pressure, heart_rate
from edge.conditions.machine import Condition, Level, Transition, observe
from edge.conditions.table import (
    BLOOD_PRESSURE_HIGH,
    BLOOD_PRESSURE_SEVERE,
    BRADYCARDIA_AT_REST,
    OFF_BODY,
    SENSOR_FROZEN,
    TACHYCARDIA_AT_REST,
)
from edge.conditions.votes import Vote, cast_vote, positive, positive_since_s, vote_level
from edge.contract.catalogue import SIGNALS
from edge.contract.messages import Advice, Alert, Evidence, Phase, Priority
from edge.pipeline.compose import Spot, compose_alert
from edge.pipeline.freshness import stream_key
from edge.pipeline.intake import Sample
from edge.pipeline.rulebook import Scorer
from edge.pipeline.state import ActivityDay, WearerState, Window
from edge.pipeline.windows import longest_gap_s, push, take

Said = list[Alert | Advice]

# At least moderate walking (Tudor-Locke 2018, Br J Sports Med 52:776: 100 steps/min).
MODERATE_CADENCE = 100.0
# A day with fewer minutes of data than 16 hours says too little.
LEAST_DAY_MINUTES = 960


def decide(spot: Spot, sample: Sample) -> Said:
    """Take one live sample of a stream; changes the wearer's state, returns the alerts and advice due."""
    signal = spot.subject.partition("@")[0]
    decider = _DECIDERS.get(signal)
    said = [] if decider is None else decider(spot, sample)
    for model in spot.rules.models:
        if signal in model.stream.signals:
            said += _slide(spot, model, sample)
    return said


def is_worn(state: WearerState, device: str) -> bool:
    """Whether the device touches the skin, as far as it says."""
    contact = state.streams.get(stream_key("contact", device))
    return contact is None or contact.value != 0.0


def say(
    spot: Spot,
    condition: Condition,
    level: Level,
    at_s: float,
    evidence: Evidence,
    *,
    priority: Priority | None = None,
    news: bool = False,
    since_s: float | None = None,
) -> Said:
    """Hand an observation to the condition's episode and put what follows into words."""
    episode = spot.state.episode(condition.code, spot.subject)
    transitions = observe(episode, condition, level, at_s, priority=priority, news=news, since_s=since_s)
    return voice(spot, condition, transitions, evidence)


def voice(spot: Spot, condition: Condition, transitions: list[Transition], evidence: Evidence) -> Said:
    """Alerts for transitions, and the advice an episode's start calls for."""
    said: Said = []
    for transition in transitions:
        said.append(compose_alert(spot, condition, transition, evidence))
        if transition.phase is Phase.START:
            fact = Fact(condition.code, transition.at_s, evidence.values)
            said += advise(spot.state, spot.rules.advice, fact)
    return said


def _judge_frozen(spot: Spot, sample: Sample) -> Said:
    """Note how long a value has stood still, and raise when that is longer than life allows."""
    stream = spot.state.streams[spot.subject]
    value = sample.values[0]
    if value is None:
        return []
    signal = SIGNALS[spot.subject]
    after_s, silence_s = signal.frozen_after_s, signal.stale_after_s
    if after_s is None or silence_s is None:
        return []
    # Time without values is no sameness: one that returns to an old value has not stood still.
    if value != stream.value or sample.at_s - stream.value_s >= silence_s:
        stream.value, stream.since_s = value, sample.at_s
    stream.value_s = sample.at_s
    still_s = sample.at_s - stream.since_s
    level = Level.PRESENT if still_s >= after_s else Level.ABSENT
    if level is Level.PRESENT and not is_worn(spot.state, spot.device):
        level = Level.UNKNOWN
    evidence = Evidence(values={"unchanged_s": still_s}, limit=after_s)
    return say(spot, SENSOR_FROZEN, level, sample.at_s, evidence)


def _is_trusted(spot: Spot) -> bool:
    """Whether values of this stream are of the wearer: worn, and not stuck."""
    is_stuck = spot.state.episode(SENSOR_FROZEN.code, spot.subject).is_active
    return is_worn(spot.state, spot.device) and not is_stuck


def _slide(spot: Spot, model: Scorer, sample: Sample) -> Said:
    """Move a model's window on by one sample, and have it judged when that is due."""
    stream = model.stream
    window = spot.state.windows.setdefault(model.task, Window())
    gap_s = longest_gap_s(SIGNALS[stream.signals[0]])
    if not push(window, sample.at_s, sample.values[0], stream.window, gap_s):
        return []
    judgement = model.score(take(window))
    window.judged += 1
    window.probability, window.reason, window.at_s = judgement.probability, judgement.reason, window.last_s
    probability = judgement.probability if _is_trusted(spot) else None
    window.abstained += probability is None
    said: Said = []
    for condition in (spot.rules.conditions[code] for code in stream.conditions):
        evidence = Evidence(
            values={},
            limit=stream.threshold,
            guideline=condition.guideline,
            bundle=model.name,
            quality=round(judgement.quality, 3),
        )
        if probability is None:
            said += say(spot, condition, Level.UNKNOWN, window.last_s, evidence)
            continue
        rule = spot.rules.votes[condition.code]
        vote = Vote(window.last_s, probability >= stream.threshold)
        votes = cast_vote(window.votes.get(condition.code, []), vote, rule)
        window.votes[condition.code] = votes
        evidence = msgspec.structs.replace(
            evidence,
            values={"positive_windows": positive(votes), "windows": len(votes)},
            probability=round(probability, 4),
        )
        level, since_s = vote_level(votes, rule), positive_since_s(votes)
        said += say(spot, condition, level, window.last_s, evidence, since_s=since_s)
    return said


def _hr(spot: Spot, sample: Sample) -> Said:
    said = _judge_frozen(spot, sample)
    hr_bpm = sample.values[0]
    if hr_bpm is None:
        return said
    rest = heart_rate.is_at_rest(spot.state.cadences, sample.at_s)
    is_trusted = _is_trusted(spot)
    for condition, level_of in (
        (TACHYCARDIA_AT_REST, heart_rate.high_level),
        (BRADYCARDIA_AT_REST, heart_rate.low_level),
    ):
        level = level_of(condition, hr_bpm, rest) if is_trusted else Level.UNKNOWN
        evidence = Evidence(
            values={"hr_bpm": round(hr_bpm)}, limit=condition.limit, guideline=condition.guideline
        )
        said += say(spot, condition, level, sample.at_s, evidence)
    return said


def _bp(spot: Spot, sample: Sample) -> Said:
    state, scheme = spot.state, spot.rules.scheme
    systolic_mmhg, diastolic_mmhg = sample.values[0], sample.values[1]
    if systolic_mmhg is None or diastolic_mmhg is None:
        return []
    reading = blood_pressure.Reading(sample.at_s, systolic_mmhg, diastolic_mmhg)
    state.readings = [*state.readings, reading][-blood_pressure.AVERAGED_READINGS :]
    is_severe = blood_pressure.is_severe(scheme, reading)
    said = say(
        spot,
        BLOOD_PRESSURE_SEVERE,
        Level.PRESENT if is_severe else Level.ABSENT,
        sample.at_s,
        _pressure_evidence(scheme, reading, readings=1),
        priority=blood_pressure.severe_priority(scheme, state.readings) if is_severe else None,
    )
    usual, count = blood_pressure.usual_pressure(state.readings)
    if usual is None:
        return said
    category = blood_pressure.categorise(scheme, usual.systolic_mmhg, usual.diastolic_mmhg).code
    news = state.pressure_category not in {None, category}
    state.pressure_category = category
    level = blood_pressure.high_level(BLOOD_PRESSURE_HIGH, scheme, usual)
    evidence = _pressure_evidence(scheme, usual, readings=count)
    model = spot.rules.usual_pressure
    evidence = msgspec.structs.replace(
        evidence,
        values=evidence.values | model.evidence(state.readings[-count:], scheme),
        bundle=model.name,
    )
    return said + say(spot, BLOOD_PRESSURE_HIGH, level, sample.at_s, evidence, news=news)


def _pressure_evidence(
    scheme: blood_pressure.Scheme, reading: blood_pressure.Reading, *, readings: int
) -> Evidence:
    category = blood_pressure.categorise(scheme, reading.systolic_mmhg, reading.diastolic_mmhg)
    return Evidence(
        values={
            "systolic_mmhg": round(reading.systolic_mmhg),
            "diastolic_mmhg": round(reading.diastolic_mmhg),
            "readings": readings,
            "category": category.text,
            "category_code": category.code,
        },
        scheme=scheme.id,
        guideline=scheme.guideline,
    )


def _activity(spot: Spot, sample: Sample) -> Said:
    state = spot.state
    cadence = sample.values[0]
    if cadence is None:
        return []
    oldest_s = sample.at_s - heart_rate.REST_WINDOW_S
    state.cadences = [entry for entry in state.cadences if entry[0] >= oldest_s]
    state.cadences.append((sample.at_s, cadence))
    said: Said = []
    day = state.activity_day
    if day is None or sample.at_s - day.start_s >= DAY_S:
        if day is not None and day.minutes >= LEAST_DAY_MINUTES:
            values: dict[str, float | str] = {"active_min": day.active_minutes}
            said += advise(state, spot.rules.advice, Fact("activity_day", sample.at_s, values))
        day = state.activity_day = ActivityDay(sample.at_s)
    day.minutes += 1
    day.active_minutes += cadence >= MODERATE_CADENCE
    return said


def _contact(spot: Spot, sample: Sample) -> Said:
    contact = sample.values[0]
    if contact is None:
        return []
    stream = spot.state.streams[spot.subject]
    if contact != stream.value:
        stream.value, stream.since_s = contact, sample.at_s
    level = Level.PRESENT if contact == 0.0 else Level.ABSENT
    return say(spot, OFF_BODY, level, sample.at_s, Evidence(values={}))


_DECIDERS: dict[str, Callable[[Spot, Sample], Said]] = {
    "rr": _judge_frozen,
    "hr": _hr,
    "bp": _bp,
    "activity": _activity,
    "contact": _contact,
}
