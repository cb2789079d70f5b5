"""What the commands report, from scores worked by hand."""

from __future__ import annotations

from device_sim.devices.samples import Samples
from device_sim.recordings.recording import Recording
from device_sim.replay_report import alerts_text, replay_report, table
from device_sim.report import demo_report, minutes, scorecard
from device_sim.scenario import packaged_scenario, truth_of
from device_sim.scoring.episodes import alert_episodes, told
from device_sim.scoring.matching import Score
from device_sim.scoring.matching import score as score_episodes
from device_sim.truth import Truth, TruthEpisode, Watched
from edge.contract.messages import Alert, Evidence, Kind, ModelStatus, Phase, Priority, WearerStatus
from edge.contract.samples import Mode


def start(id_: str, wearer: str, at_s: float, condition: str = "irregular_rhythm") -> Alert:
    return Alert(
        id=id_,
        n=1,
        phase=Phase.START,
        condition=condition,
        kind=Kind.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        wearer=wearer,
        mode=Mode.TEST,
        onset_s=at_s,
        at_s=at_s,
        text="",
        evidence=Evidence(values={}),
        signal="rr",
        device="strap",
    )


def truth(wearer: str, onset_s: float, end_s: float) -> TruthEpisode:
    return TruthEpisode(
        wearer=wearer, condition="irregular_rhythm", onset_s=onset_s, end_s=end_s, must_be_found=True
    )


def status(wearer: str, windows: int, abstained: int) -> WearerStatus:
    models = {"rhythm": ModelStatus(windows=windows, abstained=abstained)}
    return WearerStatus(wearer=wearer, mode=Mode.TEST, models=models)


def recording(name: str, beats: int, length_s: float) -> Recording:
    count = beats - 1
    intervals = Samples("rr", [1.0 + n for n in range(count)], {"rr": [1000.0] * count})
    return Recording(name, {"strap": (intervals,)}, length_s, fibrillation_s=())


def score(episodes: list[TruthEpisode], alerts: list[Alert]) -> Score:
    """Of wearers watched for as long as it takes."""
    names = {episode.wearer for episode in episodes} | {alert.wearer for alert in alerts}
    watched = [Watched(wearer=name, story="x", start_s=0.0, end_s=1e12) for name in sorted(names)]
    return score_episodes(Truth(watched, episodes), alert_episodes(map(told, alerts)))


def test_a_replay_is_reported_by_record_and_in_all() -> None:
    """Two records: one found after 90 s, one missed; a false alert; coverage weighs windows, not records."""
    alerts = [start("x", "a", 1090.0), start("y", "b", 9000.0)]
    result = score([truth("a", 1000.0, 2000.0), truth("b", 1000.0, 1200.0)], alerts)
    statuses = {"a": status("a", 100, 10), "b": status("b", 300, 0)}

    report = replay_report(
        [recording("a", 4000, 3600.0), recording("b", 9000, 7200.0)], result, statuses, wall_s=3.0
    )

    assert report["records"]["a"] == {
        "hours": 1.0,
        "beats": 4000,
        "reference_episodes": 1,
        "found": 1,
        "missed": 0,
        "alerts": 1,
        "false_alerts": 0,
        "false_a_day": 0.0,
        "alert_ppv": 1.0,
        "technical_false_alerts": 0,
        "coverage": 0.9,
        "delay_s_p50": 90.0,
        "delay_s_p95": 90.0,
        "wall_s": 3.0,
    }
    totals = report["totals"]
    assert (totals["hours"], totals["beats"], totals["found"], totals["missed"]) == (3.0, 13000, 1, 1)
    assert (totals["false_alerts"], totals["coverage"]) == (1, 0.975)
    # One of two alerts is false, in three hours of patients.
    assert (totals["alert_ppv"], totals["false_a_day"]) == (0.5, 8.0)
    assert report["records"]["b"]["delay_s_p50"] is None
    assert [line.split()[0] for line in table(report).splitlines()] == ["record", "a", "b", "totals"]


def test_a_record_of_which_the_edge_said_nothing_has_no_coverage() -> None:
    """None, not 0 and not 1."""
    report = replay_report([recording("a", 10, 10.0)], score([], []), {"a": None}, wall_s=1.0)

    assert report["totals"]["coverage"] is None


def test_alerts_are_written_in_an_order_that_arrival_does_not_change() -> None:
    """By wearer and id, one JSON object a line."""
    alerts = [start("x", "b", 1.0), start("z", "a", 2.0), start("y", "a", 3.0)]

    assert alerts_text(alerts) == alerts_text(alerts[::-1])
    assert [line[7:8] for line in alerts_text(alerts).splitlines()] == [b"y", b"z", b"x"]


def test_the_scorecard_says_what_was_found_missed_and_false() -> None:
    """A run of the story on irregular rhythm in which the wrong wearer was told of."""
    story = packaged_scenario("irregular-rhythm")
    alerts = [start("x", "dora", story.start_s + 600.0), start("y", "emil", story.start_s + 700.0)]
    result = score_episodes(truth_of(story, 11), alert_episodes(map(told, alerts)))

    report = demo_report(story, seed=11, score=result, alerts=alerts, advice=[], wall_s=1.0)
    lines = scorecard(report).splitlines()

    keys = ("truth_episodes", "found", "missed", "false_alerts", "forbidden_alerts", "alerts", "advice")
    assert [report[key] for key in keys] == [1, 1, 0, 1, 1, 2, 0]
    assert (report["delay_s_p50"], report["delay_s_p95"]) == (180.0, 180.0)
    assert lines[1].split() == ["dora", "irregular_rhythm", "found", "after", "3:00", "min"]
    assert lines[2].split() == ["emil", "irregular_rhythm", "false", "alert", "at", "11:40", "min"]


def test_minutes_are_written_as_on_a_watch() -> None:
    """Seconds are rounded before they are split."""
    assert [minutes(duration_s) for duration_s in (0.0, 59.6, 61.0, 3600.0)] == [
        "0:00 min",
        "1:00 min",
        "1:01 min",
        "60:00 min",
    ]
