"""The corridor as a whole: silence, contact, frozen and late data, rhythm, heart rate, pressure, advice."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.contract.messages import Advice, EndReason, Priority, Reason
from tests.support.corridor import NOON_S, FakeModel, Judged, Patient, beats, make_rules

REGULAR_MS = [800.0, 810.0, 805.0, 795.0]
IRREGULAR_MS = [600.0, 1000.0, 700.0, 900.0]


def send_beats(patient: Patient, start_s: float, rr_ms: list[float], **more: str) -> float:
    """Hand in beats in batches of 16; the time of the last one."""
    at_s = start_s
    for begin in range(0, len(rr_ms), 16):
        times_s, values = beats(at_s, rr_ms[begin : begin + 16])
        patient.send("rr", times_s, rr=values, **more)  # type: ignore[arg-type]
        at_s = times_s[-1]
    return at_s


def test_silence_raises_sensor_lost_at_the_very_second() -> None:
    """After 60 s without beats the sensor is lost, stamped with that second however late anyone looks."""
    patient = Patient()
    last_s = send_beats(patient, NOON_S, REGULAR_MS * 4)

    patient.wait_until(last_s + 59.9)
    assert patient.said == []
    patient.wait_until(last_s + 500.0)

    (alert,) = patient.alerts("sensor_lost")
    assert (alert.at_s, alert.signal, alert.device) == (last_s + 60.0, "rr", "d1")


def test_a_sensor_of_which_nothing_usable_ever_came_is_lost_without_a_last_sample() -> None:
    """One value of the week before and then silence: no time of a sample is told, not that of 1970."""
    patient = Patient()
    patient.send("spo2", [NOON_S - 604_800.0], arrival_s=NOON_S, spo2=[97.0])

    patient.wait_until(NOON_S + 901.0)

    (alert,) = patient.alerts("sensor_lost")
    assert (alert.at_s, alert.evidence.values) == (NOON_S + 900.0, {})


def test_data_that_come_back_end_the_loss() -> None:
    """The first live batch after a loss ends it as cleared; nothing is raised twice."""
    patient = Patient()
    last_s = send_beats(patient, NOON_S, REGULAR_MS * 4)
    patient.wait_until(last_s + 100.0)

    send_beats(patient, last_s + 120.0, REGULAR_MS * 4)

    assert patient.phases("sensor_lost") == ["start", "end"]
    assert patient.alerts("sensor_lost")[1].end_reason is EndReason.CLEARED


def test_a_device_off_the_body_is_not_also_lost() -> None:
    """Without skin contact only off_body is said; after it is put on again silence counts anew."""
    patient = Patient()
    last_s = send_beats(patient, NOON_S, REGULAR_MS * 4)
    patient.send("contact", [last_s + 1.0], contact=[0.0])
    patient.wait_until(last_s + 600.0)

    assert patient.phases("off_body") == ["start"]
    assert patient.alerts("off_body")[0].at_s == last_s + 31.0
    assert patient.alerts("sensor_lost") == []

    patient.send("contact", [last_s + 700.0], contact=[1.0])
    patient.wait_until(last_s + 759.0)
    assert patient.phases("off_body") == ["start", "end"]
    assert patient.alerts("sensor_lost") == []
    patient.wait_until(last_s + 761.0)
    assert patient.phases("sensor_lost") == ["start"]


def test_one_device_off_the_body_says_nothing_of_another() -> None:
    """A strap on the table does not silence the wristband's heart rate."""
    patient = Patient()
    patient.send("contact", [NOON_S], device="strap", contact=[0.0])
    for minute in range(12):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], device="band", cadence=[0.0])
        patient.send("hr", [at_s], device="band", hr=[110.0 + minute % 2])

    assert patient.phases("tachycardia_at_rest") == ["start"]


def test_a_value_that_stands_still_is_frozen_not_healthy() -> None:
    """Fresh times with one value for 20 minutes raise sensor_frozen; the next new value ends it."""
    patient = Patient()
    for minute in range(22):
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[63.0])
    assert patient.phases("sensor_frozen") == ["start"]

    patient.send("hr", [NOON_S + 1400.0], hr=[64.0])

    assert patient.phases("sensor_frozen") == ["start", "end"]


