"""When advice is given: on what, how often, in which language; and what became of its number later.

Pure in state and event time. A condition's advice is given at its start, or waits; habits are looked at once
a day. Nothing is given while an alarm of high priority is not over, and nothing to who is not grown up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from edge.advice.diary import Diary, Given, Waiting
from edge.advice.facts import Facts, Value
from edge.advice.rates import free_s, note_told
from edge.advice.rules import Rule
from edge.advice.wording import Texts, placeholders
from edge.contract.advice import FollowUp, Topic
from edge.contract.durations import DAY_S, HOUR_S, WEEK_S
from edge.contract.messages import Advice, Priority, advice_id
from edge.contract.profile import is_adult
from edge.pipeline.gather_facts import gather
from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

# The day is looked at when the wearer is up, if anything was heard in the last days.
AFTER_NIGHT_S: Final = 4 * HOUR_S
HEARD_WITHIN_S: Final = 3 * DAY_S
# What could not be given for so long is of no use any more.
WAITS_S: Final = WEEK_S
# A number that is not known when it should be told again is waited for so long.
FOLLOW_UP_WAITS_S: Final = 14 * DAY_S


def on_start(
    state: WearerState, rules: Rulebook, condition: str, evidence: Mapping[str, Value], at_s: float
) -> list[Advice]:
    """The advice that a condition's start calls for; what cannot be given now waits in `state`."""
    found = [rule for rule in rules.advice.rules if rule.on == condition]
    if not found or not is_adult(rules.profile_of(state.wearer).age_years(at_s)):
        return []
    diary, facts = state.advice, gather(state, rules, at_s)
    facts.known.update(evidence)
    for rule in found:
        if rule.applies(facts.known) and _is_new(diary, rule, facts.known, at_s):
            values = {**evidence, **_named(rule, rules, facts)}
            kept = [item for item in diary.waiting if item.rule != rule.code]
            diary.waiting = [*kept, Waiting(rule.code, at_s, values)]
    return _give_waiting(state, rules, at_s)


def dues(state: WearerState) -> Iterator[float]:
    """When time alone calls for `on_time`; never while an alarm of high priority is on."""
    diary = state.advice
    if is_withheld(state):
        return
    if diary.due_s is not None:
        yield max(diary.due_s, state.now_s)
    if diary.waiting:
        yield max(free_s(diary), state.now_s)


def on_time(state: WearerState, rules: Rulebook, at_s: float) -> list[Advice]:
    """What has waited, and on a new day what the habits call for and what became of earlier advice."""
    diary, said = state.advice, _give_waiting(state, rules, at_s)
    if diary.due_s is None or at_s < diary.due_s:
        return said
    diary.due_s = next_due_s(rules, at_s)
    heard_s = max((stream.heard_s for stream in state.streams.values()), default=0.0)
    if at_s - heard_s > HEARD_WITHIN_S or not is_adult(rules.profile_of(state.wearer).age_years(at_s)):
        return said
    if free_s(diary) > at_s:
        return said
    facts = gather(state, rules, at_s)
    daily = [rule for rule in _in_order(rules, facts) if rule.is_daily]
    for is_habit in (False, True):
        turn = [rule for rule in daily if rule.is_habit is is_habit]
        if free_s(diary, is_habit=is_habit) <= at_s:
            found = _follow_up(state, rules, turn, facts, at_s) or _first(state, rules, turn, facts, at_s)
            if found:
                return said + found
    return said


def next_due_s(rules: Rulebook, at_s: float) -> float:
    """The next morning, some hours after the night's end, by the wearers' clock."""
    return rules.night_at(at_s)[1] + AFTER_NIGHT_S


def is_withheld(state: WearerState) -> bool:
    """Whether an alarm is or was of high priority and is not over: nobody should read of habits then."""
    alarms = state.board.alarms.values()
    return any(alarm.is_latching or alarm.alert.priority is Priority.HIGH for alarm in alarms)


def is_wanted(state: WearerState, rules: Rulebook, topic: Topic) -> bool:
    """Whether the wearer wants advice on a topic: by the last command, else by the configuration."""
    return state.advice.choices.get(topic, topic not in rules.profile_of(state.wearer).advice_off)


def _is_new(diary: Diary, rule: Rule, facts: Mapping[str, Value], at_s: float) -> bool:
    """Whether the rule may speak: not lately, and not of a number that is as it was."""
    last = diary.given.get(rule.code)
    if last is None:
        return True
    if at_s - last.at_s < rule.silent_days * DAY_S:
        return False
    return rule.measure is None or rule.measure.has_moved(last.number, facts.get(rule.measure.fact))


