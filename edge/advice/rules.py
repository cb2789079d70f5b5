"""Reads the catalogue of advice and applies it to facts."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec

from edge.contract.messages import Advice, advice_id
from edge.pipeline.state import WearerState

DAY_S = 86_400.0


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of advice and when it is due."""

    code: str
    signal: str
    fact: str
    text: str
    guideline: str
    link: str
    repeat_after_days: float
    value: str | None = None
    below: float | None = None


class Fact(msgspec.Struct, frozen=True):
    """Something that has just become known of a wearer: a condition that started, or a daily summary."""

    name: str
    at_s: float
    values: dict[str, float | str]


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...]


def load_rules() -> tuple[Rule, ...]:
    """The rules shipped as data in rules.toml."""
    text = files("edge.advice").joinpath("rules.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _RuleFile).rule


def advise(state: WearerState, rules: tuple[Rule, ...], fact: Fact) -> list[Advice]:
    """The advice that a fact calls for and that was not given lately; notes in `state` what was given."""
    given = []
    for rule in rules:
        last_s = state.advised.get(rule.code)
        if rule.fact != fact.name or not _applies(rule, fact):
            continue
        if last_s is not None and fact.at_s - last_s < rule.repeat_after_days * DAY_S:
            continue
        state.advised[rule.code] = fact.at_s
        given.append(
            Advice(
                id=advice_id(state.wearer, state.mode, rule.code, fact.at_s),
                rule=rule.code,
                wearer=state.wearer,
                mode=state.mode,
                at_s=fact.at_s,
                text=rule.text.format_map(fact.values),
                guideline=rule.guideline,
                link=rule.link,
                values=fact.values,
            )
        )
    return given


def _applies(rule: Rule, fact: Fact) -> bool:
    if rule.value is None or rule.below is None:
        return True
    value = fact.values[rule.value]
    return not isinstance(value, str) and value < rule.below