def test_a_value_that_returns_after_a_silence_has_not_stood_still() -> None:
    """Four minutes off the body and back to the very same interval are not four minutes of one value."""
    patient = Patient()
    times_s, values = beats(NOON_S, [*REGULAR_MS * 4, 800.0])
    patient.send("rr", times_s, rr=values)
    patient.send("contact", [times_s[-1] + 1.0], contact=[0.0])
    patient.send("contact", [times_s[-1] + 241.0], contact=[1.0])

    patient.send("rr", [times_s[-1] + 242.0], rr=[800.0])

    assert patient.alerts("sensor_frozen") == []


def test_a_frozen_heart_rate_raises_no_heart_alarm() -> None:
    """A stuck value above the limit is a technical matter: tachycardia does not start while it is stuck."""
    patient = Patient()
    for minute in range(22):
        at_s = NOON_S + 60.0 * minute
        patient.send("hr", [at_s], hr=[130.0])
    for minute in range(22, 40):
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[0.0])
        patient.send("hr", [at_s], hr=[130.0])

    assert patient.phases("sensor_frozen") == ["start"]
    assert patient.alerts("tachycardia_at_rest") == []


def test_a_batch_that_comes_twice_counts_once() -> None:
    """A repeated batch is set aside as a duplicate and moves nothing."""
    model = FakeModel()
    patient = Patient(make_rules(model))
    times_s, values = beats(NOON_S, IRREGULAR_MS * 16)
    patient.send("rr", times_s, seq=1, rr=values)

    outcome = patient.send("rr", times_s, seq=1, rr=values)

    assert outcome.live == 0
    assert [(aside.reason, aside.samples) for aside in outcome.set_aside] == [(Reason.DUPLICATE, 64)]
    assert model.asked == 1


@pytest.mark.parametrize("is_restarted", [False, True])
def test_the_last_64_batches_are_known_again(*, is_restarted: bool) -> None:
    """Of 66 batches, 64 are duplicates when they come again and the two before only late, also restarted."""
    patient = Patient()
    for seq in range(66):
        patient.send("rr", [NOON_S + seq], seq=seq, rr=[800.0 + seq % 7])
    if is_restarted:
        patient = patient.restarted()

    again = [patient.send("rr", [NOON_S + seq], seq=seq, rr=[800.0 + seq % 7]) for seq in (65, 2, 1, 0)]

    assert [[aside.reason for aside in outcome.set_aside] for outcome in again] == [
        [Reason.DUPLICATE],
        [Reason.DUPLICATE],
        [Reason.LATE],
        [Reason.LATE],
    ]


def test_a_beat_without_a_value_is_no_number_to_the_model() -> None:
    """What the device has no value for stands in the window as NaN, at its place, and nothing else does."""
    windows: list[NDArray[np.floating]] = []

    def judge(window: NDArray[np.floating]) -> Judged:
        windows.append(window)
        return Judged(0.1)

    patient = Patient(make_rules(FakeModel(judge)))
    times_s, values = beats(NOON_S, REGULAR_MS * 16, invalid={5, 63})
    patient.send("rr", times_s, rr=values)

    assert [np.flatnonzero(np.isnan(window)).tolist() for window in windows] == [[5, 63]]
    assert windows[0].dtype == np.float32


def test_late_data_never_raise_a_live_alert() -> None:
    """A severe reading handed over two hours late is kept as history and pages nobody."""
    patient = Patient()

    outcome = patient.send("bp", [NOON_S], arrival_s=NOON_S + 7200.0, systolic=[200.0], diastolic=[130.0])

    assert patient.said == []
    assert [(aside.reason, aside.samples) for aside in outcome.set_aside] == [(Reason.LATE, 1)]


def test_samples_older_than_the_last_ones_are_history() -> None:
    """Reordered batches do not run the window backwards."""
    patient = Patient()
    patient.send("hr", [NOON_S + 60.0], hr=[70.0])

    outcome = patient.send("hr", [NOON_S, NOON_S + 61.0], hr=[200.0, 71.0])

    assert outcome.live == 1
    assert patient.state.streams["hr"].last_s == NOON_S + 61.0