def _give_waiting(state: WearerState, rules: Rulebook, at_s: float) -> list[Advice]:
    diary, said = state.advice, list[Advice]()
    diary.waiting = [item for item in diary.waiting if at_s - item.since_s <= WAITS_S]
    while diary.waiting and not is_withheld(state) and free_s(diary) <= at_s:
        first, diary.waiting = diary.waiting[0], diary.waiting[1:]
        rule = next((item for item in rules.advice.rules if item.code == first.rule), None)
        # Another version of the edge may no longer have it.
        if rule is not None:
            said += _give(state, rules, rule, first.values, at_s)
    return said


def _in_order(rules: Rulebook, facts: Facts) -> list[Rule]:
    """The rules: what counts most in the risk model's view, then what is about it, then the rest."""
    first = facts.known.get("counts_most")
    return sorted(
        rules.advice.rules, key=lambda rule: (rule.topic is not Topic.PRIORITIES, rule.topic != first)
    )


def _first(
    state: WearerState, rules: Rulebook, candidates: list[Rule], facts: Facts, at_s: float
) -> list[Advice]:
    """The advice of the first of the rules that applies and is new."""
    for rule in candidates:
        if rule.applies(facts.known) and _is_new(state.advice, rule, facts.known, at_s):
            said = _give(state, rules, rule, _named(rule, rules, facts), at_s)
            if said:
                return said
    return []


def _follow_up(
    state: WearerState, rules: Rulebook, candidates: list[Rule], facts: Facts, at_s: float
) -> list[Advice]:
    """Tell what became of the number of one earlier advice that is due for it."""
    for rule in candidates:
        last, measure = state.advice.given.get(rule.code), rule.measure
        if last is None or last.is_followed_up or rule.follow_up_days is None or measure is None:
            continue
        due_s = last.at_s + rule.follow_up_days * DAY_S
        if at_s < due_s or not is_wanted(state, rules, rule.topic):
            continue
        before, now = last.number, facts.known.get(measure.fact)
        if before is None or isinstance(before, str) or at_s - due_s > FOLLOW_UP_WAITS_S:
            last.is_followed_up = True
            continue
        if now is None or isinstance(now, str):
            continue
        last.is_followed_up = True
        change = measure.change(before, now)
        days = round((at_s - last.at_s) / DAY_S)
        text = _texts(state, rules).followed_up(change, measure.fact, before, now, days)
        told = FollowUp(of=last.id, fact=measure.fact, before=before, now=now, after_days=days, change=change)
        # From now on the number told last is the one to be compared with.
        last.number = now
        return [
            _message(state, rules, rule, text=text, values={measure.fact: now}, at_s=at_s, follow_up=told)
        ]
    return []


def _give(
    state: WearerState, rules: Rulebook, rule: Rule, values: dict[str, Value], at_s: float
) -> list[Advice]:
    """The advice of a rule, noted in the diary; nothing if it is not wanted or a number of it is missing."""
    text = _texts(state, rules).advice(rule.code, values, rules.scheme.id)
    if text is None or not is_wanted(state, rules, rule.topic):
        return []
    number = None if rule.measure is None else values.get(rule.measure.fact)
    message = _message(state, rules, rule, text=text, values=values, at_s=at_s)
    state.advice.given[rule.code] = Given(message.id, at_s, number)
    return [message]


def _message(
    state: WearerState,
    rules: Rulebook,
    rule: Rule,
    *,
    text: str,
    values: dict[str, Value],
    at_s: float,
    follow_up: FollowUp | None = None,
) -> Advice:
    note_told(state.advice, at_s, is_habit=rule.is_habit)
    return Advice(
        id=advice_id(state.wearer, state.mode, rule.code, at_s),
        rule=rule.code,
        topic=rule.topic,
        wearer=state.wearer,
        mode=state.mode,
        at_s=at_s,
        language=_texts(state, rules).language,
        text=text,
        guideline=rule.guideline,
        link=rule.link,
        values=values,
        follow_up=follow_up,
    )


def _named(rule: Rule, rules: Rulebook, facts: Facts) -> dict[str, Value]:
    """The facts that a rule's text, trigger and number name, as far as they are known."""
    names = placeholders(rules.advice.texts[rules.advice.language].rules[rule.code])
    names |= {clause.fact for clause in rule.when}
    if rule.measure is not None:
        names.add(rule.measure.fact)
    if rule.topic is Topic.PRIORITIES:
        names |= {"counts_most", "counts_most_logit", "risk_model"}
    return {name: facts.known[name] for name in sorted(names) if name in facts.known}


def _texts(state: WearerState, rules: Rulebook) -> Texts:
    book = rules.advice
    return book.texts[rules.profile_of(state.wearer).language or book.language]
