"""The table of conditions: harm, onset, limits, delays, dead-bands and escalation, each declared once.

What each looks at is in the file of its name in `edge.watches`; the table there says what it is shown.
"""

from __future__ import annotations

from edge.conditions.condition import Condition, Harm, Onset
from edge.conditions.votes import VoteRule
from edge.contract.messages import Kind

# How many windows of its model have to agree, for each condition that a model feeds. Chosen on the LTAFDB
# records that the rhythm model has not learned from: all seven agreeing finds every episode of two minutes
# there that five of seven find, with less than half of the false alerts (docs/decisions/0007).
VOTES: dict[str, VoteRule] = {"irregular_rhythm": VoteRule(of=7, present=7, absent=2)}

# A heart rate says nothing of the wearer while its sensor is off the body, stuck or silent.
NOT_MEASURED = ("off_body", "sensor_frozen", "sensor_lost")

_PHYSIOLOGICAL = (
    Condition(
        code="irregular_rhythm",
        title="Irregular heart rhythm",
        kind=Kind.PHYSIOLOGICAL,
        # A stroke, within months or years.
        harm=Harm.IRREVERSIBLE,
        onset=Onset.DELAYED,
        # The votes over windows already confirm; more delay would only be late.
        on_delay_s=0.0,
        off_delay_s=60.0,
        lapse_s=600.0,
        update_every_s=1800.0,
        inhibited_by=NOT_MEASURED,
        text="Irregular heart rhythm. This is not a diagnosis: have an ECG taken.",
        guideline="ESC 2024 atrial fibrillation guideline: "
        "an ECG is needed to tell what an irregular pulse is",
    ),
    Condition(
        code="tachycardia_at_rest",
        title="Fast heart rate at rest",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        on_delay_s=300.0,
        off_delay_s=120.0,
        limit=100.0,
        limit_range=(90.0, 130.0),
        dead_band=5.0,
        lapse_s=900.0,
        update_every_s=1800.0,
        inhibited_by=NOT_MEASURED,
        text="Heart rate above {limit:g}/min at rest.",
        guideline="ACC/AHA/HRS 2015 supraventricular tachycardia guideline: "
        "tachycardia is above 100/min at rest; 8 to 17 years: 99th centile of NHANES 2009-2012",
    ),
    Condition(
        code="bradycardia_at_rest",
        title="Slow heart rate at rest",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=600.0,
        off_delay_s=120.0,
        limit=50.0,
        limit_range=(35.0, 60.0),
        dead_band=3.0,
        lapse_s=900.0,
        update_every_s=1800.0,
        inhibited_by=NOT_MEASURED,
        text="Heart rate below {limit:g}/min at rest. Usual in sleep and in the trained.",
        guideline="ACC/AHA/HRS 2018 bradycardia guideline: sinus bradycardia is below 50/min; "
        "8 to 17 years: 1st centile of NHANES 2009-2012; trained: Seattle criteria 2013, normal from 30/min",
    ),
    # The limit is each wearer's own, between the 90/min of the guideline and the limit of tachycardia.
    Condition(
        code="heart_rate_unexplained",
        title="Heart rate above the usual",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=900.0,
        off_delay_s=120.0,
        dead_band=5.0,
        lapse_s=3600.0,
        update_every_s=3600.0,
        inhibited_by=("tachycardia_at_rest", *NOT_MEASURED),
        text="Heart rate above {limit:g}/min for a quarter of an hour without activity, "
        "far above your usual.",
        guideline="RCP 2017 NEWS2: a pulse from 91/min on scores; above that the wearer's own usual decides",
    ),
    Condition(
        code="night_heart_rate_high",
        title="High heart rate in two nights",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=4.0,
        limit_range=(3.0, 10.0),
        dead_band=1.0,
        # Two nights without data and a half.
        lapse_s=216_000.0,
        text="Resting heart rate at least {limit:g}/min above your usual in two nights running.",
        guideline="Alavi 2022, Nature Medicine 28:175 (NightSignal): 4/min above the baseline on two nights",
    ),
    # High from a score of 7 on.
    Condition(
        code="early_warning",
        title="Early warning score",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        # One odd value of a finger sensor is none of illness.
        on_delay_s=300.0,
        off_delay_s=0.0,
        limit=4.0,
        dead_band=1.0,
        lapse_s=7200.0,
        update_every_s=3600.0,
        text="Several vital signs together are out of their usual ranges: "
        "have a professional look at them soon.",
        guideline="RCP 2017 NEWS2: a total of 5, or one part of 3, asks for an urgent response, "
        "7 for an emergency response",
    ),
    Condition(
        code="apnea_index",
        title="Pauses of breath in sleep",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        # Minutes with apnea in an hour. From 15 events an hour on apnea is treated also without complaints.
        limit=15.0,
        limit_range=(5.0, 30.0),
        dead_band=5.0,
        # A week without a night that could be judged.
        lapse_s=604_800.0,
        text="Breathing pauses are likely in many minutes of the night. This is not a diagnosis: "
        "have a sleep study.",
        guideline="AASM ICSD-3 2014: 15 events an hour, or 5 with complaints; AASM 1999: mild from 5, "
        "moderate from 15, severe from 30",
    ),
    Condition(
        code="short_sleep",
        title="Short sleep",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        # Hours, of adults; other ages have theirs in the condition's file.
        limit=6.0,
        limit_range=(4.0, 9.0),
        dead_band=0.5,
        lapse_s=604_800.0,
        text="Over the last week you slept less than is good for you.",
        guideline="NSF 2015 (Hirshkowitz, Sleep Health 1:40): under 6 h is not recommended for adults, "
        "under 5 h from 65 years on; AASM/SRS 2015: adults should sleep 7 h or more",
    ),
    Condition(
        code="irregular_sleep",
        title="Irregular sleep",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.MINOR,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=60.0,
        limit_range=(0.0, 80.0),
        dead_band=5.0,
        lapse_s=604_800.0,
        text="Your times of sleep differ much from day to day.",
        guideline="No guideline sets a limit. Windred 2024, Sleep 47:zsad253: half of 60 977 adults lie "
        "between 73.8 and 86.3 on the scale of Phillips 2017",
    ),
    # Limits and categories of blood pressure stand in guidelines/blood_pressure.toml.
    Condition(
        code="blood_pressure_high",
        title="High blood pressure average",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        dead_band=3.0,
        text="The average of recent blood pressure readings is high.",
    ),
    Condition(
        code="blood_pressure_low",
        title="Low blood pressure average",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=91.0,
        limit_range=(80.0, 105.0),
        dead_band=5.0,
        text="The average of recent systolic readings is below {limit:g} mmHg.",
        guideline="RCP 2017 NEWS2: a systolic pressure of 90 mmHg or less scores 3",
    ),
    Condition(
        code="blood_pressure_rising",
        title="Rising blood pressure",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=10.0,
        limit_range=(5.0, 20.0),
        dead_band=5.0,
        lapse_s=1_209_600.0,
        text="Systolic pressure in the last week is more than {limit:g} mmHg above the four weeks before.",
        guideline="Kato, Ohasama study (PMID 20448533): days of one person scatter by 8.6 mmHg",
    ),
    Condition(
        code="non_dipping",
        title="Blood pressure that falls little at night",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=10.0,
        dead_band=2.0,
        lapse_s=604_800.0,
        text="Systolic pressure falls by less than {limit:g} % at night.",
        guideline="Fagard 2009, Hypertension 53:466: a ratio of night to day above 0.9",
    ),
    # High once a repeat has confirmed it.
    Condition(
        code="blood_pressure_severe",
        title="Severe blood pressure reading",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.IRREVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        lapse_s=86_400.0,
        # As long as a repeat may confirm it: a severe reading that nobody has looked at by then is urgent.
        escalate_after_s=1800.0,
        text="Very high blood pressure reading. Sit quietly and measure again after one minute; "
        "with chest pain, breathlessness, weakness or confusion call the emergency number now.",
    ),
)

