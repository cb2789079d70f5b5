"""How much sleep grown-ups need, by age."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec


class SleepNeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hours of sleep in 24 from an age on."""

    from_age: int
    least_h: float
    most_h: float
    guideline: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    need: tuple[SleepNeed, ...]


def load_sleep_needs() -> tuple[SleepNeed, ...]:
    """The needs shipped as data in guidelines/sleep.toml, youngest first."""
    text = files("edge.guidelines").joinpath("sleep.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File).need


def sleep_need(needs: tuple[SleepNeed, ...], age_years: float) -> SleepNeed | None:
    """The need at an age; None below the youngest."""
    found = [need for need in needs if age_years >= need.from_age]
    return found[-1] if found else None
