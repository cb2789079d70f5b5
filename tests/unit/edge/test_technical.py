"""Technical conditions: values out of range, a model that abstains, a battery, a low average."""

from __future__ import annotations

import pytest

from edge.contract.commands import SetLimit
from edge.contract.messages import EndReason
from tests.support.corridor import NOON_S, FakeModel, Judged, Patient, beats, make_rules


def test_a_sensor_of_mostly_absurd_values_is_told_after_a_minute_without_their_values() -> None:
    """Nine of ten heart rates of 999/min raise it after a minute; one in ten does not, none ends it."""
    broken, fair = Patient(), Patient()
    for second in range(0, 120, 10):
        times_s = [NOON_S + second + number for number in range(10)]
        absurd: list[float | None] = [999.0]
        likely: list[float | None] = [70.0 + second % 3]
        broken.send("hr", times_s, hr=absurd * 9 + likely)
        fair.send("hr", times_s, hr=absurd + likely * 9)
    assert fair.said == []
    (alert,) = broken.alerts("values_out_of_range")
    assert alert.at_s == NOON_S + 69.0
    assert alert.evidence.values == {"out_of_range": 9, "samples": 10}
    for second in range(120, 300, 10):
        broken.send("hr", [NOON_S + second], hr=[70.0 + second % 3])

    assert broken.phases("values_out_of_range") == ["start", "end"]


@pytest.mark.parametrize(("absurd", "phases"), [(1, ["start", "end"]), (2, ["start"])])
def test_one_in_eight_absurd_values_end_it_and_two_do_not(absurd: int, phases: list[str]) -> None:
    """The dead-band ends at an eighth, that share included."""
    patient = Patient()
    for second in range(0, 240, 8):
        times_s = [NOON_S + second + number for number in range(8)]
        wrong = absurd if second >= 120 else 7
        values: list[float | None] = [999.0 if number < wrong else 70.0 + second % 3 for number in range(8)]
        patient.send("hr", times_s, hr=values)

    assert patient.phases("values_out_of_range") == phases


def test_a_swapped_reading_counts_as_one_sample_of_its_batch() -> None:
    """One of four readings with its values swapped, again and again, raises nothing; three of four do."""
    fair, broken = Patient(), Patient()
    good, swapped = (120.0, 80.0, 60.0), (70.0, 120.0, 60.0)
    for batch in range(3):
        times_s = [NOON_S + 90.0 * batch + 10.0 * number for number in range(4)]
        for patient, readings in ((fair, [good] * 3 + [swapped]), (broken, [swapped] * 3 + [good])):
            systolic, diastolic, pulse = map(list[float | None], zip(*readings, strict=True))
            patient.send("bp", times_s, systolic=systolic, diastolic=diastolic, pulse=pulse)

    assert fair.alerts("values_out_of_range") == []
    (alert,) = broken.alerts("values_out_of_range")
    assert alert.evidence.values == {"out_of_range": 3, "samples": 4}


def abstaining(share: float) -> Patient:
    """Two hours of beats of which the model judges only so many windows."""
    answers = iter(number % 10 >= 10 * share for number in range(100_000))
    model = FakeModel(lambda _: Judged(0.1) if next(answers) else Judged(None, 0.2, "poor_quality"))
    patient, at_s = Patient(make_rules(model)), NOON_S
    while at_s < NOON_S + 7200.0:
        times_s, values = beats(at_s, [780.0, 820.0] * 8)
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    return patient


def test_a_model_that_gives_no_answer_for_half_an_hour_is_told() -> None:
    """All windows too poor: told once after 30 minutes, with the reason; nine of ten poor: never."""
    (alert,) = abstaining(1.0).alerts("model_abstaining")
    assert 1800.0 <= alert.at_s - alert.onset_s < 1815.0
    assert (alert.evidence.values, alert.evidence.quality) == ({"reason": "poor_quality"}, 0.2)
    assert abstaining(0.9).alerts("model_abstaining") == []


def test_a_strap_off_the_body_is_no_abstaining_model() -> None:
    """That it is not worn is told; that the model cannot judge it then is not, and what was told lapses."""
    patient = Patient(make_rules(FakeModel(lambda _: Judged(None, 0.0, "poor_quality"))))
    at_s = NOON_S
    while at_s < NOON_S + 3600.0:
        times_s, values = beats(at_s, [780.0, 820.0] * 8)
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]
    patient.send("contact", [at_s], contact=[0.0])
    patient.wait_until(at_s + 3600.0)

    start, end = patient.alerts("model_abstaining")
    assert (start.phase.value, end.end_reason) == ("start", EndReason.UNKNOWN)


def test_a_nearly_empty_battery_is_told_once_for_each_device() -> None:
    """Below 15 % raises it for that device, charging to 25 % ends it; another device has its own."""
    patient = Patient()
    for minute, (strap, watch) in enumerate([(30.0, 80.0), (14.0, 79.0), (16.0, 78.0), (12.0, 77.0)]):
        patient.send("battery", [NOON_S + 60.0 * minute], device="strap", battery=[strap])
        patient.send("battery", [NOON_S + 60.0 * minute], device="watch", battery=[watch])
    assert [(alert.device, alert.phase.value) for alert in patient.alerts("battery_low")] == [
        ("strap", "start")
    ]
    patient.send("battery", [NOON_S + 600.0], device="strap", battery=[25.0])

    assert patient.phases("battery_low") == ["start", "end"]


def test_a_low_average_of_systolic_readings_is_told_by_a_limit_that_can_be_set() -> None:
    """78 mmHg on two days is low by the table's limit; 92 only for one whose limit was set to 105."""
    low, own = Patient(), Patient()
    own.send("bp", [NOON_S], systolic=[93.0], diastolic=[60.0])
    reply = own.order(SetLimit(request="1", condition="blood_pressure_low", limit=105.0, reason="x"))
    assert reply.is_accepted
    low.send("bp", [NOON_S], systolic=[79.0], diastolic=[55.0])
    for patient, systolic_mmhg in ((low, 77.0), (own, 91.0)):
        patient.send("bp", [NOON_S + 86_400.0], systolic=[systolic_mmhg], diastolic=[55.0])

    (alert,) = low.alerts("blood_pressure_low")
    assert (alert.evidence.values["systolic_mmhg"], alert.evidence.limit) == (78, 91.0)
    (alert,) = own.alerts("blood_pressure_low")
    assert (alert.evidence.values["systolic_mmhg"], alert.evidence.limit) == (92, 105.0)
    assert "below 105 mmHg" in alert.text
