"""From which value on each condition is there, and how much has to be known for it: hand-worked bounds."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.conditions.blood_pressure import Reading
from edge.conditions.condition import Level
from edge.conditions.table import CONDITIONS
from edge.contract.messages import Priority
from edge.contract.samples import Mode
from edge.signals.nights import Night
from edge.watches import (
    alarm_flood,
    blood_pressure_rising,
    bradycardia_at_rest,
    clock_jump,
    early_warning,
    heart_rate_unexplained,
    night_heart_rate_high,
    non_dipping,
    queue_growing,
    tachycardia_at_rest,
    values_out_of_range,
)
from edge.wearer.rest import is_at_rest
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import Stream, WearerState
from edge.wearer.usual import Minute
from tests.support.corridor import NOON_S, Patient, make_rules

DAY_S = 86_400.0
# 2026-06-01T00:00:00Z, a midnight.
MIDNIGHT_S = 1_780_272_000.0
ABSENT, BETWEEN, PRESENT = Level.ABSENT, Level.DEAD_BAND, Level.PRESENT


@pytest.mark.parametrize(
    ("percent", "phases"),
    [
        (15.1, []),
        (15.0, []),
        (14.9, ["start"]),
    ],
)
def test_a_battery_is_low_below_fifteen_percent(percent: float, phases: list[str]) -> None:
    """15 % left is not yet told."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[percent])

    assert patient.phases("battery_low") == phases


@pytest.mark.parametrize(("percent", "phases"), [(24.9, ["start"]), (25.0, ["start", "end"])])
def test_a_battery_is_charged_from_twenty_five_percent_on(percent: float, phases: list[str]) -> None:
    """A dead-band of ten above the limit: at 24.9 % it is still low."""
    patient = Patient()
    patient.send("battery", [NOON_S], battery=[10.0])
    patient.send("battery", [NOON_S + 60.0], battery=[percent])

    assert patient.phases("battery_low") == phases


@pytest.mark.parametrize(
    ("step_s", "level"),
    [(60.0, ABSENT), (60.1, PRESENT), (-60.0, ABSENT), (-60.1, PRESENT), (0.0, ABSENT)],
)
def test_a_clock_jumps_by_more_than_a_minute_either_way(step_s: float, level: Level) -> None:
    """A minute is what a device's time may be ahead; more makes times before and after not fit together."""
    assert clock_jump.look(step_s, CONDITIONS["clock_jump"]).level is level


@pytest.mark.parametrize(("waiting", "level"), [(32, ABSENT), (33, BETWEEN), (64, BETWEEN), (65, PRESENT)])
def test_a_queue_grows_from_sixty_five_messages_and_is_over_at_thirty_two(waiting: int, level: Level) -> None:
    """As many as may be under way at a time, 64, are none too many."""
    assert queue_growing.look(waiting, CONDITIONS["queue_growing"]).level is level


@pytest.mark.parametrize(("absurd", "level"), [(4, BETWEEN), (5, PRESENT), (1, ABSENT), (2, BETWEEN)])
def test_most_of_a_batch_is_more_than_half(absurd: int, level: Level) -> None:
    """Of eight samples four are not most; one of them, an eighth, ends it."""
    assert values_out_of_range.look(absurd, 8, CONDITIONS["values_out_of_range"]).level is level


@pytest.mark.parametrize(("alarms", "is_flood"), [(10, False), (11, True), (12, True)])
def test_a_flood_is_of_more_than_ten_alarms(alarms: int, *, is_flood: bool) -> None:
    """ANSI/ISA-18.2: more than 10 alarms in 10 minutes."""
    assert alarm_flood.is_flood(alarms) is is_flood


@pytest.mark.parametrize(("still_s", "phases"), [(119.0, []), (120.0, ["start"]), (121.0, ["start"])])
def test_beats_that_stay_alike_for_two_minutes_are_of_a_stuck_sensor(
    still_s: float, phases: list[str]
) -> None:
    """Even a paced rhythm jitters: one interval for 120 s is told, for 119 s not."""
    patient = Patient()
    for second in [*range(0, 118, 2), still_s]:
        patient.send("rr", [NOON_S + second], rr=[1000.0])

    assert patient.phases("sensor_frozen") == phases


@pytest.mark.parametrize(("still_s", "phases"), [(1199.0, []), (1200.0, ["start"])])
def test_a_heart_rate_that_stays_for_twenty_minutes_is_of_a_stuck_sensor(
    still_s: float, phases: list[str]
) -> None:
    """A rounded heart rate may stand still for a while, not for 20 minutes."""
    patient = Patient()
    for second in [*range(0, 1190, 10), still_s]:
        patient.send("hr", [NOON_S + second], hr=[72.0])

    assert patient.phases("sensor_frozen") == phases