def test_of_two_devices_one_is_used_until_it_falls_silent() -> None:
    """A second strap stands by; it takes over before the first counts as lost, so no loss is said."""
    patient = Patient()
    last_s = send_beats(patient, NOON_S, REGULAR_MS * 4, device="a")

    times_s, values = beats(last_s, REGULAR_MS * 4)
    outcome = patient.send("rr", times_s, device="b", rr=values)
    assert (outcome.live, outcome.standby) == (0, 16)
    later_s = send_beats(patient, last_s + 45.0, REGULAR_MS * 4, device="b")

    assert patient.state.streams["rr"].device == "b"
    patient.wait_until(later_s + 59.0)
    assert patient.said == []


def test_irregular_rhythm_needs_seven_windows_in_a_row() -> None:
    """With windows of 64 beats each 16, the seventh irregular window starts the episode, not the sixth."""
    patient = Patient()
    send_beats(patient, NOON_S, IRREGULAR_MS * 36)  # 144 beats: windows end at 64, 80, ... 144
    assert patient.alerts("irregular_rhythm") == []
    at_s = send_beats(patient, NOON_S + 144 * 0.8, IRREGULAR_MS * 4)

    (alert,) = patient.alerts("irregular_rhythm")
    assert alert.at_s == pytest.approx(at_s)
    assert alert.onset_s == pytest.approx(NOON_S + 64 * 0.8)  # where the first of the seven ended
    assert alert.evidence.values == {"positive_windows": 7, "windows": 7}
    assert (alert.evidence.probability, alert.evidence.limit) == (0.9, 0.5)
    assert alert.evidence.bundle == "rhythm-0.0.1"


def test_irregular_rhythm_ends_when_most_windows_are_regular_again() -> None:
    """Five regular windows of seven and the off-delay end the episode, with its advice given once."""
    patient = Patient()
    at_s = send_beats(patient, NOON_S, IRREGULAR_MS * 48)
    send_beats(patient, at_s, REGULAR_MS * 80)

    assert patient.phases("irregular_rhythm") == ["start", "end"]
    assert [item.rule for item in patient.said if isinstance(item, Advice)] == ["get_ecg"]


def test_windows_that_cannot_be_judged_neither_start_nor_end() -> None:
    """While the model abstains nothing starts; an episode under way lapses as unknown after ten minutes."""
    patient = Patient()
    at_s = send_beats(patient, NOON_S, IRREGULAR_MS * 48)
    while at_s < NOON_S + 2000.0:
        times_s, values = beats(at_s, IRREGULAR_MS * 4, invalid={3})
        patient.send("rr", times_s, rr=values)
        at_s = times_s[-1]

    assert patient.phases("irregular_rhythm") == ["start", "end"]
    assert patient.alerts("irregular_rhythm")[1].end_reason is EndReason.UNKNOWN
    assert patient.state.windows["rhythm"].abstained > 0


def test_a_gap_between_beats_starts_the_window_anew() -> None:
    """Beats from before and after a pause of a minute are never judged as one stretch."""
    seen: list[NDArray[np.floating]] = []

    def judge(window: NDArray[np.floating]) -> Judged:
        seen.append(window)
        return Judged(0.1)

    patient = Patient(make_rules(FakeModel(judge)))
    at_s = send_beats(patient, NOON_S, [700.0] * 63)
    send_beats(patient, at_s + 50.0, [900.0, 901.0] * 40)

    assert all(np.ptp(window) <= 1.0 for window in seen)
    assert seen


def rest_and_rate(patient: Patient, minutes: range, hr_bpm: float, cadence: float) -> None:
    for minute in minutes:
        at_s = NOON_S + 60.0 * minute
        patient.send("activity", [at_s], cadence=[cadence])
        patient.send("hr", [at_s], hr=[hr_bpm + 0.1 * (minute % 3)])


