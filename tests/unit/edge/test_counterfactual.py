"""What would have had to be otherwise: the search against brute force, and every condition decided again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.conditions.case import Lever
from edge.conditions.table import CONDITIONS
from edge.contract.commands import SetLimit
from edge.contract.explanation import Relation, ValueChange
from edge.contract.messages import Alert, Phase, Priority
from edge.explanation.counterfactual import find_changes
from edge.pipeline.clock_step import ClockStep, step_clock, tell_step
from edge.pipeline.day import take_day
from edge.pipeline.queue_length import QueueLength, tell_queue
from edge.wearer.summary import Day
from tests.support.corridor import NOON_S, Patient
from tests.unit.edge.test_days import night

# 2026-06-01T00:00:00Z, a midnight.
MIDNIGHT_S = 1_780_272_000.0
DAY_S = 86_400.0
STEP = 1e-5


def keeps(value: float, change: ValueChange) -> bool:
    """Whether a value is within a change, by hand."""
    return {
        Relation.ABOVE: value > change.bound,
        Relation.FROM: value >= change.bound,
        Relation.BELOW: value < change.bound,
        Relation.UP_TO: value <= change.bound,
    }[change.relation]


def around(change: ValueChange) -> tuple[float, float]:
    """A value that just keeps to a change, and one that just does not."""
    is_down = change.relation in {Relation.BELOW, Relation.UP_TO}
    inside = change.bound - STEP if is_down else change.bound + STEP
    # Nothing is less than no contact.
    outside = 0.0 if change.quantity == "contact" else 2 * change.bound - inside
    return inside, outside


values = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=4)
limits = st.lists(st.integers(1, 99), min_size=4, max_size=4)


@given(values, limits, st.booleans())
def test_changes_keep_the_decision_away_and_no_smaller_ones_do(
    found: list[float], bounds: list[int], is_inclusive: bool
) -> None:
    """Any value at its limit fires: exactly those beyond theirs have to come down, each to its limit."""

    def fires(seen: Sequence[float]) -> bool:
        return any(
            value >= bound if is_inclusive else value > bound
            for value, bound in zip(seen, bounds, strict=False)
        )

    levers = [Lever(f"q{place}", value, 0.0) for place, value in enumerate(found)]
    beyond = [place for place, value in enumerate(found) if fires([*[0.0] * place, value])]

    changes = find_changes(levers, fires)

    assert sorted(change.quantity for change in changes) == [f"q{place}" for place in beyond]
    for change in changes:
        place = int(change.quantity[1:])
        # A value within a millionth of its limit may be told as at it.
        assert change.bound == pytest.approx(bounds[place], abs=1e-6)
        assert change.relation is (Relation.BELOW if is_inclusive else Relation.UP_TO)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(1, 40))
def test_of_a_sum_the_first_levers_come_down_as_far_as_is_needed(found: list[int], limit: int) -> None:
    """What is told, taken together, does not fire; with any one bound a little exceeded it does."""

    def fires(seen: Sequence[float]) -> bool:
        return sum(seen) > limit

    changes = find_changes([Lever(f"q{place}", value, 0.0) for place, value in enumerate(found)], fires)

    assert bool(changes) is fires(found)
    kept = [float(value) for value in found]
    for change in changes:
        kept[int(change.quantity[1:])] = change.bound
    assert not fires(kept)
    for change in changes:
        place = int(change.quantity[1:])
        if change.bound < change.value:
            assert fires([*kept[:place], kept[place] + STEP, *kept[place + 1 :]])


def test_where_no_lever_helps_nothing_is_told() -> None:
    """A decision that does not hang on the quantity has no counterfactual in it."""
    assert find_changes([Lever("q", 5.0, 0.0)], lambda _: True) == ()
    assert find_changes([], lambda _: True) == ()


# Each story takes the values of the last input and gives the alerts of its condition. What an alert then says
# of a quantity is handed in again as that value.
Story = Callable[[Patient, dict[str, float]], None]


def heart(patient: Patient, last: dict[str, float], usual_bpm: float, minutes: int) -> None:
    for minute in range(minutes):
        patient.send("activity", [NOON_S + 60.0 * minute], cadence=[0.0])
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[usual_bpm + 0.1 * (minute % 3)])
    patient.send("hr", [NOON_S + 60.0 * minutes], hr=[last["hr_bpm"]])


def fast(patient: Patient, last: dict[str, float]) -> None:
    heart(patient, last, 150.0, 5)


def slow(patient: Patient, last: dict[str, float]) -> None:
    heart(patient, last, 33.0, 10)


def cuff(patient: Patient, last: dict[str, float]) -> None:
    patient.send("bp", [NOON_S], systolic=[last["systolic_mmhg"]], diastolic=[last["diastolic_mmhg"]])


def averaged(first: tuple[float, float], apart_s: float) -> Story:
    """Two readings, the last such that the average is the one asked for."""

    def story(patient: Patient, last: dict[str, float]) -> None:
        mean = (last["average_systolic_mmhg"], last.get("average_diastolic_mmhg", 60.0))
        patient.send("bp", [NOON_S], systolic=[first[0]], diastolic=[first[1]])
        systolic, diastolic = (2 * wanted - begun for wanted, begun in zip(mean, first, strict=True))
        patient.send("bp", [NOON_S + apart_s], systolic=[systolic], diastolic=[diastolic])

    return story


def rising(patient: Patient, last: dict[str, float]) -> None:
    """28 days of 120 mmHg, then a week of which the last day makes the rise."""
    for day in range(28):
        patient.send("bp", [NOON_S + DAY_S * day], systolic=[120.0], diastolic=[60.0])
    for day in range(28, 34):
        patient.send("bp", [NOON_S + DAY_S * day], systolic=[125.0], diastolic=[60.0])
    final = 7 * (120.0 + last["rise_mmhg"]) - 6 * 125.0
    patient.send("bp", [NOON_S + DAY_S * 34], systolic=[final], diastolic=[60.0])


def dipping(patient: Patient, last: dict[str, float]) -> None:
    """Seven readings of 120 at night, twenty by day of which the last makes the dip."""
    for number in range(7):
        patient.send("bp", [MIDNIGHT_S + 3000.0 * number], systolic=[120.0], diastolic=[60.0])
    for number in range(19):
        patient.send("bp", [MIDNIGHT_S + 28_800.0 + 2400.0 * number], systolic=[130.0], diastolic=[60.0])
    by_day = 120.0 / (1.0 - last["dip_percent"] / 100.0)
    final = 20 * by_day - 19 * 130.0
    patient.send("bp", [MIDNIGHT_S + 28_800.0 + 2400.0 * 19], systolic=[final], diastolic=[60.0])


def nights(patient: Patient, last: dict[str, float]) -> None:
    """Seven nights of 60/min; the eighth and ninth so far above the median of those before."""
    usual = 60.0
    first_bpm = usual + last["first_night_above_usual_bpm"]
    rates = [usual] * 7 + [first_bpm, usual + last["second_night_above_usual_bpm"]]
    for number, rate_bpm in enumerate(rates):
        for minute in range(421):
            at_s = MIDNIGHT_S + DAY_S * number + 60.0 * minute
            patient.send("activity", [at_s], cadence=[0.0])
            # What moves about the mean cancels out over the 420 minutes of a night.
            patient.send("hr", [at_s], hr=[rate_bpm + (minute % 3 - 1)])


def breathing(patient: Patient, last: dict[str, float]) -> None:
    """Calm but for saturation and breaths: the score is made by both."""
    for minute in (0, 6):
        at_s = NOON_S + 60.0 * minute
        if not minute:
            patient.send("temp", [at_s - 2.0], temp=[37.0])
            patient.send("bp", [at_s - 1.5], systolic=[125.0], diastolic=[70.0])
            patient.send("consciousness", [at_s - 1.2], consciousness=[0.0])
            patient.send("spo2", [at_s - 1.0], spo2=[92.0])
        patient.send("resp", [at_s], resp=[last["resp_per_min"] if minute else 30.0])


def battery(patient: Patient, last: dict[str, float]) -> None:
    patient.send("battery", [NOON_S], battery=[last["battery_percent"]])


def probed(patient: Patient, last: dict[str, float]) -> None:
    patient.send("self_test", [NOON_S], self_test=[last["self_test"]])


def frozen(patient: Patient, last: dict[str, float]) -> None:
    for second in range(0, 1200, 100):
        patient.send("hr", [NOON_S + second], hr=[63.0])
    patient.send("hr", [NOON_S + last["unchanged_s"]], hr=[63.0])


def lost(patient: Patient, last: dict[str, float]) -> None:
    patient.send("rr", [NOON_S], rr=[800.0])
    patient.wait_until(NOON_S + last["silent_s"])


def taken_off(patient: Patient, last: dict[str, float]) -> None:
    patient.send("contact", [NOON_S], contact=[last["contact"]])
    patient.wait_until(NOON_S + 40.0)


def stepped(patient: Patient, last: dict[str, float]) -> None:
    patient.send("hr", [NOON_S], hr=[63.0])
    step = ClockStep(from_s=NOON_S + 1.0, to_s=NOON_S + 1.0 + last["clock_step_size_s"])
    step_clock(patient.state, step)
    patient.take(tell_step(patient.state, patient.rules, step))


def unexplained(patient: Patient, last: dict[str, float]) -> None:
    """Known to be still for an hour, then a quarter of an hour above a limit of the wearer's own."""
    patient.state.baseline.until_s, patient.state.baseline.limits = 9e9, {"heart_rate_unexplained": 90.0}
    for minute in range(-62, 14):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[last["minute_hr_bpm"] if minute == 12 else 96.0 + 0.1 * (minute % 3)])