@pytest.mark.parametrize(("silent_s", "phases"), [(899.0, ["start"]), (900.0, [])])
def test_a_value_that_returns_after_a_silence_has_not_stood_still(silent_s: float, phases: list[str]) -> None:
    """A heart rate of 72 before and after a quarter of an hour without any: sameness begins anew."""
    patient = Patient()
    patient.send("hr", [NOON_S], hr=[72.0])
    back_s = NOON_S + silent_s
    for second in range(0, 320, 10):
        patient.send("hr", [back_s + second], hr=[72.0])

    assert patient.phases("sensor_frozen") == phases


@pytest.mark.parametrize(
    ("parts", "level", "priority"),
    [
        # Five normal parts; then SpO2 93 and respiration 22, 2 each: 4. Pulse 95 makes it 5.
        ({}, ABSENT, None),
        ({"spo2": 95.0, "resp": 22.0}, ABSENT, None),
        ({"spo2": 93.0, "resp": 22.0}, BETWEEN, None),
        ({"spo2": 93.0, "resp": 22.0, "pulse": 95.0}, PRESENT, Priority.MEDIUM),
        # Pulse 112 scores 2: 6 is urgent, systolic 105 makes it 7, an emergency.
        ({"spo2": 93.0, "resp": 22.0, "pulse": 112.0}, PRESENT, Priority.MEDIUM),
        ({"spo2": 93.0, "resp": 22.0, "pulse": 112.0, "systolic": 105.0}, PRESENT, Priority.HIGH),
        # One part of 3 is urgent by itself, one of 2 is not.
        ({"resp": 25.0}, PRESENT, Priority.MEDIUM),
        ({"resp": 24.0}, ABSENT, None),
    ],
)
def test_an_early_warning_is_of_five_one_part_of_three_or_urgent_from_seven(
    parts: dict[str, float], level: Level, priority: Priority | None
) -> None:
    """RCP 2017: a total of 5 or one part of 3 asks for an urgent response, 7 for an emergency response."""
    calm = {"resp": 16.0, "spo2": 98.0, "systolic": 130.0, "pulse": 70.0, "temp": 37.0}
    sight = early_warning.judge(calm | parts, CONDITIONS["early_warning"])

    assert (sight.level, sight.priority) == (level, priority)


@pytest.mark.parametrize(("known", "level"), [(4, Level.UNKNOWN), (5, PRESENT), (6, PRESENT)])
def test_an_early_warning_needs_five_of_seven_parts(known: int, level: Level) -> None:
    """Four parts leave the score too wide to tell, though one of them alone scores 3."""
    parts = {"resp": 25.0, "spo2": 98.0, "systolic": 130.0, "pulse": 70.0, "temp": 37.0, "oxygen": 0.0}
    few = dict(list(parts.items())[:known])

    assert early_warning.judge(few, CONDITIONS["early_warning"]).level is level


@pytest.mark.parametrize(("aged_s", "is_part"), [(3599.0, True), (3600.0, True), (3601.0, False)])
@pytest.mark.parametrize("part", ["resp", "pulse", "systolic"])
def test_a_part_of_the_score_counts_for_an_hour(part: str, aged_s: float, *, is_part: bool) -> None:
    """Parts are observed together: a pulse or a pressure of more than an hour ago says nothing of now."""
    spot, at_s = at_noon([(0.0, 0.0)]), NOON_S - aged_s
    spot.state.streams = {
        signal: Stream("d1", at_s, at_s, at_s, value=70.0, value_s=at_s)
        for signal in ({"pulse": ["hr"], "resp": ["resp"]}.get(part, []))
    }
    spot.state.readings = [Reading(at_s, 120.0, 70.0)] if part == "systolic" else []

    assert (part in early_warning.values_now(spot, NOON_S)) is is_part


@pytest.mark.parametrize(
    ("rise_mmhg", "error_mmhg", "level"),
    [
        (5.0, 1.0, ABSENT),
        (5.1, 1.0, BETWEEN),
        (10.0, 1.0, BETWEEN),
        (10.1, 1.0, PRESENT),
        # Two standard errors: 12 beside 6 is more than chance, 11.9 is not.
        (11.9, 6.0, BETWEEN),
        (12.0, 6.0, PRESENT),
    ],
)
def test_a_pressure_rises_by_more_than_ten_and_than_two_standard_errors(
    rise_mmhg: float, error_mmhg: float, level: Level
) -> None:
    """A rise of 10 mmHg is not told yet, one of 5 ends it, and one that chance may make is neither."""
    row = CONDITIONS["blood_pressure_rising"]

    assert blood_pressure_rising.judge(rise_mmhg, error_mmhg, row).level is level


