"""What the types of a scenario cannot refuse: parts that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from device_sim.devices.formats import check_format
from device_sim.devices.kinds import SIGNALS_OF, DeviceKind, signals_of
from device_sim.events import Routine, Sitting
from device_sim.faults.kinds import CuffFit, OffBody, WrongIdentity
from device_sim.truth import CONDITIONS
from device_sim.wearers.pressure import LEAST_PULSE_PRESSURE_MMHG
from edge.contract.errors import ConfigError
from edge.contract.topics import NAME, NAME_RULE

if TYPE_CHECKING:
    from device_sim.scenario import Scenario, WearerPlan


def contradictions(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """What the types cannot refuse: key, what is wrong, what is allowed."""
    if not NAME.fullmatch(scenario.name):
        yield "name", "not a name", NAME_RULE
    if scenario.start.tzinfo is None:
        yield "start", "no time zone", "a date and time with Z or an offset"
    if not scenario.wearers:
        yield "wearers", "none", "at least one [wearers.NAME]"
    for name, form in scenario.formats.items():
        try:
            check_format(form, where=f"formats.{name}")
        except ConfigError as error:
            yield error.where, error.what, error.allowed
    for index, disturbance in enumerate(scenario.disturbances):
        yield from _too_late(f"disturbances[{index}]", disturbance.end_s, scenario)
    for name, plan in scenario.wearers.items():
        key = f"wearers.{name}"
        if not NAME.fullmatch(name):
            yield key, "not a name", NAME_RULE
        yield from _in_pressure(key, plan.systolic_mmhg, plan.diastolic_mmhg)
        yield from _in_events(scenario, key, plan)
        yield from _in_devices(scenario, key, plan)
        yield from _in_faults(scenario, key, plan)
        yield from _in_expectations(scenario, key, plan)


def _too_late(place: str, end_s: float, scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    if end_s > scenario.length_s:
        yield place, f"ends at {end_s:g} s", f"up to length_s, {scenario.length_s:g} s"


def _in_events(scenario: Scenario, key: str, plan: WearerPlan) -> Iterator[tuple[str, str, str]]:
    kinds = {device.kind for device in plan.device_plans}
    for index, event in enumerate(plan.events):
        place = f"{key}.events[{index}]"
        yield from _too_late(place, event.end_s, scenario)
        takes_readings = isinstance(event, Sitting) or (isinstance(event, Routine) and event.cuff_h)
        if takes_readings and DeviceKind.CUFF not in kinds:
            yield place, "the wearer has no cuff", ", ".join(kinds)
        if isinstance(event, Sitting) and (event.systolic_mmhg, event.diastolic_mmhg) != (None, None):
            yield from _in_pressure(
                place,
                plan.systolic_mmhg if event.systolic_mmhg is None else event.systolic_mmhg,
                plan.diastolic_mmhg if event.diastolic_mmhg is None else event.diastolic_mmhg,
            )


def _in_pressure(place: str, systolic_mmhg: float, diastolic_mmhg: float) -> Iterator[tuple[str, str, str]]:
    """A cuff would read something else than what is asked for."""
    if diastolic_mmhg > systolic_mmhg - LEAST_PULSE_PRESSURE_MMHG:
        yield (
            f"{place}.diastolic_mmhg",
            f"{diastolic_mmhg:g} with a systolic pressure of {systolic_mmhg:g}",
            f"at least {LEAST_PULSE_PRESSURE_MMHG:g} mmHg below it",
        )


def _in_devices(scenario: Scenario, key: str, plan: WearerPlan) -> Iterator[tuple[str, str, str]]:
    if len({device.label for device in plan.device_plans}) < len(plan.devices):
        yield f"{key}.devices", "two devices of one name", "a name for each"
    for index, device in enumerate(plan.device_plans):
        place = f"{key}.devices[{index}]"
        if not NAME.fullmatch(device.label):
            yield f"{place}.name", "not a name", NAME_RULE
        if device.every_s is not None and "hr" not in SIGNALS_OF[device.kind]:
            yield f"{place}.every_s", f"a {device.kind} sends no heart rate", _kinds_that_send("hr")
        if device.rr_from_pulse and device.kind is not DeviceKind.WRISTBAND:
            yield f"{place}.rr_from_pulse", f"a {device.kind} has no pulse wave", DeviceKind.WRISTBAND
        if device.format is not None and device.format not in scenario.formats:
            allowed = ", ".join(scenario.formats) or "a table [formats.NAME]"
            yield f"{place}.format", f"no format {device.format!r}", allowed
        elif device.format is not None:
            sent = signals_of(device)
            if not sent & scenario.formats[device.format].signals.keys():
                yield f"{place}.format", "has none of its signals", ", ".join(sorted(sent))


def _kinds_that_send(signal: str) -> str:
    return ", ".join(kind for kind, signals in SIGNALS_OF.items() if signal in signals)


def _in_faults(scenario: Scenario, key: str, plan: WearerPlan) -> Iterator[tuple[str, str, str]]:
    kinds = {device.label: device.kind for device in plan.device_plans}
    for index, fault in enumerate(plan.faults):
        place = f"{key}.faults[{index}]"
        yield from _too_late(place, fault.end_s, scenario)
        if fault.device not in kinds:
            yield place, f"the wearer has no {fault.device}", ", ".join(kinds)
        elif isinstance(fault, OffBody) and "contact" not in SIGNALS_OF[kinds[fault.device]]:
            yield place, f"a {fault.device} does not tell whether it is worn", "gap or freeze"
        elif isinstance(fault, CuffFit) and kinds[fault.device] is not DeviceKind.CUFF:
            yield place, f"{fault.device} is no cuff", "a cuff"
        if isinstance(fault, WrongIdentity) and fault.as_wearer not in scenario.wearers:
            yield f"{place}.as_wearer", f"no wearer {fault.as_wearer!r}", ", ".join(scenario.wearers)


def _in_expectations(scenario: Scenario, key: str, plan: WearerPlan) -> Iterator[tuple[str, str, str]]:
    for index, expected in enumerate(plan.expected):
        place = f"{key}.expected[{index}]"
        if expected.onset_s > scenario.length_s:
            yield place, f"begins at {expected.onset_s:g} s", f"up to length_s, {scenario.length_s:g} s"
        if expected.end_s < expected.onset_s:
            yield place, "end_s before onset_s", f"from {expected.onset_s:g} s"
        if expected.condition in plan.forbidden:
            yield place, f"{expected.condition} is also forbidden", "one of the two"
    for condition in (*(expected.condition for expected in plan.expected), *plan.forbidden):
        if condition not in CONDITIONS:
            yield key, f"unknown condition {condition!r}", ", ".join(CONDITIONS)