def test_a_fast_heart_at_rest_is_told_after_five_minutes() -> None:
    """Above 100/min without steps for the on-delay raises; the advice names the rate."""
    patient = Patient()
    rest_and_rate(patient, range(10), 112.0, 0.0)

    assert patient.alerts("tachycardia_at_rest")[0].at_s == NOON_S + 300.0
    (advice,) = (item for item in patient.said if isinstance(item, Advice))
    assert "112/min" in advice.text


def test_exercise_is_no_alarm() -> None:
    """The same rate while walking says nothing."""
    patient = Patient()
    rest_and_rate(patient, range(30), 150.0, 120.0)

    assert patient.said == []


def test_without_knowing_activity_rest_is_not_assumed() -> None:
    """A fast rate alone, with no activity signal, raises nothing."""
    patient = Patient()
    for minute in range(20):
        patient.send("hr", [NOON_S + 60.0 * minute], hr=[140.0 + minute % 2])

    assert patient.said == []


def test_a_rate_between_the_limits_of_the_dead_band_keeps_the_episode() -> None:
    """97/min neither starts nor ends; 95/min for two minutes ends."""
    patient = Patient()
    rest_and_rate(patient, range(10), 97.0, 0.0)
    assert patient.said == []
    rest_and_rate(patient, range(10, 20), 110.0, 0.0)
    rest_and_rate(patient, range(20, 40), 97.0, 0.0)
    assert patient.phases("tachycardia_at_rest") == ["start"]
    rest_and_rate(patient, range(40, 44), 94.0, 0.0)
    assert patient.phases("tachycardia_at_rest") == ["start", "end"]


def test_a_slow_heart_at_rest_is_told_after_ten_minutes() -> None:
    """Below 50/min without steps for the on-delay raises at low priority."""
    patient = Patient()
    rest_and_rate(patient, range(12), 45.0, 0.0)

    (alert,) = patient.alerts("bradycardia_at_rest")
    assert (alert.at_s, alert.priority) == (NOON_S + 600.0, Priority.LOW)


