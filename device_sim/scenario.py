"""Scenario files (TOML): wearers, what happens to them, and what an edge must and must not report.

The format is described in docs/scenario-format.md.
"""

from __future__ import annotations

import tomllib
import types
from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec

from device_sim.events import DEVICE_EVENTS, DeviceKind, Event, Sitting
from device_sim.truth import CONDITIONS, Expected, TruthEpisode, expected_episode, present_episodes
from device_sim.wearers.profile import Profile
from edge.contract.errors import ConfigError
from edge.contract.topics import NAME, NAME_RULE


class WearerPlan(Profile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wearer of a scenario: who, with which devices, what happens, what must and must not be reported."""

    devices: tuple[DeviceKind, ...] = (DeviceKind.STRAP, DeviceKind.WRISTBAND)
    events: tuple[Event, ...] = ()
    expected: tuple[Expected, ...] = ()
    forbidden: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story with known truth. Times within it are seconds from `start`."""

    name: str
    text: str
    start: datetime
    length_s: Annotated[float, msgspec.Meta(gt=0, le=604_800)]
    wearers: dict[str, WearerPlan]
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    scheme: str = "acc-aha-2017"

    @property
    def start_s(self) -> float:
        """The start in Unix seconds."""
        return self.start.timestamp()

    @property
    def clock_s(self) -> float:
        """The start by the clock on the wall, in seconds after midnight of the time zone it is given in."""
        return float(self.start.hour * 3600 + self.start.minute * 60 + self.start.second)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; ConfigError names file, key and what is allowed there."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(str(error.strerror), where=str(path), allowed="a readable scenario file") from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", where=str(path), allowed="a TOML file") from None
    return parse_scenario(text, where=str(path))


def packaged_scenario(name: str) -> Scenario:
    """One of the scenarios that come with the package."""
    text = (resources.files("device_sim") / "scenarios" / f"{name}.toml").read_text("utf-8")
    return parse_scenario(text, where=f"{name}.toml")


def packaged_names() -> list[str]:
    """The names of the scenarios that come with the package."""
    folder = resources.files("device_sim") / "scenarios"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def parse_scenario(text: str, *, where: str) -> Scenario:
    """Read the text of a scenario; `where` names its source in errors."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(error), where=where, allowed="TOML 1.0") from None
    for key, what, allowed in _unknown_keys(tree, Scenario, ""):
        raise ConfigError(what, where=f"{where}: {key}", allowed=allowed)
    try:
        scenario = msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        what, _, at = str(error).partition(" - at ")
        key = at.strip("`").removeprefix("$.") or "the file"
        raise ConfigError(what, where=f"{where}: {key}", allowed="see docs/scenario-format.md") from None
    for key, what, allowed in _contradictions(scenario):
        raise ConfigError(what, where=f"{where}: {key}", allowed=allowed)
    return scenario


def truth_of(scenario: Scenario) -> list[TruthEpisode]:
    """All that is true of a scenario's wearers, ordered by wearer and onset."""
    episodes = []
    for name, plan in scenario.wearers.items():
        episodes += [expected_episode(name, expected, scenario.start_s) for expected in plan.expected]
        episodes += present_episodes(name, plan.events, scenario.start_s)
    return sorted(episodes, key=lambda episode: (episode.wearer, episode.onset_s, episode.condition))


def _unknown_keys(node: Any, expected: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Keys that the expected type lacks: place, what is wrong, those it has. Values are judged later."""
    origin = get_origin(expected)
    if origin is Annotated:
        yield from _unknown_keys(node, get_args(expected)[0], path)
    elif origin is types.UnionType and isinstance(node, dict):
        yield from _unknown_in_union(node, get_args(expected), path)
    elif origin is tuple and isinstance(node, list):
        for index, item in enumerate(node):
            yield from _unknown_keys(item, get_args(expected)[0], f"{path}[{index}]")
    elif origin is dict and isinstance(node, dict):
        for key, item in node.items():
            yield from _unknown_keys(item, get_args(expected)[1], f"{path}.{key}")
    elif isinstance(expected, type) and issubclass(expected, msgspec.Struct) and isinstance(node, dict):
        fields = {field.name: field.type for field in msgspec.structs.fields(expected)}
        tag = expected.__struct_config__.tag_field
        for key, item in node.items():
            place = f"{path}.{key}".removeprefix(".")
            if key in fields:
                yield from _unknown_keys(item, fields[key], place)
            elif key != tag:
                yield place, "unknown key", ", ".join(([tag] if tag else []) + list(fields))


def _unknown_in_union(
    node: dict[str, Any], members: tuple[Any, ...], path: str
) -> Iterator[tuple[str, str, str]]:
    kinds = {
        str(member.__struct_config__.tag): member
        for member in members
        if isinstance(member, type) and issubclass(member, msgspec.Struct)
    }
    kind = node.get("kind")
    if kind in kinds:
        yield from _unknown_keys(node, kinds[kind], path)
    elif kinds:
        yield f"{path}.kind", "missing" if kind is None else f"unknown kind {kind!r}", ", ".join(kinds)


def _contradictions(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """What the types cannot refuse: key, what is wrong, what is allowed."""
    if scenario.start.tzinfo is None:
        yield "start", "no time zone", "a date and time with Z or an offset"
    if not scenario.wearers:
        yield "wearers", "none", "at least one [wearers.NAME]"
    for name, plan in scenario.wearers.items():
        key = f"wearers.{name}"
        if not NAME.fullmatch(name):
            yield key, "not a name", NAME_RULE
        for index, event in enumerate(plan.events):
            place = f"{key}.events[{index}]"
            if event.end_s > scenario.length_s:
                yield place, f"ends at {event.end_s:g} s", f"up to length_s, {scenario.length_s:g} s"
            device = event.device if isinstance(event, DEVICE_EVENTS) else None
            device = DeviceKind.CUFF if isinstance(event, Sitting) else device
            if device is not None and device not in plan.devices:
                yield place, f"the wearer has no {device}", ", ".join(plan.devices)
        for index, expected in enumerate(plan.expected):
            place = f"{key}.expected[{index}]"
            if expected.end_s < expected.onset_s:
                yield place, "end_s before onset_s", f"from {expected.onset_s:g} s"
            if expected.condition in plan.forbidden:
                yield place, f"{expected.condition} is also forbidden", "one of the two"
        for condition in (*(expected.condition for expected in plan.expected), *plan.forbidden):
            if condition not in CONDITIONS:
                yield key, f"unknown condition {condition!r}", ", ".join(CONDITIONS)