def rising(before: list[int], now: list[int]) -> list[str]:
    """What is told of readings of 120 on some days and then of 150 on others, one each day at ten."""
    patient = Patient()
    for day, systolic in [*((day, 120.0) for day in before), *((day, 150.0) for day in now)]:
        at_s = MIDNIGHT_S + DAY_S * day + 36_000.0
        patient.send("bp", [at_s], systolic=[systolic], diastolic=[70.0])
    return patient.phases("blood_pressure_rising")


@pytest.mark.parametrize(
    ("before", "now", "phases"),
    [
        # Three days of the last week against seven.
        (list(range(7)), [13, 14, 15], ["start"]),
        (list(range(7)), [14, 15], []),
        (list(range(6)), [13, 14, 15], []),
        # The week is of seven days, the last one among them: on day 15 the days from 9 on.
        (list(range(7)), [9, 14, 15], ["start"]),
        (list(range(7)), [8, 14, 15], []),
        # The seventh day back is one of the week and none to compare with.
        ([0, 1, 2, 3, 4, 5, 9], [13, 14, 15], []),
        ([0, 1, 2, 3, 4, 5, 8], [13, 14, 15], ["start"]),
    ],
)
def test_a_rise_is_of_three_days_of_a_week_against_seven_before(
    before: list[int], now: list[int], phases: list[str]
) -> None:
    """With a day too few on either side nothing is compared; a day counts to the one side or the other."""
    assert rising(before, now) == phases


@pytest.mark.parametrize(
    ("percent", "level"), [(9.9, PRESENT), (10.0, BETWEEN), (11.9, BETWEEN), (12.0, ABSENT)]
)
def test_a_dip_is_small_below_a_tenth(percent: float, level: Level) -> None:
    """Exactly 10 % is a dipper's; an episode ends at 12 %."""
    assert non_dipping.judge(percent, CONDITIONS["non_dipping"]).level is level


@pytest.mark.parametrize(
    ("previous_bpm", "last_bpm", "level"),
    [
        (4.0, 4.0, PRESENT),
        (3.9, 4.0, BETWEEN),
        (4.0, 3.9, BETWEEN),
        (None, 4.0, BETWEEN),
        (4.0, 3.1, BETWEEN),
        (4.0, 3.0, ABSENT),
        (4.0, None, Level.UNKNOWN),
    ],
)
def test_two_nights_are_high_from_four_above_the_usual_on(
    previous_bpm: float | None, last_bpm: float | None, level: Level
) -> None:
    """Alavi 2022: each of both nights at least 4/min above; a night of 3 above ends it."""
    before = [Night(MIDNIGHT_S, 60.0), Night(MIDNIGHT_S + DAY_S, 60.0)]
    row = CONDITIONS["night_heart_rate_high"]

    assert night_heart_rate_high.judge(before, previous_bpm, last_bpm, row).level is level


@pytest.mark.parametrize(
    ("apart_h", "level"),
    [(23.0, PRESENT), (25.0, PRESENT), (35.9, PRESENT), (36.1, BETWEEN), (48.0, BETWEEN)],
)
def test_nights_with_one_between_do_not_follow_each_other(apart_h: float, level: Level) -> None:
    """A day of 23 or 25 hours lies between nights running, two days do not."""
    before = [Night(MIDNIGHT_S, 65.0), Night(MIDNIGHT_S + 3600.0 * apart_h, 65.0)]
    row = CONDITIONS["night_heart_rate_high"]

    assert night_heart_rate_high.judge(before, 5.0, 5.0, row).level is level


@pytest.mark.parametrize(("nights", "above_bpm"), [(6, None), (7, 5.0), (8, 5.0)])
def test_a_night_is_held_against_seven_before_it(nights: int, above_bpm: float | None) -> None:
    """After six nights nothing is usual yet; after seven of 60 one of 65 is 5 above."""
    before = [Night(MIDNIGHT_S + DAY_S * number, 60.0) for number in range(nights)]

    _, last = night_heart_rate_high.last_excesses([*before, Night(MIDNIGHT_S + DAY_S * nights, 65.0)])
    assert last == above_bpm


def test_a_night_is_held_against_the_twenty_nine_before_it() -> None:
    """Of fifteen nights of 50 and fifteen of 60 the oldest is forgotten: the usual is 60, not 55."""
    patient = Patient()
    rates_bpm = [50.0] * 15 + [60.0] * 15
    patient.state.nights.before = [
        Night(MIDNIGHT_S + 25_200.0 - DAY_S * (30 - number), rate) for number, rate in enumerate(rates_bpm)
    ]
    for minute in [*range(120), 421]:
        at_s = MIDNIGHT_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[65.0 + (minute % 5 - 2)])
    before = patient.state.nights.before
    _, last = night_heart_rate_high.last_excesses(before)

    assert len(before) == 30
    assert last == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize(("apart_s", "minutes"), [(59.0, 60), (60.0, 119), (61.0, 119)])
