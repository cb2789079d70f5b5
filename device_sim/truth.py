"""What really happened to a wearer, fixed before any alert exists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from device_sim.events import (
    Bradycardia,
    Event,
    Fibrillation,
    Routine,
    Tachycardia,
)
from device_sim.faults.kinds import AnyFault
from device_sim.faults.truth import CONDITIONS_OF, shows_from_s
from edge.contract.errors import DataError
from edge.contract.messages import Kind, Priority, Reason

CONDITIONS = {
    "irregular_rhythm": Kind.PHYSIOLOGICAL,
    "tachycardia_at_rest": Kind.PHYSIOLOGICAL,
    "bradycardia_at_rest": Kind.PHYSIOLOGICAL,
    "blood_pressure_high": Kind.PHYSIOLOGICAL,
    "blood_pressure_severe": Kind.PHYSIOLOGICAL,
    "blood_pressure_low": Kind.PHYSIOLOGICAL,
    "blood_pressure_rising": Kind.PHYSIOLOGICAL,
    "non_dipping": Kind.PHYSIOLOGICAL,
    "heart_rate_unexplained": Kind.PHYSIOLOGICAL,
    "night_heart_rate_high": Kind.PHYSIOLOGICAL,
    "early_warning": Kind.PHYSIOLOGICAL,
    "apnea_index": Kind.PHYSIOLOGICAL,
    "short_sleep": Kind.PHYSIOLOGICAL,
    "irregular_sleep": Kind.PHYSIOLOGICAL,
    "sensor_lost": Kind.TECHNICAL,
    "sensor_frozen": Kind.TECHNICAL,
    "off_body": Kind.TECHNICAL,
    "values_out_of_range": Kind.TECHNICAL,
    "model_abstaining": Kind.TECHNICAL,
    "battery_low": Kind.TECHNICAL,
    "clock_jump": Kind.TECHNICAL,
    "queue_growing": Kind.TECHNICAL,
    "bundle_refused": Kind.TECHNICAL,
    "alarm_flood": Kind.TECHNICAL,
    "self_test": Kind.TECHNICAL,
}

_CONDITION_OF_EVENT: dict[type[Event], str] = {
    Fibrillation: "irregular_rhythm",
    Tachycardia: "tachycardia_at_rest",
    Bradycardia: "bradycardia_at_rest",
}


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An episode that an edge must report, in seconds of the scenario.

    An alert must start within `within_s` of `onset_s`, reach `priority` and not exceed `at_most`, where these
    are named. Where not `required`, it may be reported and need not be.
    """

    condition: str
    onset_s: Annotated[float, msgspec.Meta(ge=0)]
    end_s: Annotated[float, msgspec.Meta(ge=0)]
    within_s: Annotated[float, msgspec.Meta(gt=0)]
    priority: Priority | None = None
    at_most: Priority | None = None
    required: bool = True


class TruthEpisode(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="record", tag="episode"
):
    """A condition that a wearer had from `onset_s` to `end_s` (Unix seconds).

    Where `must_be_found`, an alert has to start by `latest_s` and to reach `priority`; elsewhere an alert is
    merely not false. No alert may be more urgent than `at_most`.
    """

    wearer: str
    condition: str
    onset_s: float
    end_s: float
    must_be_found: bool
    latest_s: float | None = None
    priority: Priority | None = None
    at_most: Priority | None = None


class Watched(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="record", tag="wearer"
):
    """A wearer watched from `start_s` to `end_s` (Unix seconds) in a story.

    No alert of a condition in `forbidden` may come. A gateway that publishes notices must set messages aside
    for each reason in `quarantined`, and for none but those and the `excused`. It must hear each of
    `signals`, and a gateway that tells its coverage must reach `least_coverage`.
    """

    wearer: str
    story: str
    start_s: float
    end_s: float
    forbidden: tuple[str, ...] = ()
    quarantined: tuple[Reason, ...] = ()
    excused: tuple[Reason, ...] = ()
    signals: tuple[str, ...] = ()
    least_coverage: float | None = None


