"""Faults of measuring: what becomes of the samples of a device. Times are seconds of the scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from device_sim.devices.cuff import CuffStatus, validity_of
from device_sim.devices.samples import Samples
from device_sim.faults.kinds import (
    AnyFault,
    BadFit,
    CuffFit,
    Fault,
    Freeze,
    Gap,
    LowBattery,
    MotionNoise,
    OffBody,
    Outliers,
    UnitMixUp,
)
from edge.contract.durations import DAY_S
from edge.contract.samples import Validity

# From the unit of the contract to the one that devices and programs mix it up with.
MIXED_UP = {"rr": 1e-3, "hr": 1.0 / 60.0, "pulse": 1.0 / 60.0, "systolic": 0.133322, "diastolic": 0.133322}
# Signals that say how the device is, not how the wearer is.
_OF_DEVICE = {"contact", "battery"}
# Bits, not a quantity: nothing that falsifies a measurement makes another number of them.
_STATUS_COLUMN = "status"
_STATUS = {
    BadFit.TOO_LOOSE: CuffStatus.TOO_LOOSE,
    BadFit.MOVEMENT: CuffStatus.MOVEMENT,
    BadFit.BAD_POSITION: CuffStatus.BAD_POSITION,
}


_Held = dict[str, float | None]


class SampleFaults:
    """The faults of one device that change what it measures, applied in the order of the list."""

    def __init__(self, faults: list[tuple[AnyFault, np.random.Generator]]) -> None:
        known = [(fault, rng) for fault, rng in faults if type(fault) in _APPLY]
        # What each holds on to is its own: two of a kind may come one after the other.
        self._faults = [(fault, rng, _APPLY[type(fault)], _Held()) for fault, rng in known]
        self._off = [fault for fault, _ in known if isinstance(fault, OffBody)]
        self._from_s = 0.0

    def apply(self, samples: list[Samples], to_s: float) -> list[Samples]:
        """What is left of the samples up to `to_s`, and what the faults themselves make the device say."""
        for fault, rng, change, held in self._faults:
            is_near = fault.at_s - _LEAD_S <= to_s and self._from_s <= fault.end_s
            if is_near:
                parts = (change(fault, part, rng, held) for part in samples)
                samples = [part for part in parts if part.times_s]
            if fault in self._off[:1]:
                samples = _with_contact(samples, _contact_changes(self._off, self._from_s, to_s))
        self._from_s = to_s
        return samples


# A battery warns before it is empty; no other fault shows before it begins.
_LEAD_S = DAY_S


def _contact_changes(off: list[OffBody], from_s: float, to_s: float) -> list[Samples]:
    """A device that is taken off says so at that moment, and says so again when it is put on."""
    times_s = sorted({at_s for fault in off for at_s in (fault.at_s, fault.end_s)})
    return [
        Samples("contact", [at_s], {"contact": [0.0 if any(fault.holds_at(at_s) for fault in off) else 1.0]})
        for at_s in times_s
        if from_s < at_s <= to_s or (at_s == from_s == 0.0)
    ]


def _with_contact(samples: list[Samples], changes: list[Samples]) -> list[Samples]:
    """Contact first, in order of time: what a device says of itself is known before what it measured."""
    if not changes:
        return samples
    told = [*changes, *(part for part in samples if part.signal == "contact")]
    told.sort(key=lambda part: part.times_s[0])
    return [*told, *(part for part in samples if part.signal != "contact")]


def _within(fault: Fault, samples: Samples) -> list[int]:
    return [index for index, at_s in enumerate(samples.times_s) if fault.holds_at(at_s)]


def _without(samples: Samples, dropped: list[int]) -> Samples:
    if not dropped:
        return samples
    gone = set(dropped)
    return samples.at([index for index in range(len(samples.times_s)) if index not in gone])


def _off_body(fault: OffBody, samples: Samples, _rng: Any, _held: Any) -> Samples:
    if samples.signal == "battery":
        return samples
    dropped = _within(fault, samples)
    if samples.signal == "contact":
        off = [0.0 if index in dropped else value for index, value in enumerate(samples.values["contact"])]
        return samples._replace(values={"contact": off})
    if samples.signal == "rr":
        # An interval needs both its beats on the skin.
        dropped += [
            index
            for index, (at_s, rr_ms) in enumerate(zip(samples.times_s, samples.values["rr"], strict=True))
            if rr_ms is not None and fault.holds_at(at_s - rr_ms / 1000.0)
        ]
    return _without(samples, dropped)


def _gap(fault: Fault, samples: Samples, _rng: Any, _held: Any) -> Samples:
    return _without(samples, _within(fault, samples))


def _low_battery(fault: LowBattery, samples: Samples, _rng: Any, _held: Any) -> Samples:
    if samples.signal == "battery":
        shares = [(fault.at_s - at_s) / fault.warns_s for at_s in samples.times_s]
        levels: list[float | None] = [
            value if value is None or not 0.0 <= share <= 1.0 else min(value, float(round(100.0 * share)))
            for share, value in zip(shares, samples.values["battery"], strict=True)
        ]
        samples = samples._replace(values={"battery": levels})
    return _without(samples, _within(fault, samples))


def _freeze(fault: Freeze, samples: Samples, _rng: Any, held: _Held) -> Samples:
    if samples.signal in _OF_DEVICE:
        return samples
    columns: dict[str, list[float | None]] = {}
    for code, column in samples.values.items():
        kept: list[float | None] = []
        for at_s, value in zip(samples.times_s, column, strict=True):
            if code not in held or not fault.holds_at(at_s):
                held[code] = value
            kept.append(held[code])
        columns[code] = kept
    return samples._replace(values=columns)


def _motion_noise(fault: MotionNoise, samples: Samples, rng: np.random.Generator, _held: Any) -> Samples:
    if samples.signal in {*_OF_DEVICE, "activity"}:
        return samples
    validity = samples.validities
    values = {code: list(column) for code, column in samples.values.items()}
    for index in _within(fault, samples):
        hit, admitted = rng.random(2)
        errors = rng.standard_normal(len(values))
        if hit >= fault.probability:
            continue
        validity[index] = Validity.QUESTIONABLE if admitted < fault.admitted else Validity.INVALID
        for error, (code, column) in zip(errors.tolist(), values.items(), strict=True):
            value = column[index]
            if value is not None and code != _STATUS_COLUMN:
                column[index] = float(round(max(value * (1.0 + fault.spread * error), 1.0)))
    return samples._replace(values=values, validity=validity)


def _outliers(fault: Outliers, samples: Samples, rng: np.random.Generator, _held: Any) -> Samples:
    if samples.signal in _OF_DEVICE:
        return samples
    values = {code: list(column) for code, column in samples.values.items()}
    for index in _within(fault, samples):
        if rng.random() < fault.probability:
            for code, column in values.items():
                value = column[index]
                if value is not None and code != _STATUS_COLUMN:
                    column[index] = value * fault.factor
    return samples._replace(values=values)


def _unit_mix_up(fault: UnitMixUp, samples: Samples, _rng: Any, _held: Any) -> Samples:
    values = {code: list(column) for code, column in samples.values.items()}
    for index in _within(fault, samples):
        for code, column in values.items():
            value = column[index]
            if value is not None and code in MIXED_UP:
                column[index] = value * MIXED_UP[code]
    return samples._replace(values=values)


def _cuff_fit(fault: CuffFit, samples: Samples, _rng: Any, _held: Any) -> Samples:
    if samples.signal != "bp":
        return samples
    validity = samples.validities
    values = {code: list(column) for code, column in samples.values.items()}
    for index in _within(fault, samples):
        for code in ("systolic", "diastolic"):
            value = values[code][index]
            if value is not None:
                values[code][index] = max(value + fault.bias_mmhg, 30.0)
        if fault.told:
            status = CuffStatus(round(values["status"][index] or 0.0)) | _STATUS[fault.status]
            values["status"][index] = float(status)
            validity[index] = validity_of(status)
    return samples._replace(values=values, validity=validity)


_Change = Callable[[Any, Samples, np.random.Generator, dict[str, float | None]], Samples]
_APPLY: dict[type[Fault], _Change] = {
    OffBody: _off_body,
    Gap: _gap,
    LowBattery: _low_battery,
    Freeze: _freeze,
    MotionNoise: _motion_noise,
    Outliers: _outliers,
    UnitMixUp: _unit_mix_up,
    CuffFit: _cuff_fit,
}
