"""Where truth, faults, mappings and scores meet at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from device_sim.conformance.case import Heard
from device_sim.conformance.judge import Verdict, judge
from device_sim.devices.samples import Samples
from device_sim.faults.draws import drawn_faults
from device_sim.faults.kinds import AnyFault, Freeze, LowBattery, OffBody
from device_sim.faults.samples import SampleFaults
from device_sim.recordings.csv_file import parse_columns, read_csv
from device_sim.recordings.recording import Recording
from device_sim.replay import BEGINS_S, truth_of_recordings
from device_sim.scoring.episodes import Told, alert_episodes
from device_sim.scoring.mapping import Mapping, Reader
from device_sim.scoring.matching import score
from device_sim.scoring.stream_score import stream_score
from device_sim.subscriber import Inbox
from device_sim.trial import observe
from device_sim.truth import Truth, TruthEpisode, Watched, present_episodes
from edge.contract.codec import encode
from edge.contract.durations import DAY_S
from edge.contract.messages import ModelStatus, Phase, Priority, SignalStatus, WearerStatus
from edge.contract.samples import Mode
from edge.contract.topics import Topics


def told(
    condition: str, at_s: float, end_s: float | None = None, *, wearer: str = "anna", number: int = 1
) -> list[Told]:
    """An alert, and its end if it has one."""
    start = Told(
        f"{wearer}/{condition}/{number}", 1, Phase.START, wearer, condition, at_s, at_s, None, Priority.LOW
    )
    return (
        [start] if end_s is None else [start, start._replace(n=2, phase=Phase.END, at_s=end_s, end_s=end_s)]
    )


def story(name: str, condition: str, end_s: float) -> Truth:
    """A wearer of a story in whom a condition must be told until then, and may be all the time."""
    watch = Watched(wearer="anna", story=name, start_s=0.0, end_s=10_000.0)
    must = TruthEpisode(
        wearer="anna", condition=condition, onset_s=0.0, end_s=end_s, must_be_found=True, latest_s=5000.0
    )
    may = TruthEpisode(wearer="anna", condition=condition, onset_s=0.0, end_s=10_000.0, must_be_found=False)
    return Truth([watch], [must, may])


def verdict_of(requirement: str, truth: Truth, messages: Sequence[Told]) -> Verdict:
    findings = judge(truth, Heard(list(messages), None, None), {})
    return next(finding.verdict for finding in findings if finding.requirement.id == requirement)


def test_what_has_become_usual_must_not_be_told_again() -> None:
    """Told on the first day: right. Told once more when it was to be known: not."""
    truth = story("athlete-week", "bradycardia_at_rest", 4000.0)
    once = told("bradycardia_at_rest", 100.0, 3000.0)
    again = [*once, *told("bradycardia_at_rest", 6000.0, 7000.0, number=2)]

    assert verdict_of("quiet.usual", truth, once) is Verdict.HOLDS
    assert verdict_of("quiet.usual", truth, again) is Verdict.FAILS


@pytest.mark.parametrize("name", ["broker-restart", "edge-killed"])
def test_what_survives_is_told_once_and_its_end_too(name: str) -> None:
    """One alert that ends is right; none, two, or one without an end is not."""
    truth = story(name, "irregular_rhythm", 4000.0)
    requirement = {"broker-restart": "survive.broker-restart", "edge-killed": "survive.kill"}[name]
    once = told("irregular_rhythm", 100.0, 4000.0)

    assert verdict_of(requirement, truth, once) is Verdict.HOLDS
    for wrong in (
        [],
        told("irregular_rhythm", 100.0),
        [*once, *told("irregular_rhythm", 200.0, 4000.0, number=2)],
    ):
        assert verdict_of(requirement, truth, wrong) is Verdict.FAILS


def test_words_of_ours_need_no_translation() -> None:
    """A system that says `start`, `end` and `high` is understood without tables of words."""
    mapping = Mapping(topics=("alarms/{wearer}/{condition}/{phase}",), fields={"priority": "rank", "at": "t"})
    reader = Reader(mapping)
    messages = [
        message
        for word, at_s in (("start", 100.0), ("end", 9000.0), ("hello", 9001.0))
        for message in reader.read(
            f"alarms/anna/irregular_rhythm/{word}", f'{{"rank": "high", "t": {at_s}}}'.encode(), at_s
        )
    ]
    (episode,) = alert_episodes([*messages, *reader.close()])

    assert (episode.at_s, episode.end_s, episode.priority) == (100.0, 9000.0, Priority.HIGH)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        # One false alert in 30 days: of a budget of 30 / 7, of 1, of 1.5.
        ("blood_pressure_high", 76.67),
        ("blood_pressure_rising", 76.67),
        ("non_dipping", 76.67),
        ("tachycardia_at_rest", 0.0),
        ("night_heart_rate_high", 0.0),
        ("irregular_rhythm", 33.33),
        ("short_sleep", 33.33),
        ("sensor_lost", 100.0),
    ],
)
def test_a_false_alert_costs_what_the_page_says(condition: str, left: float) -> None:
    """One a week for pressure, one a month for heart rate, 0.05 a day for others; technical ones are free."""
    truth = Truth([Watched(wearer="anna", story="x", start_s=0.0, end_s=30.0 * DAY_S)], [])
    found = score(truth, alert_episodes(told(condition, 100.0, 200.0)))

    assert stream_score(truth, found, {}).mean == pytest.approx(left, abs=0.01)


@pytest.mark.parametrize(
    ("windows", "abstained", "coverage"), [(None, 0, 0.0), (0, 0, 0.0), (10, 10, 0.0), (10, 4, 0.6)]
)
def test_signals_heard_are_no_windows_judged(windows: int | None, abstained: int, coverage: float) -> None:
    """A wearer with a strap: who has judged nothing has covered nothing, though all was heard."""
    watch = Watched(wearer="anna", story="x", start_s=0.0, end_s=1.0, signals=("rr", "contact"))
    inbox = Inbox(Topics(), "edge")
    models = {} if windows is None else {"rhythm": ModelStatus(windows=windows, abstained=abstained)}
    heard = {name: SignalStatus(device="strap", last_s=1.0) for name in ("rr", "contact@strap")}
    status = WearerStatus(wearer="anna", mode=Mode.TEST, active=(), models=models, signals=heard)
    inbox.receive(Topics().wearer_status("anna", Mode.TEST), encode(status))

    assert observe(inbox, watch).coverage == pytest.approx(coverage)


def faulted(faults: tuple[AnyFault, ...], samples: Samples, until_s: float) -> list[Samples]:
    return SampleFaults(drawn_faults(faults, 1, "anna")).apply([samples], until_s)


@pytest.mark.parametrize("is_late_first", [False, True])
def test_two_freezes_hold_a_value_each_in_whatever_order_they_stand(*, is_late_first: bool) -> None:
    """From 4 s and from 12 s on for four seconds each: the value before each is repeated."""
    faults = (
        Freeze(at_s=4.0, for_s=4.0, device="wristband"),
        Freeze(at_s=12.0, for_s=4.0, device="wristband"),
    )
    samples = Samples("hr", [float(n) for n in range(20)], {"hr": [60.0 + n for n in range(20)]})
    (left,) = faulted(faults[::-1] if is_late_first else faults, samples, 20.0)

    expected = [60.0 + n for n in range(20)]
    expected[4:8], expected[12:16] = [63.0] * 4, [71.0] * 4
    assert left.values["hr"] == expected


@pytest.mark.parametrize("is_late_first", [False, True])
def test_a_device_is_on_again_when_the_last_of_two_spans_is_over(*, is_late_first: bool) -> None:
    """Off from 100 to 300 s and from 200 to 500 s: at 300 s it is still off."""
    faults = (
        OffBody(at_s=100.0, for_s=200.0, device="strap"),
        OffBody(at_s=200.0, for_s=300.0, device="strap"),
    )
    parts = faulted(faults[::-1] if is_late_first else faults, Samples("hr", [0.0], {"hr": [60.0]}), 600.0)

    said = [(part.times_s[0], part.values["contact"][0]) for part in parts if part.signal == "contact"]
    assert said == [(100.0, 0.0), (200.0, 0.0), (300.0, 0.0), (500.0, 1.0)]


def test_a_battery_may_be_told_as_low_while_it_runs_down() -> None:
    """Dead from 7200 s on after an hour of warning: a word at 3700 s is right, of the loss it is not yet."""
    fault = LowBattery(at_s=7200.0, for_s=600.0, warns_s=3600.0, device="wristband")
    onset_s = {item.condition: item.onset_s for item in present_episodes("anna", (), (fault,), 0.0)}

    assert onset_s == {"battery_low": 3600.0, "sensor_lost": 7200.0}


def test_heads_of_a_table_may_have_blanks_around_them(tmp_path: Path) -> None:
    """As in `Time, RR`, which many programs write."""
    (tmp_path / "heart.csv").write_text("Time, RR\n0.8,800\n1.6,810\n")
    (recording,) = read_csv(tmp_path / "heart.csv", parse_columns("time=Time,rr=RR"), "strap")

    assert [part.values["rr"] for part in recording.samples_of("rr")] == [[800.0, 810.0]]


def test_before_the_first_label_an_alert_is_neither_right_nor_false() -> None:
    """The rhythm is labelled from 500 s on: one alert before it is allowed, one after it is false."""
    rr = Samples("rr", [1.0, 2.0], {"rr": [800.0, 800.0]})
    recording = Recording("r", {"strap": (rr,)}, 1000.0, fibrillation_s=(), labelled_from_s=500.0)
    truth = truth_of_recordings([recording], (), 0)
    messages = [
        *told("irregular_rhythm", BEGINS_S + 100.0, BEGINS_S + 200.0, wearer="r"),
        *told("irregular_rhythm", BEGINS_S + 600.0, BEGINS_S + 700.0, wearer="r", number=2),
    ]

    assert [alert.at_s - BEGINS_S for alert in score(truth, alert_episodes(messages)).false] == [600.0]