def waiting(patient: Patient, last: dict[str, float]) -> None:
    for after_s, messages in ((0.0, 500.0), (600.0, last["messages_waiting"])):
        queue = QueueLength(inbox=messages, outbox=0)  # type: ignore[arg-type]
        patient.take(tell_queue(patient.state, patient.rules, queue, NOON_S + after_s))


def morning(patient: Patient, **figures: float) -> None:
    """A report of the last nights with these figures."""
    report = night(**figures)
    day = Day(
        wearer="w1", mode=patient.state.mode, from_s=report.from_s, until_s=report.until_s, night=report
    )
    patient.take(take_day(patient.state, patient.rules, day))


def breathless(patient: Patient, last: dict[str, float]) -> None:
    low = last["apnea_low_per_hour"]
    morning(patient, apnea_nights=1, mean_apnea_per_hour=low + 6.0, apnea_low_per_hour=low)


def sleepless(patient: Patient, last: dict[str, float]) -> None:
    morning(patient, sleep_nights=6, mean_sleep_min=60.0 * last["mean_sleep_h"])


def restless(patient: Patient, last: dict[str, float]) -> None:
    morning(patient, regularity_index=last["sleep_regularity_index"], regularity_pairs=6)


STORIES: dict[str, tuple[Story, st.SearchStrategy[dict[str, float]]]] = {
    "tachycardia_at_rest": (fast, st.fixed_dictionaries({"hr_bpm": st.floats(130.5, 259.0)})),
    "bradycardia_at_rest": (slow, st.fixed_dictionaries({"hr_bpm": st.floats(21.0, 34.0)})),
    "blood_pressure_severe": (
        cuff,
        st.fixed_dictionaries(
            {"systolic_mmhg": st.floats(181.0, 290.0), "diastolic_mmhg": st.floats(60.0, 170.0)}
        ),
    ),
    "blood_pressure_high": (
        averaged((131.0, 70.0), 60.0),
        st.fixed_dictionaries(
            {
                "average_systolic_mmhg": st.floats(146.0, 160.0),
                "average_diastolic_mmhg": st.floats(60.0, 95.0),
            }
        ),
    ),
    "blood_pressure_low": (
        averaged((70.0, 60.0), DAY_S),
        st.fixed_dictionaries({"average_systolic_mmhg": st.floats(66.0, 72.0)}),
    ),
    "blood_pressure_rising": (rising, st.fixed_dictionaries({"rise_mmhg": st.floats(21.0, 25.0)})),
    "non_dipping": (dipping, st.fixed_dictionaries({"dip_percent": st.floats(7.0, 9.9)})),
    "early_warning": (breathing, st.fixed_dictionaries({"resp_per_min": st.floats(25.0, 60.0)})),
    "night_heart_rate_high": (nights, st.nothing()),
    "battery_low": (battery, st.fixed_dictionaries({"battery_percent": st.floats(0.0, 4.9)})),
    "self_test": (probed, st.fixed_dictionaries({"self_test": st.floats(0.6, 1.0)})),
    "sensor_frozen": (frozen, st.fixed_dictionaries({"unchanged_s": st.floats(1200.0, 1900.0)})),
    "sensor_lost": (lost, st.fixed_dictionaries({"silent_s": st.just(60.0)})),
    "off_body": (taken_off, st.fixed_dictionaries({"contact": st.just(0.0)})),
    "heart_rate_unexplained": (
        unexplained,
        st.fixed_dictionaries({"minute_hr_bpm": st.floats(90.5, 99.5)}),
    ),
    "queue_growing": (waiting, st.fixed_dictionaries({"messages_waiting": st.floats(65.0, 9000.0)})),
    "apnea_index": (breathless, st.fixed_dictionaries({"apnea_low_per_hour": st.floats(15.5, 60.0)})),
    "short_sleep": (sleepless, st.fixed_dictionaries({"mean_sleep_h": st.floats(1.0, 4.9)})),
    "irregular_sleep": (restless, st.fixed_dictionaries({"sleep_regularity_index": st.floats(-90.0, 30.0)})),
    "clock_jump": (stepped, st.fixed_dictionaries({"clock_step_size_s": st.floats(61.0, 9000.0)})),
}


