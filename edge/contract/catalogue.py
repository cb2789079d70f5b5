"""The signals the edge understands: codes, units, plausible ranges, periods and staleness."""

from __future__ import annotations

import msgspec


class Component(msgspec.Struct, frozen=True):
    """One column of a signal.

    `unit` is a UCUM code. `low`..`high` is what a living wearer's working sensor can report; a value outside
    is an invalid sample, not an alarm. `loinc` is None where no code means exactly this quantity.
    """

    code: str
    unit: str
    low: float
    high: float
    loinc: str | None = None
    required: bool = True


class Signal(msgspec.Struct, frozen=True):
    """A stream of samples of one quantity.

    `period_s` is the usual spacing of samples; None for readings taken now and then. After `stale_after_s`
    without a sample, or three of a device's own batches if they are longer, the sensor counts as lost;
    after `frozen_after_s` of unchanging values as frozen. Both are None where silence or sameness means
    nothing. A sample that arrives more than `late_after_s` after its time is history: kept, but never the
    cause of a live alert. Where `descending`, the required components of a sample have to fall in their
    order, or the sample is invalid.
    """

    code: str
    text: str
    components: tuple[Component, ...]
    period_s: float | None
    stale_after_s: float | None
    frozen_after_s: float | None = None
    late_after_s: float = 300.0
    descending: bool = False
    loinc: str | None = None


# LOINC and UCUM codes: loinc.org, unitsofmeasure.org. Code 8637-1 is the mean of RR intervals, not an
# interval, so RR carries none.
SIGNALS: dict[str, Signal] = {
    signal.code: signal
    for signal in (
        Signal(
            code="rr",
            text="RR intervals, one for each beat, timed at the beat that ends it",
            # The range in which an interval is read as a beat to the next; longer ones are pauses or misses.
            components=(Component("rr", "ms", 200.0, 4000.0),),
            period_s=1.0,
            stale_after_s=60.0,
            # Sinus rhythm varies beat by beat and even a paced rhythm jitters by the 1/1024 s tick.
            frozen_after_s=120.0,
        ),
        Signal(
            code="hr",
            text="heart rate",
            components=(Component("hr", "/min", 20.0, 260.0, "8867-4"),),
            period_s=5.0,
            stale_after_s=900.0,
            # A watch off the wrist was seen to hold one value for hours with fresh times; a resting heart
            # rate rounded to 1/min may stand still for a minute or two.
            frozen_after_s=1200.0,
        ),
        Signal(
            code="bp",
            text="cuff reading: systolic, diastolic and, where given, pulse",
            components=(
                Component("systolic", "mm[Hg]", 50.0, 300.0, "8480-6"),
                Component("diastolic", "mm[Hg]", 20.0, 200.0, "8462-4"),
                Component("pulse", "/min", 20.0, 260.0, "8867-4", required=False),
            ),
            period_s=None,
            stale_after_s=None,
            # Cuffs hand over readings from their memory; one of half an hour ago still asks for action.
            late_after_s=1800.0,
            loinc="85354-9",
            descending=True,
        ),
        Signal(
            code="activity",
            text="steps in each minute, timed at its end; of several in one the first counts",
            components=(Component("cadence", "{steps}/min", 0.0, 300.0),),
            period_s=60.0,
            stale_after_s=900.0,
        ),
        Signal(
            code="movement",
            text="movement of the wrist in each half minute, in activity counts per 15 s, timed at its end",
            # As of an actigraph; where a band counts otherwise, its nights are judged worse.
            components=(Component("movement", "{counts}", 0.0, 20_000.0),),
            period_s=30.0,
            # Of a band that falls silent its heart rate and steps already tell.
            stale_after_s=None,
        ),
        Signal(
            code="contact",
            text="whether the device touches the skin: 1 yes, 0 no; sent on change and now and then",
            components=(Component("contact", "1", 0.0, 1.0),),
            period_s=None,
            stale_after_s=None,
        ),
        Signal(
            code="resp",
            text="respiratory rate",
            components=(Component("resp", "/min", 2.0, 80.0, "9279-1"),),
            period_s=60.0,
            stale_after_s=900.0,
        ),
        Signal(
            code="spo2",
            text="oxygen saturation by pulse oximetry",
            components=(Component("spo2", "%", 50.0, 100.0, "59408-5"),),
            period_s=60.0,
            stale_after_s=900.0,
        ),
        Signal(
            code="temp",
            text="body temperature",
            components=(Component("temp", "Cel", 25.0, 45.0, "8310-5"),),
            period_s=None,
            stale_after_s=None,
        ),
        Signal(
            code="oxygen",
            text="whether the wearer breathes added oxygen: 1 yes, 0 air; sent on change and now and then",
            components=(Component("oxygen", "1", 0.0, 1.0),),
            period_s=None,
            stale_after_s=None,
        ),
        Signal(
            code="consciousness",
            text="0 alert, 1 newly confused, 2 answers to voice, 3 to pain, 4 to nothing; when looked at",
            components=(Component("consciousness", "1", 0.0, 4.0),),
            period_s=None,
            stale_after_s=None,
            late_after_s=1800.0,
        ),
        Signal(
            code="battery",
            text="charge left in the battery of the device",
            components=(Component("battery", "%", 0.0, 100.0),),
            period_s=None,
            stale_after_s=None,
        ),
        Signal(
            code="self_test",
            text="what the edge sends to itself to test its alarms: 1 crosses the limit, 0 does not",
            components=(Component("self_test", "1", 0.0, 1.0),),
            period_s=None,
            stale_after_s=None,
        ),
    )
}
