"""Whatever happens to a wearer: no unchanged number twice, never too much, never during a high alarm."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.advice.diary import ActiveDay, remember_day
from edge.advice.rates import MOST_A_DAY, MOST_A_WEEK, MOST_HABITS_A_DAY, MOST_HABITS_A_WEEK
from edge.advice.rules import load_rules
from edge.contract.advice import Topic
from edge.contract.commands import SetAdvice
from edge.contract.durations import WEEK_S
from edge.contract.messages import Advice
from edge.contract.profile import Sex
from tests.support.corridor import NOON_S, Patient
from tests.unit.advice.diary_days import DAY_S, advice, measure, rules_for

RULES = {rule.code: rule for rule in load_rules()}
WEARER = rules_for(
    birth_year=1970,
    sex=Sex.FEMALE,
    height_cm=165.0,
    weight_kg=80.0,
    smoking_0_to_2=2,
    alcohol_days_per_year=300.0,
    drinks_per_day=3.0,
    has_sleep_trouble=True,
)
# What may befall the wearer on a day: steps, readings, severe readings, someone who looks, a restart.
DAYS = st.lists(
    st.tuples(
        st.sampled_from(["quiet", "reading", "severe", "acknowledge", "restart", "off", "on"]),
        st.integers(0, 60),
        st.sampled_from([112.0, 134.0, 151.0, 168.0]),
    ),
    min_size=20,
    max_size=60,
)


class Life:
    """Plays days to a corridor, and keeps its advice over restarts."""

    def __init__(self) -> None:
        self.patient = Patient(WEARER)
        self.advice: list[Advice] = []
        self.under_high: list[Advice] = []
        self.off: list[tuple[float, Topic, bool]] = []

    def play(self, days: list[tuple[str, int, float]]) -> None:
        for place, (what, active_min, systolic) in enumerate(days):
            noon_s = NOON_S + place * DAY_S
            self.patient.send("activity", [noon_s], cadence=[0.0])
            remember_day(self.patient.state.advice, ActiveDay(noon_s, active_min))
            self.do(what, systolic, noon_s + 60.0)
            self.patient.wait_until(noon_s + 23.9 * 3600.0)
        self.keep()

    def do(self, what: str, systolic: float, at_s: float) -> None:
        match what:
            case "reading":
                measure(self.patient, at_s, systolic, 84.0)
                measure(self.patient, at_s + 60.0, systolic, 84.0)
            case "severe":
                measure(self.patient, at_s, 195.0, 125.0)
                measure(self.patient, at_s + 60.0, 195.0, 125.0)
            case "acknowledge" if "blood_pressure_severe" in self.patient.retained:
                self.patient.acknowledge("blood_pressure_severe", at_s)
            case "restart":
                self.keep()
                self.patient = self.patient.restarted()
            case "off" | "on":
                command = SetAdvice(
                    request=f"{at_s}", topic=Topic.ACTIVITY, is_wanted=what == "on", reason="so"
                )
                self.patient.order(command, at_s)
                self.off.append((at_s, Topic.ACTIVITY, what == "off"))

    def keep(self) -> None:
        self.advice += advice(self.patient)
        self.under_high += self.patient.under_high
        self.patient.said.clear()
        self.patient.under_high.clear()


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_whatever_happens_the_promises_hold(days: list[tuple[str, int, float]]) -> None:
    """Six weeks of anything: rates, silence under a high alarm, opt-outs, no number told twice as it is."""
    life = Life()
    life.play(days)

    assert life.under_high == []
    _assert_rates([item.at_s for item in life.advice], MOST_A_DAY, MOST_A_WEEK)
    habits = [item.at_s for item in life.advice if RULES[item.rule].is_habit]
    _assert_rates(habits, MOST_HABITS_A_DAY, MOST_HABITS_A_WEEK)
    assert len({item.id for item in life.advice}) == len(life.advice)
    for item in life.advice:
        before = [is_off for at_s, topic, is_off in life.off if topic is item.topic and at_s <= item.at_s]
        assert not (before and before[-1])
    _assert_no_number_twice(life.advice)


def _assert_rates(times_s: list[float], most_a_day: int, most_a_week: int) -> None:
    for at_s in times_s:
        assert sum(at_s <= other_s < at_s + DAY_S for other_s in times_s) <= most_a_day
        assert sum(at_s <= other_s < at_s + WEEK_S for other_s in times_s) <= most_a_week


def _assert_no_number_twice(items: list[Advice]) -> None:
    """A rule speaks again only of a number that has moved by its step since it was last told."""
    last: dict[str, object] = {}
    for item in items:
        measure_of = RULES[item.rule].measure
        if measure_of is None:
            continue
        now = item.values[measure_of.fact]
        if item.follow_up is None and item.rule in last:
            before = last[item.rule]
            assert isinstance(now, int | float)
            assert isinstance(before, int | float)
            assert abs(now - before) >= measure_of.step
        last[item.rule] = now


def test_the_lives_that_are_drawn_hold_what_the_promises_are_about() -> None:
    """One such life, played through: advice, a follow-up, a high alarm and what waited for its end."""
    life = Life()
    quiet, reading = [("quiet", 4, 0.0)], [("reading", 4, 151.0)]
    life.play(quiet * 7 + reading * 8 + [("severe", 4, 0.0), *quiet, ("acknowledge", 4, 0.0)] + quiet * 25)

    rules = [item.rule for item in life.advice]
    assert {"move_more", "measure_for_a_week", "average_high"} <= set(rules)
    assert any(item.follow_up is not None for item in life.advice)