def alerts_of(code: str, last: dict[str, float], limit: float | None) -> list[Alert]:
    """What a condition says in its story with these last values."""
    patient = Patient()
    if limit is not None:
        patient.order(SetLimit(request="1", condition=code, limit=limit, reason="a test"), NOON_S - 9e6)
    STORIES[code][0](patient, last)
    return [alert for alert in patient.alerts(code) if alert.phase is Phase.START]


# How likely the usual pressure is high follows from both values: one makes up for the other.
WEIGHED_TOGETHER = {"blood_pressure_high"}


def check(code: str, last: dict[str, float], limit: float | None = None) -> None:
    """The alert of a story names changes; keeping to all of them there is none, missing any one there is."""
    (alert,) = alerts_of(code, last, limit)
    assert alert.why is not None
    assert alert.why.counterfactual is not None
    changes = alert.why.counterfactual.changes
    assert changes
    kept = last | {change.quantity: around(change)[0] for change in changes}
    assert all(keeps(kept[change.quantity], change) for change in changes)
    assert alerts_of(code, kept, limit) == []
    missed = [{change.quantity: around(change)[1]} for change in changes]
    if code in WEIGHED_TOGETHER:
        missed = [{quantity: value for one in missed for quantity, value in one.items()}]
    for one in missed:
        assert alerts_of(code, kept | one, limit)


