"""The table of conditions: priority, limits, delays and dead-bands, each declared once."""

from __future__ import annotations

from edge.conditions.machine import Condition
from edge.conditions.votes import VoteRule
from edge.contract.messages import Kind, Priority

# How many windows of its model have to agree, for each condition that a model feeds. Chosen on the LTAFDB
# records that the rhythm model has not learned from: all seven agreeing finds every episode of two minutes
# there that five of seven find, with less than half of the false alerts (docs/decisions/0007).
VOTES: dict[str, VoteRule] = {"irregular_rhythm": VoteRule(of=7, present=7, absent=2)}

IRREGULAR_RHYTHM = Condition(
    code="irregular_rhythm",
    title="Irregular heart rhythm",
    kind=Kind.PHYSIOLOGICAL,
    priority=Priority.MEDIUM,
    # The votes over windows already confirm; more delay would only be late.
    on_delay_s=0.0,
    off_delay_s=60.0,
    lapse_s=600.0,
    update_every_s=1800.0,
    text="Irregular heart rhythm. This is not a diagnosis: have an ECG taken.",
    guideline="ESC 2024 atrial fibrillation guideline: an ECG is needed to tell what an irregular pulse is",
)

TACHYCARDIA_AT_REST = Condition(
    code="tachycardia_at_rest",
    title="Fast heart rate at rest",
    kind=Kind.PHYSIOLOGICAL,
    priority=Priority.MEDIUM,
    on_delay_s=300.0,
    off_delay_s=120.0,
    limit=100.0,
    dead_band=5.0,
    lapse_s=900.0,
    update_every_s=1800.0,
    text="Heart rate above 100/min at rest.",
    guideline="ACC/AHA/HRS 2015 supraventricular tachycardia guideline: tachycardia is above 100/min at rest",
)

BRADYCARDIA_AT_REST = Condition(
    code="bradycardia_at_rest",
    title="Slow heart rate at rest",
    kind=Kind.PHYSIOLOGICAL,
    priority=Priority.LOW,
    on_delay_s=600.0,
    off_delay_s=120.0,
    limit=50.0,
    dead_band=3.0,
    lapse_s=900.0,
    update_every_s=1800.0,
    text="Heart rate below 50/min at rest. Usual in sleep and in the trained.",
    guideline="ACC/AHA/HRS 2018 bradycardia guideline: sinus bradycardia is below 50/min",
)

# Limits and categories of blood pressure stand in guidelines/blood_pressure.toml.
BLOOD_PRESSURE_HIGH = Condition(
    code="blood_pressure_high",
    title="High blood pressure average",
    kind=Kind.PHYSIOLOGICAL,
    priority=Priority.LOW,
    on_delay_s=0.0,
    off_delay_s=0.0,
    dead_band=3.0,
    text="The average of recent blood pressure readings is high.",
)

BLOOD_PRESSURE_SEVERE = Condition(
    code="blood_pressure_severe",
    title="Severe blood pressure reading",
    kind=Kind.PHYSIOLOGICAL,
    priority=Priority.MEDIUM,
    on_delay_s=0.0,
    off_delay_s=0.0,
    lapse_s=86_400.0,
    text="Very high blood pressure reading. Sit quietly and measure again after one minute; "
    "with chest pain, breathlessness, weakness or confusion call the emergency number now.",
)

SENSOR_LOST = Condition(
    code="sensor_lost",
    title="Sensor lost",
    kind=Kind.TECHNICAL,
    priority=Priority.LOW,
    on_delay_s=0.0,
    off_delay_s=0.0,
    held=True,
    text="No data from the sensor.",
)

SENSOR_FROZEN = Condition(
    code="sensor_frozen",
    title="Sensor frozen",
    kind=Kind.TECHNICAL,
    priority=Priority.LOW,
    on_delay_s=0.0,
    off_delay_s=0.0,
    held=True,
    text="The sensor repeats one value: it may be off the body or stuck.",
)

OFF_BODY = Condition(
    code="off_body",
    title="Device not worn",
    kind=Kind.TECHNICAL,
    priority=Priority.LOW,
    on_delay_s=30.0,
    off_delay_s=10.0,
    held=True,
    text="The device is not worn.",
)

CONDITIONS: dict[str, Condition] = {
    condition.code: condition
    for condition in (
        IRREGULAR_RHYTHM,
        TACHYCARDIA_AT_REST,
        BRADYCARDIA_AT_REST,
        BLOOD_PRESSURE_HIGH,
        BLOOD_PRESSURE_SEVERE,
        SENSOR_LOST,
        SENSOR_FROZEN,
        OFF_BODY,
    )
}