def test_a_severe_reading_is_told_at_once_and_rises_when_confirmed() -> None:
    """One severe reading is medium; a second within 30 minutes makes the same episode high."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[185.0], diastolic=[100.0])
    patient.send("bp", [NOON_S + 90.0], systolic=[183.0], diastolic=[99.0])

    first, second = patient.alerts("blood_pressure_severe")
    assert (first.priority, second.priority) == (Priority.MEDIUM, Priority.HIGH)
    assert first.id == second.id
    assert first.evidence.scheme == "acc-aha-2017"


def test_an_unconfirmed_severe_reading_ends_with_the_next_normal_one() -> None:
    """A repeat that is not severe ends the episode without ever reaching high."""
    patient = Patient()
    patient.send("bp", [NOON_S], systolic=[185.0], diastolic=[100.0])
    patient.send("bp", [NOON_S + 90.0], systolic=[128.0], diastolic=[79.0])

    assert patient.phases("blood_pressure_severe") == ["start", "end"]


def test_a_changed_category_is_an_update_of_the_same_episode() -> None:
    """The average going from stage 1 to stage 2 updates the episode with both named in turn."""
    patient = Patient()
    for day, systolic_mmhg in enumerate([136.0, 136.0, 160.0]):
        patient.send("bp", [NOON_S + 86_400.0 * day], systolic=[systolic_mmhg], diastolic=[84.0])

    alerts = patient.alerts("blood_pressure_high")
    assert [alert.phase.value for alert in alerts] == ["start", "update"]
    assert [alert.evidence.values["category_code"] for alert in alerts] == ["stage_1", "stage_2"]
    assert len({alert.id for alert in alerts}) == 1


def test_one_mornings_readings_a_little_above_the_limit_are_not_told() -> None:
    """134 and 136 in one sitting leave the usual pressure open; the same on four days does not."""
    patient = Patient()
    for day in range(4):
        for minute, systolic_mmhg in enumerate((134.0, 136.0)):
            at_s = NOON_S + 86_400.0 * day + 60.0 * minute
            patient.send("bp", [at_s], systolic=[systolic_mmhg], diastolic=[78.0])
        assert len(patient.alerts("blood_pressure_high")) == (1 if day == 3 else 0)


def test_one_low_morning_is_not_told_and_a_lasting_low_pressure_is_until_it_has_risen() -> None:
    """82 and 80 in one sitting leave the usual open, on three days no more; it ends 5 mmHg above 91."""
    patient = Patient()

    def measure(day: int, *systolic_mmhg: float) -> None:
        for minute, value in enumerate(systolic_mmhg):
            at_s = NOON_S + 86_400.0 * day + 60.0 * minute
            patient.send("bp", [at_s], systolic=[value], diastolic=[55.0])

    for day in range(3):
        assert patient.phases("blood_pressure_low") == []
        measure(day, 82.0, 80.0)
    (alert,) = patient.alerts("blood_pressure_low")
    assert (alert.evidence.bundle, alert.evidence.limit) == ("pressure-1.0.0", 91.0)
    likely = alert.evidence.values["usual_is_low_percent"]
    assert isinstance(likely, int)
    assert likely >= 80
    # The mean of six readings of 81 and five of 112 is 95.1, with one more 96.5.
    measure(3, 112.0, 112.0)
    measure(4, 112.0, 112.0)
    measure(5, 112.0)
    assert patient.phases("blood_pressure_low") == ["start"]
    measure(6, 112.0)
    assert patient.phases("blood_pressure_low") == ["start", "end"]


def test_a_sensor_that_sends_nothing_usable_is_as_good_as_silent() -> None:
    """Holes and absurd values keep no sensor alive and take no time from a good value that follows."""
    patient = Patient()
    last_s = send_beats(patient, NOON_S, REGULAR_MS * 4)
    for second in range(1, 70):
        patient.send("rr", [last_s + second], rr=[31337.0 if second % 2 else None])
    assert patient.phases("sensor_lost") == ["start"]

    assert patient.send("rr", [last_s + 69.0], rr=[800.0]).live == 1
    assert patient.phases("sensor_lost") == ["start", "end"]


@pytest.mark.parametrize(("cadence", "is_rest"), [(10.0, True), (10.5, False)])
def test_a_few_steps_on_the_spot_do_not_end_rest(cadence: float, *, is_rest: bool) -> None:
    """Ten steps a minute are still rest, more are not: the same heart rate is told of the one only."""
    patient = Patient()
    rest_and_rate(patient, range(10), 112.0, cadence)

    assert bool(patient.alerts("tachycardia_at_rest")) is is_rest


def test_votes_from_before_a_gap_do_not_count_after_it() -> None:
    """Six irregular windows, two minutes without a beat, one more irregular window: not seven in a row."""
    patient = Patient()
    at_s = send_beats(patient, NOON_S, IRREGULAR_MS * 36)

    send_beats(patient, at_s + 120.0, IRREGULAR_MS * 16)

    assert patient.alerts("irregular_rhythm") == []


def test_a_window_exactly_at_the_threshold_counts_as_irregular() -> None:
    """From the threshold of 0.5 on, as the manifest says."""
    at = Patient(make_rules(FakeModel(lambda _: Judged(0.5))))
    below = Patient(make_rules(FakeModel(lambda _: Judged(0.4999))))
    for patient in (at, below):
        send_beats(patient, NOON_S, REGULAR_MS * 40)

    assert at.phases("irregular_rhythm") == ["start"]
    assert below.alerts("irregular_rhythm") == []


def test_what_a_strap_on_the_table_takes_for_beats_is_no_rhythm() -> None:
    """Noise of a device that is not worn casts no vote: put on again, nothing of it is told."""
    patient = Patient()
    patient.send("contact", [NOON_S - 1.0], contact=[0.0])
    at_s = send_beats(patient, NOON_S, IRREGULAR_MS * 48)
    patient.send("contact", [at_s], contact=[1.0])
    patient.wait_until(at_s + 30.0)

    assert "irregular_rhythm" not in patient.retained
    assert patient.alerts("irregular_rhythm") == []
