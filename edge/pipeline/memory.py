"""What a sample leaves behind in the wearer's state before any condition looks at it."""

from __future__ import annotations

from collections.abc import Callable

from edge.advice.diary import remember_reading
from edge.advice.protocols import HomeReading
from edge.baselines import learn
from edge.pipeline.daily import count_minute
from edge.watches import blood_pressure_high, early_warning, night_heart_rate_high, off_body, sensor_frozen
from edge.wearer.rest import note_cadence
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def _heart_rate(spot: Spot, sample: Sample) -> None:
    sensor_frozen.note(spot, sample)
    night_heart_rate_high.note(spot, sample)
    learn.note(spot, sample)


def _cadence(spot: Spot, sample: Sample) -> None:
    note_cadence(spot, sample)
    count_minute(spot, sample)


def _pressure(spot: Spot, sample: Sample) -> None:
    blood_pressure_high.note(spot, sample)
    systolic_mmhg, diastolic_mmhg, pulse_bpm = sample.values
    if systolic_mmhg is not None and diastolic_mmhg is not None:
        reading = HomeReading(sample.at_s, systolic_mmhg, diastolic_mmhg, pulse_bpm)
        remember_reading(spot.state.advice, reading)


NOTES: dict[str, Callable[[Spot, Sample], None]] = {
    "rr": sensor_frozen.note,
    "hr": _heart_rate,
    "bp": _pressure,
    "activity": _cadence,
    "contact": off_body.note,
    "resp": early_warning.note,
    "spo2": early_warning.note,
    "oxygen": early_warning.note,
    "consciousness": early_warning.note,
    "temp": early_warning.note,
}