def test_of_a_night_one_heart_rate_a_minute_counts(apart_s: float, minutes: int) -> None:
    """Of heart rates 59 s apart every other one counts, of those a minute apart each."""
    patient = Patient()
    for number in range(119):
        at_s = MIDNIGHT_S + apart_s * number
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[60.0 + number % 5])

    assert patient.state.nights.minutes == minutes


def at_noon(steps: list[tuple[float, float]]) -> Spot:
    """A heart rate at noon, of one whose steps/min so many seconds ago are known."""
    state = WearerState("w1", Mode.TEST, now_s=NOON_S)
    state.cadences = [(NOON_S - ago_s, cadence) for ago_s, cadence in steps]
    return Spot(state, make_rules(), "hr", "d1")


@pytest.mark.parametrize(
    ("steps", "is_rest"),
    [
        ([(0.0, 0.0)], True),
        # At most ten steps in each minute of the last five.
        ([(60.0, 10.0)], True),
        ([(60.0, 10.1)], False),
        ([(300.0, 90.0), (0.0, 0.0)], False),
        ([(300.1, 90.0), (0.0, 0.0)], True),
        # The last minute known is not older than three.
        ([(180.0, 0.0)], True),
        ([(180.1, 0.0)], None),
        ([], None),
    ],
)
def test_rest_is_five_minutes_of_at_most_ten_steps(
    steps: list[tuple[float, float]], *, is_rest: bool | None
) -> None:
    """Walking within five minutes is no rest, and without recent steps nobody knows."""
    assert is_at_rest([(NOON_S - ago_s, cadence) for ago_s, cadence in steps], NOON_S) is is_rest


@pytest.mark.parametrize(
    ("bpm", "fast", "slow"),
    [
        (100.1, PRESENT, ABSENT),
        (100.0, BETWEEN, ABSENT),
        (95.1, BETWEEN, ABSENT),
        (95.0, ABSENT, ABSENT),
        (53.0, ABSENT, ABSENT),
        (52.9, ABSENT, BETWEEN),
        (50.0, ABSENT, BETWEEN),
        (49.9, ABSENT, PRESENT),
    ],
)
def test_a_heart_rate_at_rest_is_fast_above_100_and_slow_below_50(
    bpm: float, fast: Level, slow: Level
) -> None:
    """ACC/AHA/HRS: tachycardia is above 100/min, bradycardia below 50; 95 and 53 end them."""
    spot, sample = at_noon([(0.0, 0.0)]), Sample(NOON_S, (bpm,))
    sights = (
        tachycardia_at_rest.look(spot, sample, CONDITIONS["tachycardia_at_rest"]),
        bradycardia_at_rest.look(spot, sample, CONDITIONS["bradycardia_at_rest"]),
    )

    assert [sight and sight.level for sight in sights] == [fast, slow]


@pytest.mark.parametrize(
    ("still_s", "effort_s", "known_s", "level"),
    [
        (600.0, None, 0.0, PRESENT),
        (599.0, None, 0.0, Level.UNKNOWN),
        (None, None, 0.0, Level.UNKNOWN),
        # An hour is left to a heart that has worked hard.
        (900.0, 3600.0, 0.0, PRESENT),
        (900.0, 3599.0, 0.0, Level.UNKNOWN),
        # Steps of three minutes ago tell of now, older ones do not.
        (900.0, None, 180.0, PRESENT),
        (900.0, None, 181.0, Level.UNKNOWN),
    ],
)
def test_a_heart_rate_is_unexplained_after_ten_still_minutes_and_an_hour_without_effort(
    still_s: float | None, effort_s: float | None, known_s: float, level: Level
) -> None:
    """A minute of 96 where 95 is the limit, so many seconds after the last step and the last effort."""
    spot = at_noon([(known_s, 0.0)])
    spot.state.still_s = None if still_s is None else NOON_S - still_s
    spot.state.effort_s = None if effort_s is None else NOON_S - effort_s
    spot.state.baseline.minute = Minute(NOON_S - 60.0, 96.0, 1, 96.0, NOON_S)
    row = replace(CONDITIONS["heart_rate_unexplained"], limit=95.0)
    sight = heart_rate_unexplained.look(spot, Sample(NOON_S, (96.0,)), row)

    assert sight is not None
    assert sight.level is level
