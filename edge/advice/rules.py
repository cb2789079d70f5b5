"""The catalogue of advice: rules as data, each with its trigger in named facts and its guideline."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from typing import Final

import msgspec

from edge.advice.facts import DAILY, FACTS, OF_CONDITIONS, Value
from edge.conditions.table import CONDITIONS
from edge.contract.advice import Topic, Trend
from edge.contract.errors import ConfigError

DAY: Final = "day"


class Comparison(StrEnum):
    """How a fact is held against a number."""

    BELOW = "below"
    AT_MOST = "at_most"
    ABOVE = "above"
    AT_LEAST = "at_least"
    EQUAL = "equal"


class Better(StrEnum):
    """In which direction a number improves."""

    LOWER = "lower"
    HIGHER = "higher"


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact, held against a number; a fact that is not known holds against none."""

    fact: str
    comparison: Comparison = msgspec.field(name="is")
    value: float

    def holds(self, facts: Mapping[str, Value]) -> bool:
        """Whether the fact is known and compares so."""
        found = facts.get(self.fact)
        if found is None or isinstance(found, str):
            return False
        match self.comparison:
            case Comparison.BELOW:
                return found < self.value
            case Comparison.AT_MOST:
                return found <= self.value
            case Comparison.ABOVE:
                return found > self.value
            case Comparison.AT_LEAST:
                return found >= self.value
            case Comparison.EQUAL:
                return found == self.value


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number a rule is about; a change of less than `step` is none. `better` is None for a word."""

    fact: str
    step: float = 0.0
    better: Better | None = None

    def has_moved(self, before: Value | None, now: Value | None) -> bool:
        """Whether the number is another than it was; one that was not or is not known is."""
        if before is None or now is None or isinstance(before, str) or isinstance(now, str):
            return before != now
        return abs(now - before) >= self.step

    def change(self, before: float, now: float) -> Trend:
        """What became of the number."""
        if not self.has_moved(before, now):
            return Trend.UNCHANGED
        return Trend.IMPROVED if (now > before) is (self.better is Better.HIGHER) else Trend.WORSE


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of advice: when it is due, on what it rests, and how long it then keeps silent.

    It is looked at `on` a condition's start or each `day`, and due if all of `when` hold. It is given again
    after `silent_days`, and then only if the number of `measure` has moved. After `follow_up_days` that
    number is told again. What is `awaited`, a result, goes before all habits and their limits.
    """

    code: str
    topic: Topic
    on: str
    guideline: str
    link: str
    silent_days: float
    when: tuple[Clause, ...] = ()
    measure: Measure | None = None
    follow_up_days: float | None = None
    awaited: bool = False

    @property
    def is_daily(self) -> bool:
        """Whether it is looked at each day."""
        return self.on == DAY

    @property
    def is_habit(self) -> bool:
        """Whether it is about a habit, for which nobody waits."""
        return self.is_daily and not self.awaited

    def applies(self, facts: Mapping[str, Value]) -> bool:
        """Whether all of `when` hold."""
        return all(clause.holds(facts) for clause in self.when)


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


def load_rules() -> tuple[Rule, ...]:
    """The rules shipped as data, in the order of topics and, within one, of its file."""
    catalogue = files("edge.advice.catalogue")
    found: dict[str, tuple[Rule, ...]] = {}
    for file in catalogue.iterdir():
        if file.name.endswith(".toml"):
            found[file.name.removesuffix(".toml")] = read_rules(
                file.read_text(encoding="utf-8"), where=file.name
            )
    return tuple(rule for topic in Topic for rule in found.get(topic.value, ()))


def read_rules(text: str, *, where: str) -> tuple[Rule, ...]:
    """The rules of one file; ConfigError names what is wrong with the first that is."""
    try:
        rules = msgspec.convert(tomllib.loads(text), _RuleFile).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(error), where=where, allowed="rules as docs/advice.md tells") from None
    for rule in rules:
        _check(rule, f"{where}: {rule.code}")
    return rules


def _check(rule: Rule, where: str) -> None:
    """Hold a rule against the facts and conditions there are."""
    if not rule.is_daily and rule.on not in CONDITIONS:
        raise ConfigError(f"unknown occasion {rule.on!r}", where=where, allowed=", ".join([DAY, *CONDITIONS]))
    known = DAILY if rule.is_daily else FACTS
    named = [clause.fact for clause in rule.when]
    if rule.measure is not None:
        named.append(rule.measure.fact)
    for fact in named:
        if fact not in known:
            raise ConfigError(f"unknown fact {fact!r}", where=where, allowed=", ".join(known))
    if rule.is_daily and (rule.measure is None or not rule.when):
        raise ConfigError("a daily rule without a number", where=where, allowed="`when` and `measure`")
    if rule.follow_up_days is not None:
        measure = rule.measure
        if measure is None or measure.better is None or measure.fact in OF_CONDITIONS:
            raise ConfigError(
                "a follow-up of no number",
                where=where,
                allowed="a `measure` that is known each day, `better`",
            )
