"""However far the clock is set, and whatever came before: nothing in the future, no delay cut short."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.commands import Acknowledge, PauseAudio, Shelve
from edge.ends import Said
from edge.pipeline.clock_step import ClockStep, step_clock
from edge.wearer.state import WearerState
from tests.support.corridor import NOON_S, Patient, beats

DAY_S = 86_400.0
# Until when something lasts is in the future, and runs on for as long as it would have.
RUNS_UNTIL = (".board.shelves.", ".board.audio_pause.")
# Made anew with the next sample or the next look; no time of anything that was; part of an id that was told.
NO_TIMES = (".now_s", ".quiet_until_s", ".covered_s", ".advice.due_s", ".alert.")
# How old what was measured is: set back with the clock, and never forward (0004). Older is the safe side.
AGES = (
    *(".value_s", ".last_s", ".rhythm.at_s", ".cadences", ".readings.", ".history.", ".activity_day."),
    *(".day_until_s", ".nights.", ".active_days.", ".baseline.", ".sleep."),
)

ACTS = st.tuples(
    st.sampled_from(
        ["run", "rest", "beats", "cuff", "contact", "temp", "acknowledge", "shelve", "pause", "wait"]
    ),
    st.sampled_from([0.0, 1.0, 2.0]),
    # The device's clock may be ahead of the gateway's by a minute.
    st.sampled_from([0.0, 45.0]),
)
STORIES = st.lists(ACTS, min_size=1, max_size=25)


class Unheard(Patient):
    """Nobody listens: two sensors that are lost need not be told apart."""

    def take(self, said: Said) -> None:
        """Nothing is kept of what was said."""


def play(patient: Patient, story: list[tuple[str, float, float]]) -> None:
    """What befalls the wearer, a minute or more each."""
    now_s = NOON_S
    for number, (act, amount, ahead_s) in enumerate(story):
        now_s += 60.0
        at_s = now_s + ahead_s
        match act:
            case "run" | "rest":
                steps = 110.0 if act == "run" else 0.0
                patient.send("activity", [at_s], arrival_s=now_s, cadence=[steps])
                patient.send("hr", [at_s], arrival_s=now_s, hr=[70.0 + 20.0 * amount])
            case "beats":
                times_s, rr_ms = beats(now_s, [600.0, 1000.0] * 40)
                patient.send("rr", times_s, rr=rr_ms)
                now_s = times_s[-1]
            case "cuff":
                patient.send(
                    "bp", [at_s], arrival_s=now_s, systolic=[120.0 + 40.0 * amount], diastolic=[80.0]
                )
            case "contact":
                patient.send("contact", [at_s], arrival_s=now_s, contact=[min(amount, 1.0)])
            case "temp":
                patient.send("temp", [at_s], arrival_s=now_s, temp=[36.5 + amount])
            case "acknowledge":
                for alarm in list(patient.state.board.alarms.values()):
                    patient.order(Acknowledge(request=f"a{number}", episode=alarm.alert.id), now_s)
            case "shelve":
                shelve = Shelve(request=f"s{number}", condition="sensor_lost", for_s=3600.0, reason="x")
                patient.order(shelve, now_s)
            case "pause":
                patient.order(PauseAudio(request=f"p{number}", for_s=500.0, reason="x"), now_s)
            case "wait":
                now_s += 900.0 * amount
                patient.wait_until(now_s)


def times_of(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every stored time by where it stands: all numbers that are named so, and the times beside the steps."""
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from times_of(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from times_of(item, f"{path}.{key}")
    elif path == ".cadences" and isinstance(value, list):
        yield from ((path, at_s) for at_s, _ in value)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from times_of(item, f"{path}.{number}")
    elif isinstance(value, float) and path.rstrip(".0123456789").endswith("_s"):
        yield path, value


def known_times(state: WearerState) -> list[tuple[str, float]]:
    """All but those that are none, and those of a told episode."""
    told = [f".episodes.{key}.onset_s" for key, episode in state.episodes.items() if episode.is_active]
    return [
        (path, at_s) for path, at_s in times_of(state) if not any(part in path for part in (*told, *NO_TIMES))
    ]


@settings(max_examples=150, deadline=None)
@given(STORIES, st.floats(-40 * DAY_S, 40 * DAY_S), st.floats(0.0, 5.0))
def test_after_a_step_nothing_lies_in_the_future_and_no_span_is_longer(
    story: list[tuple[str, float, float]], shift_s: float, later_s: float
) -> None:
    """No stored time is to come, no delay has run for longer, and a shelf or pause has as much left."""
    patient = Unheard()
    play(patient, story)
    from_s = max(patient.state.now_s, NOON_S) + later_s
    patient.wait_until(from_s)
    state = patient.state
    spans = {path: from_s - at_s for path, at_s in known_times(state)}

    step_clock(state, ClockStep(from_s=from_s, to_s=from_s + shift_s))

    now_s = from_s + shift_s
    assert state.now_s == now_s
    for path, at_s in known_times(state):
        if path.startswith(RUNS_UNTIL):
            assert abs(now_s - at_s - spans[path]) < 1e-3, path
            continue
        assert at_s <= now_s, path
        if not any(part in path for part in AGES):
            assert now_s - at_s <= max(spans[path], 0.0) + 1e-3, path