class Happening(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="record", tag="event"
):
    """What the body did from `onset_s` to `end_s` (Unix seconds), whether or not any condition is about it.

    `event` is its kind in the scenario's timeline, `details` its other settings there.
    """

    wearer: str
    event: str
    onset_s: float
    end_s: float
    details: dict[str, Any] = {}


class Truth(NamedTuple):
    """All that is true of a run."""

    wearers: list[Watched]
    episodes: list[TruthEpisode]
    happenings: tuple[Happening, ...] = ()


def expected_episode(wearer: str, expected: Expected, start_s: float) -> TruthEpisode:
    """The truth an expectation states, in Unix seconds."""
    return TruthEpisode(
        wearer=wearer,
        condition=expected.condition,
        onset_s=start_s + expected.onset_s,
        end_s=start_s + expected.end_s,
        must_be_found=expected.required,
        latest_s=start_s + expected.onset_s + expected.within_s,
        priority=expected.priority,
        at_most=expected.at_most,
    )


def present_episodes(
    wearer: str, events: Iterable[Event], faults: Iterable[AnyFault], start_s: float
) -> list[TruthEpisode]:
    """What events and faults are by themselves, whether or not an alert must come of it."""
    happened = [
        (_CONDITION_OF_EVENT[type(event)], event.at_s, event.end_s)
        for event in events
        if type(event) in _CONDITION_OF_EVENT
    ]
    happened += [
        (condition, shows_from_s(fault, condition), fault.end_s)
        for fault in faults
        for condition in CONDITIONS_OF[type(fault)]
    ]
    return [
        allowed_episode(wearer, condition, start_s + at_s, start_s + end_s)
        for condition, at_s, end_s in happened
    ]


def allowed_episode(wearer: str, condition: str, onset_s: float, end_s: float) -> TruthEpisode:
    """What may be told from one Unix time to another and need not be."""
    return TruthEpisode(wearer=wearer, condition=condition, onset_s=onset_s, end_s=end_s, must_be_found=False)


def happenings(wearer: str, events: Iterable[Event], start_s: float) -> list[Happening]:
    """The timeline of a wearer in Unix seconds: rhythms, breath, sleep, effort and readings.

    A routine is left out: its days follow from the seed and fill all the time there is.
    """
    found = []
    for event in events:
        if isinstance(event, Routine):
            continue
        # As JSON has it, so that truth read from a file is equal to truth that was made.
        details = msgspec.json.decode(msgspec.json.encode(event))
        kind = details.pop("kind")
        details.pop("at_s")
        details.pop("for_s", None)
        found.append(
            Happening(
                wearer=wearer,
                event=kind,
                onset_s=start_s + event.at_s,
                end_s=start_s + event.end_s,
                details={key: value for key, value in details.items() if value is not None},
            )
        )
    return found


def write_truth(path: Path, truth: Truth) -> None:
    """Write one JSON object a line: the wearers, the episodes, and what happened to the bodies."""
    path.write_bytes(truth_text(truth))


def truth_text(truth: Truth) -> bytes:
    """The same truth as the same bytes."""
    encoder = msgspec.json.Encoder()
    return b"".join(
        encoder.encode(record) + b"\n" for record in (*truth.wearers, *truth.episodes, *truth.happenings)
    )


def read_truth(path: Path) -> Truth:
    """Read what `write_truth` wrote; DataError names file, line and what is allowed there."""
    decoder = msgspec.json.Decoder(Watched | TruthEpisode | Happening)
    wearers: list[Watched] = []
    episodes: list[TruthEpisode] = []
    happened: list[Happening] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(str(error.strerror), where=str(path), allowed="a readable truth file") from None
    for number, line in enumerate(lines, 1):
        try:
            record = decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise DataError(
                str(error), where=f"{path}, line {number}", allowed="a line that vitalward simulate wrote"
            ) from None
        if isinstance(record, Watched):
            wearers.append(record)
        elif isinstance(record, TruthEpisode):
            episodes.append(record)
        else:
            happened.append(record)
    if not wearers:
        raise DataError("no wearers", where=str(path), allowed="a file that vitalward simulate --out wrote")
    return Truth(wearers, episodes, tuple(happened))
