"""What is required of a gateway, each requirement with an id that stays as it is, whatever else changes.

A requirement looks at one wearer of a story and tells what is wrong, nothing where it holds, or None where
there is nothing to hold it against.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from device_sim.conformance.case import Case
from device_sim.conformance.looks import (
    at_most,
    coverage_reached,
    detected,
    ends_told,
    in_order,
    in_time,
    marked_as_test,
    numbered,
    only_bad_set_aside,
    quiet,
    reasons_told,
    signals_told,
    starts_once,
    survived,
    urgent_enough,
    usual_in_the_end,
)

Look = Callable[[Case], list[str] | None]


class Requirement(NamedTuple):
    """An id, what it says, how to look, and the stories that are about it (None: whichever have a case).

    One of the `contract` needs what only a gateway can tell that speaks the contract of the edge.
    """

    id: str
    text: str
    look: Look
    stories: tuple[str, ...] | None = None
    contract: bool = False


def _detects(condition: str, text: str) -> Requirement:
    return Requirement(f"detect.{condition}", text, detected(condition))


def _quiet(name: str, text: str, *stories: str) -> Requirement:
    return Requirement(f"quiet.{name}", text, quiet, stories)


_DETECTION = (
    _detects("irregular_rhythm", "Atrial fibrillation is told, through loss, storms and at the wrist too."),
    _detects("tachycardia_at_rest", "A pulse that stays above 100/min at rest is told."),
    _detects("bradycardia_at_rest", "A pulse that stays below 50/min is told."),
    _detects("heart_rate_unexplained", "A pulse above what this wearer's effort explains is told."),
    _detects("blood_pressure_severe", "A severe reading of a cuff that fits is told."),
    _detects("blood_pressure_high", "A high average of pressure readings is told."),
    _detects("blood_pressure_low", "A low usual pressure is told."),
    _detects("short_sleep", "Nights too short for too long are told in the morning."),
    _detects("irregular_sleep", "Sleep at ever other times is told after a week of it."),
    _detects("apnea_index", "A night full of pauses of breath is told in the morning."),
    _detects("sensor_lost", "A sensor that has fallen silent, or sends nothing usable, is told."),
    _detects("sensor_frozen", "A sensor that goes on sending one value is told."),
    _detects("off_body", "A device that says that it is not worn is told, and not as a loss."),
    _detects("battery_low", "A battery that runs out is told."),
    _detects("values_out_of_range", "Values that no wearer can have are told."),
)

_ALERTS = (
    Requirement("alert.episode.in-time", "An alert comes within the time that its story allows.", in_time),
    Requirement(
        "alert.episode.start-once",
        "One episode of a wearer is one alert, and no alert begins twice, whatever comes again.",
        starts_once,
    ),
    Requirement("alert.episode.end-told", "What is over is told as over.", ends_told),
    Requirement("alert.times.in-order", "No alert was told before its onset, or ended before it.", in_order),
    Requirement(
        "alert.priority.reached", "What needs somebody at once says so: priority high.", urgent_enough
    ),
    Requirement("alert.priority.not-above", "What can wait is not told as urgent.", at_most),
    Requirement(
        "alert.messages.numbered",
        "The messages of an episode are numbered from 1 on, without a gap.",
        numbered,
        contract=True,
    ),
    Requirement(
        "alert.mode.kept",
        "Alerts about simulated wearers are marked as such: nobody is paged for them.",
        marked_as_test,
        contract=True,
    ),
)

_QUIET = (
    Requirement("quiet.nothing-false", "Nothing is told that is not so.", quiet),
    _quiet("effort", "Effort is no illness.", "exercise", "motion", "shift-worker"),
    _quiet("brief", "What lasts too short to matter is not told.", "fright"),
    _quiet("extra-beats", "Extra beats are no fibrillation.", "extra-beats", "irregular-rhythm"),
    _quiet("even-rhythm", "A fast and even pulse is no irregular one.", "flutter"),
    _quiet("apnea", "The swing of the pulse in apnea is no fibrillation.", "apnea-night"),
    _quiet("cuff-fit", "A reading that the cuff itself calls bad is not believed.", "loose-cuff"),
    _quiet("white-coat", "A first high reading is not severe pressure.", "white-coat"),
    _quiet("low-morning", "One low morning is no low usual pressure.", "low-pressure"),
    _quiet("unworn", "A device on the table has no pulse and no rest.", "left-on-the-table", "bed-sensor"),
    _quiet("history", "What is handed over late is history and pages nobody.", "out-of-range", "clock-jump"),
    _quiet("order", "Messages out of order and twice change nothing.", "shuffled", "reconnect-storm"),
    _quiet("garbled", "A payload that cannot be read changes nothing.", "garbled"),
    _quiet("outliers", "One impossible value is no condition.", "outliers"),
    _quiet("unit", "Values in another unit are not taken at their word.", "unit-mix-up"),
    _quiet("identity", "Signals of one wearer are not told of another.", "wrong-name"),
    _quiet("standby", "A second device takes over without an alert.", "spare-strap"),
    _quiet("foreign", "Messages of other makers on the same broker disturb nothing.", "two-makers"),
    Requirement(
        "quiet.usual",
        "What has become usual for a wearer is told no more.",
        usual_in_the_end,
        ("athlete-week",),
    ),
    _quiet("well-week", "Seven ordinary days bring no alert about health.", "well-week"),
)

_TOLD = (
    Requirement(
        "notice.reason-told",
        "What is set aside is told, with the reason.",
        reasons_told,
        contract=True,
    ),
    Requirement(
        "notice.only-bad",
        "Nothing is set aside that no fault accounts for.",
        only_bad_set_aside,
        contract=True,
    ),
    Requirement(
        "status.signals-told",
        "The status says of which signals something was heard.",
        signals_told,
        contract=True,
    ),
    Requirement(
        "status.coverage-reached",
        "The models judge as much as the story asks for, faults or not.",
        coverage_reached,
        contract=True,
    ),
)

_SURVIVAL = (
    Requirement(
        "survive.broker-restart",
        "A broker that is gone for two minutes costs no episode and tells none twice.",
        survived,
        ("broker-restart",),
    ),
    Requirement(
        "survive.kill",
        "A gateway killed in the middle of an episode goes on with it after its start.",
        survived,
        ("edge-killed",),
    ),
)

REQUIREMENTS: tuple[Requirement, ...] = (*_DETECTION, *_ALERTS, *_QUIET, *_TOLD, *_SURVIVAL)