_TECHNICAL = (
    Condition(
        code="sensor_lost",
        title="Sensor lost",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        held=True,
        # Whoever is not watched for half a day should be told so in a way that is not overlooked.
        escalate_after_s=43_200.0,
        inhibited_by=("off_body",),
        text="No data from the sensor.",
    ),
    Condition(
        code="sensor_frozen",
        title="Sensor frozen",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        held=True,
        escalate_after_s=43_200.0,
        inhibited_by=("off_body", "sensor_lost"),
        text="The sensor repeats one value: it may be off the body or stuck.",
    ),
    Condition(
        code="off_body",
        title="Device not worn",
        kind=Kind.TECHNICAL,
        harm=Harm.MINOR,
        onset=Onset.DELAYED,
        on_delay_s=30.0,
        off_delay_s=10.0,
        held=True,
        text="The device is not worn.",
    ),
    Condition(
        code="values_out_of_range",
        title="Implausible values",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=60.0,
        off_delay_s=60.0,
        # A share of the samples sent.
        limit=0.5,
        # One in eight, which binary numbers hold exactly: a share at the bound is not left open by rounding.
        dead_band=0.375,
        lapse_s=900.0,
        inhibited_by=("off_body",),
        text="Most values of the sensor are none that a living wearer has.",
    ),
    Condition(
        code="model_abstaining",
        title="Model gives no answer",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=1800.0,
        off_delay_s=0.0,
        lapse_s=900.0,
        inhibited_by=NOT_MEASURED,
        text="The signal has been too poor to judge for half an hour: see that the sensor sits well.",
    ),
    Condition(
        code="battery_low",
        title="Battery low",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=15.0,
        limit_range=(5.0, 50.0),
        dead_band=10.0,
        held=True,
        text="Battery of the device below {limit:g} %.",
    ),
    Condition(
        code="clock_jump",
        title="Clock of the gateway was set",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        # Long enough to be seen; what was set is set.
        off_delay_s=600.0,
        # As much as a device's time may be ahead: beyond it samples are refused.
        limit=60.0,
        held=True,
        text="The gateway's clock was set: times before and after do not fit together.",
    ),
    Condition(
        code="queue_growing",
        title="Messages wait in the gateway",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        # A broker that is started anew has its messages sooner.
        on_delay_s=600.0,
        off_delay_s=0.0,
        # Messages: more than may be under way at a time.
        limit=64.0,
        dead_band=32.0,
        lapse_s=900.0,
        update_every_s=3600.0,
        text="More than {limit:g} messages have waited in the gateway for ten minutes: "
        "what it says comes late.",
    ),
    Condition(
        code="bundle_refused",
        title="Model not installed",
        kind=Kind.TECHNICAL,
        # What decided before goes on deciding.
        harm=Harm.MINOR,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        # Long enough to be seen; what was refused is refused.
        off_delay_s=3600.0,
        held=True,
        text="A new model was refused or taken out again: the one before it is in use.",
    ),
    Condition(
        code="alarm_flood",
        title="Many alarms at once",
        kind=Kind.TECHNICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.PROMPT,
        on_delay_s=0.0,
        off_delay_s=0.0,
        held=True,
        text="Many alarms at once: new ones of low priority are held back until it is over.",
        guideline="ANSI/ISA-18.2-2016: a flood begins with more than 10 alarms in 10 minutes",
    ),
    Condition(
        code="self_test",
        title="Self-test of the edge",
        kind=Kind.TECHNICAL,
        harm=Harm.MINOR,
        onset=Onset.DELAYED,
        on_delay_s=0.0,
        off_delay_s=0.0,
        limit=0.5,
        held=True,
        text="The edge tests its own alarms. Nothing is the matter.",
    ),
)

CONDITIONS: dict[str, Condition] = {row.code: row for row in (*_PHYSIOLOGICAL, *_TECHNICAL)}