OVER_DAYS = {"blood_pressure_rising", "non_dipping", "night_heart_rate_high"}


@pytest.mark.parametrize("code", [code for code in STORIES if code not in OVER_DAYS])
@given(st.data())
@settings(max_examples=30)
def test_just_within_the_counterfactual_no_alert_and_just_beyond_one(code: str, data: st.DataObject) -> None:
    """For every condition with a threshold, by walking the whole corridor again with other last values."""
    check(code, data.draw(STORIES[code][1]))


@pytest.mark.parametrize("code", ["blood_pressure_rising", "non_dipping"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_same_of_conditions_over_days(code: str, share: float) -> None:
    """Stories of weeks and of a day with readings all round the clock, at three values each."""
    name, low, high = {
        "blood_pressure_rising": ("rise_mmhg", 21.0, 25.0),
        "non_dipping": ("dip_percent", 7.0, 9.9),
    }[code]
    check(code, {name: low + share * (high - low)})


@pytest.mark.parametrize("code", ["tachycardia_at_rest", "bradycardia_at_rest", "battery_low"])
@given(st.data())
@settings(max_examples=30)
def test_a_limit_set_for_the_wearer_moves_the_counterfactual(code: str, data: st.DataObject) -> None:
    """The bound is the wearer's own limit, and so it is said where the limit is from."""
    row = CONDITIONS[code]
    assert row.limit_range is not None
    limit = data.draw(st.floats(*row.limit_range))
    last = data.draw(STORIES[code][1])
    check(code, last, limit)
    (alert,) = alerts_of(code, last, limit)
    assert alert.why is not None
    assert [(item.limit, item.source) for item in alert.why.thresholds] == [(limit, "wearer")]


def test_a_limit_of_the_baseline_is_said_to_be_one() -> None:
    """Whoever reads the alert sees that 90/min is the wearer's own and not the table's."""
    (alert,) = alerts_of("heart_rate_unexplained", {"minute_hr_bpm": 97.0}, None)
    assert alert.why is not None

    (threshold,) = alert.why.thresholds
    assert (threshold.limit, threshold.source) == (90.0, "baseline")
    minutes, steps = alert.why.inputs
    assert (minutes.quantity, minutes.count, minutes.values[-1]) == ("minute_hr_bpm", 16, 97.0)
    assert steps.greatest == 0.0


def test_two_nights_have_to_be_high_so_one_of_them_is_enough_to_change() -> None:
    """8 and 5 above: the second below 4 would have been enough; decided again at 3.99 and 4.01."""
    last = {"first_night_above_usual_bpm": 8.0, "second_night_above_usual_bpm": 5.0}
    (alert,) = alerts_of("night_heart_rate_high", last, None)
    assert alert.why is not None
    assert alert.why.counterfactual is not None

    (change,) = alert.why.counterfactual.changes
    assert (change.quantity, change.relation, change.bound) == (
        "second_night_above_usual_bpm",
        Relation.BELOW,
        4.0,
    )
    for excess_bpm, count in ((3.99, 0), (4.01, 1)):
        again = last | {"second_night_above_usual_bpm": excess_bpm}
        assert len(alerts_of("night_heart_rate_high", again, None)) == count


def risen(**last: float) -> list[Alert]:
    """A score of 5 by pulse, breaths and saturation, then of 7 by more breaths and less saturation."""
    patient = Patient()
    worse = {"hr_bpm": 114.0, "resp_per_min": 30.0, "spo2_percent": 93.0} | last
    before = {"hr_bpm": 112.0, "resp_per_min": 22.0, "spo2_percent": 95.0}
    for minute, seen in ((0, before), (6, before), (12, worse)):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s - 3.0], cadence=[0.0])
        patient.send("hr", [at_s - 2.0], hr=[seen["hr_bpm"]])
        patient.send("temp", [at_s - 1.5], temp=[37.0])
        patient.send("bp", [at_s - 1.0], systolic=[125.0], diastolic=[70.0])
        patient.send("spo2", [at_s - 0.5], spo2=[seen["spo2_percent"]])
        patient.send("resp", [at_s], resp=[seen["resp_per_min"]])
    return patient.alerts("early_warning")


