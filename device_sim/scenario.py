"""Scenario files (TOML): wearers, what happens to them, and what an edge must and must not report.

The format is described in docs/scenario-format.md.
"""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from device_sim.devices.formats import Format
from device_sim.devices.kinds import DeviceKind, DevicePlan, device_plan, signals_of
from device_sim.devices.punctuality import may_seem_lost, reasons_against
from device_sim.disturbances import Disturbance
from device_sim.events import Event, Sitting
from device_sim.faults.draws import happening
from device_sim.faults.kinds import AnyFault, WrongIdentity
from device_sim.faults.truth import reasons_for
from device_sim.present import is_beyond_sensors, present
from device_sim.scenario_checks import contradictions
from device_sim.toml_files import parse_toml, read_text
from device_sim.truth import (
    Expected,
    Truth,
    TruthEpisode,
    Watched,
    allowed_episode,
    expected_episode,
    happenings,
    present_episodes,
)
from device_sim.wearers.profile import Profile
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import ConfigError
from edge.contract.messages import Reason
from edge.contract.topics import NAME, NAME_RULE


class WearerPlan(Profile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wearer of a scenario: who, with which devices, what happens, what must and must not be reported.

    `quarantined` are the reasons for which a gateway must set messages aside; `least_coverage` is the share
    of windows that a model has to judge.
    """

    devices: tuple[DeviceKind | DevicePlan, ...] = (DeviceKind.STRAP, DeviceKind.WRISTBAND)
    events: tuple[Event, ...] = ()
    faults: tuple[AnyFault, ...] = ()
    expected: tuple[Expected, ...] = ()
    forbidden: tuple[str, ...] = ()
    quarantined: tuple[Reason, ...] = ()
    least_coverage: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None

    @property
    def device_plans(self) -> list[DevicePlan]:
        """The devices with all their settings."""
        return [device_plan(device) for device in self.devices]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story with known truth. Times within it are seconds from `start`.

    Where it goes `by_clock`, its truth holds only if it starts at that time of day.
    """

    name: str
    text: str
    start: datetime
    length_s: Annotated[float, msgspec.Meta(gt=0, le=604_800)]
    wearers: dict[str, WearerPlan]
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    scheme: Literal["acc-aha-2017", "esc-2024"] = "acc-aha-2017"
    by_clock: bool = False
    formats: dict[str, Format] = {}
    disturbances: tuple[Disturbance, ...] = ()

    @property
    def start_s(self) -> float:
        """The start in Unix seconds."""
        return self.start.timestamp()

    @property
    def end_s(self) -> float:
        """The end in Unix seconds."""
        return self.start_s + self.length_s

    @property
    def clock_s(self) -> float:
        """The start by the clock on the wall, in seconds after midnight of the time zone it is given in."""
        return float(self.start.hour * 3600 + self.start.minute * 60 + self.start.second)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; ConfigError names file, key and what is allowed there."""
    return parse_scenario(read_text(path), where=str(path))


def packaged_scenario(name: str) -> Scenario:
    """One of the scenarios that come with the package."""
    text = (resources.files("device_sim") / "scenarios" / f"{name}.toml").read_text("utf-8")
    return parse_scenario(text, where=f"{name}.toml")


def find_scenario(name: str) -> Scenario:
    """A scenario by its file or, of those that come with the package, by its name."""
    if Path(name).suffix == ".toml" or Path(name).is_file():
        return load_scenario(Path(name))
    if name not in packaged_names():
        raise ConfigError("no such scenario", where=name, allowed=f"a file, or {', '.join(packaged_names())}")
    return packaged_scenario(name)


def packaged_names() -> list[str]:
    """The names of the scenarios that come with the package."""
    folder = resources.files("device_sim") / "scenarios"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def parse_scenario(text: str, *, where: str) -> Scenario:
    """Read the text of a scenario; `where` names its source in errors."""
    scenario = parse_toml(text, Scenario, where=where, page="docs/scenario-format.md")
    for key, what, allowed in contradictions(scenario):
        raise ConfigError(what, where=f"{where}: {key}", allowed=allowed)
    return scenario


def truth_of(scenario: Scenario, seed: int, prefix: str = "") -> Truth:
    """All that is true of a scenario's wearers, episodes ordered by wearer and onset.

    `prefix` stands before the names of the wearers, as in a `Story`.
    """
    for name in scenario.wearers:
        if not NAME.fullmatch(prefix + name):
            raise ConfigError(
                f"cannot name a wearer: {prefix + name!r}", where=scenario.name, allowed=NAME_RULE
            )
    episodes: list[TruthEpisode] = []
    wearers: list[Watched] = []
    faults = {name: happening(plan.faults, seed, name) for name, plan in scenario.wearers.items()}
    strays = [fault for own in faults.values() for fault in own if isinstance(fault, WrongIdentity)]
    for name, plan in scenario.wearers.items():
        episodes += [
            expected_episode(prefix + name, expected, scenario.start_s) for expected in plan.expected
        ]
        episodes += present_episodes(prefix + name, plan.events, faults[name], scenario.start_s)
        episodes += [
            allowed_episode(
                prefix + name, item.condition, scenario.start_s + item.at_s, scenario.start_s + item.end_s
            )
            for item in present(plan, plan.events, scenario.scheme, scenario.length_s)
        ]
        if any(may_seem_lost(device, scenario.length_s) for device in plan.device_plans):
            episodes.append(allowed_episode(prefix + name, "sensor_lost", scenario.start_s, scenario.end_s))
        received = [stray for stray in strays if stray.as_wearer == name]
        wearers.append(
            Watched(
                wearer=prefix + name,
                story=scenario.name,
                start_s=scenario.start_s,
                end_s=scenario.start_s + scenario.length_s,
                forbidden=plan.forbidden,
                quarantined=plan.quarantined,
                excused=tuple(sorted(_excused(scenario, plan, [*faults[name], *received]))),
                signals=tuple(sorted(_signals(plan))),
                least_coverage=plan.least_coverage,
            )
        )
    happened = [
        item
        for name, plan in scenario.wearers.items()
        for item in happenings(prefix + name, plan.events, scenario.start_s)
    ]
    return Truth(
        wearers,
        sorted(episodes, key=lambda episode: (episode.wearer, episode.onset_s, episode.condition)),
        tuple(sorted(happened, key=lambda item: (item.wearer, item.onset_s, item.event))),
    )


def with_wearers(scenario: Scenario, wanted: int) -> Scenario:
    """The same story with so many wearers: the first ones, or further ones named NAME-2, NAME-3 and so on."""
    plans = list(scenario.wearers.items())
    wearers: dict[str, WearerPlan] = dict(plans[:wanted])
    while len(wearers) < wanted:
        wearers |= _further(plans[: wanted - len(wearers)], {*scenario.wearers, *wearers})
    for name, plan in wearers.items():
        for fault in plan.faults:
            if isinstance(fault, WrongIdentity) and fault.as_wearer not in wearers:
                raise ConfigError(
                    f"{name} sends as {fault.as_wearer}, who is left out",
                    where=f"{scenario.name}, {wanted} wearers",
                    allowed=f"{list(scenario.wearers).index(fault.as_wearer) + 1} or more",
                )
    return msgspec.structs.replace(scenario, wearers=wearers)


def _further(plans: list[tuple[str, WearerPlan]], taken: set[str]) -> dict[str, WearerPlan]:
    """One more of each, under the first free number; who sends as another does so as that of the round."""
    names: dict[str, str] = {}
    for name, _ in plans:
        names[name] = next(free for n in count(2) if (free := f"{name}-{n}") not in taken)
        taken = {*taken, names[name]}
    return {
        names[name]: msgspec.structs.replace(
            plan, faults=tuple(_renamed(fault, names) for fault in plan.faults)
        )
        for name, plan in plans
    }


def _renamed(fault: AnyFault, names: dict[str, str]) -> AnyFault:
    if isinstance(fault, WrongIdentity):
        return msgspec.structs.replace(fault, as_wearer=names.get(fault.as_wearer, fault.as_wearer))
    return fault


def _excused(scenario: Scenario, plan: WearerPlan, faults: list[AnyFault]) -> set[Reason]:
    """Why a gateway may set messages aside: faults, devices that keep other time, a heart beyond belief."""
    reasons = reasons_for(faults).union(
        *(reasons_against(device, scenario.length_s) for device in plan.device_plans)
    )
    return reasons | {Reason.OUT_OF_RANGE} if any(map(is_beyond_sensors, plan.events)) else reasons


def _signals(plan: WearerPlan) -> set[str]:
    """What a gateway hears of a wearer by the contract, whatever the story; readings come when they come."""
    signals: set[str] = set()
    for device in plan.device_plans:
        if device.format is None:
            signals |= signals_of(device) & SIGNALS.keys()
    if not any(isinstance(event, Sitting) for event in plan.events):
        signals.discard("bp")
    return signals