@pytest.mark.parametrize(
    ("last", "quantity"),
    [({}, "hr_bpm"), ({"hr_bpm": 129.0, "resp_per_min": 25.0}, "resp_per_min")],
)
def test_of_a_rise_it_is_what_would_have_kept_the_priority(last: dict[str, float], quantity: str) -> None:
    """To 7: with the nearest of its parts just within the bound it stays medium, just beyond it is high."""
    alert = risen(**last)[-1]
    assert alert.priority is Priority.HIGH
    assert alert.why is not None
    assert alert.why.counterfactual is not None
    (change,) = alert.why.counterfactual.changes
    assert change.quantity == quantity

    kept, beyond = (risen(**last | {quantity: value}) for value in around(change))

    assert [item.priority for item in kept] == [Priority.MEDIUM]
    assert [item.priority for item in beyond] == [Priority.MEDIUM, Priority.HIGH]


def test_every_condition_that_a_value_decides_is_held_to_its_counterfactual() -> None:
    """None of the table is left out but those of votes, of counts and of whole batches, tested elsewhere."""
    elsewhere = {
        "irregular_rhythm",
        "model_abstaining",
        "alarm_flood",
        "values_out_of_range",
        "bundle_refused",
    }

    assert set(STORIES) | elsewhere == set(CONDITIONS)
