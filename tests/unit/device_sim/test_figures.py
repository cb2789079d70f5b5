"""Figures, the one score, baselines and verdicts, on examples worked by hand."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from device_sim.scoring.baselines import always_alarm, always_silent
from device_sim.scoring.episodes import AlertEpisode, Told
from device_sim.scoring.figures import figures
from device_sim.scoring.matching import score
from device_sim.scoring.page import page
from device_sim.scoring.report import report_of, summary
from device_sim.scoring.rhythm import rhythm_table, side_by_side
from device_sim.scoring.stream_score import stream_score
from device_sim.scoring.verdict import Observed, failures
from device_sim.truth import CONDITIONS, Happening, Truth, TruthEpisode, Watched, read_truth, write_truth
from edge.contract.errors import DataError
from edge.contract.messages import Kind, Phase, Priority, Reason

DAY_S = 86_400.0
RHYTHM = "irregular_rhythm"


def watched(name: str, days: float = 1.0) -> Watched:
    return Watched(wearer=name, story="s", start_s=0.0, end_s=days * DAY_S)


def episode(
    wearer: str, onset_s: float, end_s: float, condition: str = RHYTHM, *, must: bool = True,
    latest_s: float | None = None, at_most: Priority | None = None, priority: Priority | None = None,
) -> TruthEpisode:  # fmt: skip
    return TruthEpisode(
        wearer=wearer,
        condition=condition,
        onset_s=onset_s,
        end_s=end_s,
        must_be_found=must,
        latest_s=latest_s,
        at_most=at_most,
        priority=priority,
    )


def alert(wearer: str, at_s: float, end_s: float | None, condition: str = RHYTHM) -> AlertEpisode:
    return AlertEpisode(
        id=f"{wearer}{at_s}{condition}",
        wearer=wearer,
        condition=condition,
        kind=CONDITIONS[condition],
        priority=Priority.MEDIUM,
        onset_s=at_s,
        at_s=at_s,
        end_s=end_s,
    )


def test_sensitivity_and_predictive_value_by_episode_and_by_time() -> None:
    """Two episodes of 1000 s, one found for half of its time; of three alerts one is of nothing."""
    truth = Truth([watched("a")], [episode("a", 1000, 2000), episode("a", 5000, 6000)])
    alerts = [alert("a", 1500, 2000), alert("a", 1800, 2500), alert("a", 9000, 9500)]

    found = figures(truth, score(truth, alerts))["by_condition"][RHYTHM]

    # Told: 1500-2500 and 9000-9500, 1500 s in all, of which 500 s were so.
    assert found["gross"] == {
        "episode_se": 0.5,
        "episode_ppv": 0.6667,
        "duration_se": 0.25,
        "duration_ppv": 0.3333,
    }
    assert (found["reference_episodes"], found["found_in_time"], found["false_alerts"]) == (2, 1, 1)
    assert found["false_alerts_per_wearer_day"] == 1.0
    assert found["delay_s_p50"] == 500.0


def test_gross_figures_pool_and_average_ones_weigh_each_wearer_alike() -> None:
    """One wearer with three episodes found, one with one missed: 3 of 4, and the mean of 1 and 0."""
    truth = Truth(
        [watched("a"), watched("b")],
        [*(episode("a", 1000.0 * n, 1000.0 * n + 500) for n in (1, 2, 3)), episode("b", 1000, 2000)],
    )
    alerts = [alert("a", 1000.0 * n, 1000.0 * n + 500) for n in (1, 2, 3)]

    found = figures(truth, score(truth, alerts))["by_condition"][RHYTHM]

    assert found["gross"]["episode_se"] == 0.75
    assert found["average"]["episode_se"] == 0.5
    assert found["average"]["episode_ppv"] == 1.0


def test_an_episode_that_need_not_be_told_excuses_time_and_alert() -> None:
    """It counts for predictive value and not for sensitivity."""
    truth = Truth([watched("a")], [episode("a", 1000, 2000, must=False)])

    found = figures(truth, score(truth, [alert("a", 1000, 2000)]))["by_condition"][RHYTHM]

    assert found["gross"] == {
        "episode_se": None,
        "episode_ppv": 1.0,
        "duration_se": None,
        "duration_ppv": 1.0,
    }


def test_time_told_counts_while_the_wearer_is_watched() -> None:
    """An onset an hour before the story, and an end after it, take nothing from what was right within."""
    truth = Truth([watched("a")], [episode("a", 0, DAY_S)])
    early = msgspec.structs.replace(alert("a", 0, DAY_S + 600), onset_s=-3600.0)

    found = figures(truth, score(truth, [early]))["by_condition"][RHYTHM]

    assert (found["gross"]["duration_se"], found["gross"]["duration_ppv"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("delay_s", "worth"), [(0, 100.0), (60, 100.0), (180, 75.0), (300, 50.0), (301, 0.0)]
)
def test_an_alert_about_fibrillation_is_worth_less_the_later_it_comes(delay_s: float, worth: float) -> None:
    """Whole for a minute, half at five, nothing after."""
    truth = Truth([watched("a")], [episode("a", 1000, 5000)])
    result = score(truth, [alert("a", 1000 + delay_s, None)])

    assert stream_score(truth, result, {"a": 1.0}).by_wearer["a"] == worth


def test_a_miss_weighs_five_times_a_false_alarm() -> None:
    """One found at once, one missed, one false: 1 / (1 + 1 + 5); with half the windows judged, half."""
    truth = Truth([watched("a")], [episode("a", 1000, 2000), episode("a", 5000, 6000)])
    result = score(truth, [alert("a", 1000, 2000), alert("a", 9000, 9100)])

    assert stream_score(truth, result, {"a": 1.0}).by_wearer["a"] == pytest.approx(14.29)
    assert stream_score(truth, result, {"a": 0.5}).by_wearer["a"] == pytest.approx(7.14)


def test_what_is_told_too_late_or_not_urgently_enough_is_missed() -> None:
    """One found at once, one missed for either reason: 1 / (1 + 5), and the alert about it is not false."""
    first = episode("a", 1000, 2000, "tachycardia_at_rest", latest_s=1100)
    late = episode("a", 5000, 6000, "tachycardia_at_rest", latest_s=5100)
    urgent = episode("a", 5000, 6000, "tachycardia_at_rest", priority=Priority.HIGH)

    for second, at_s in ((late, 5200.0), (urgent, 5000.0)):
        truth = Truth([watched("a")], [first, second])
        alerts = [alert("a", at, None, "tachycardia_at_rest") for at in (1000.0, at_s)]
        alerts[0] = msgspec.structs.replace(alerts[0], end_s=2000.0)

        assert stream_score(truth, score(truth, alerts), {"a": 1.0}).by_wearer["a"] == pytest.approx(16.67)


def test_without_episodes_false_alerts_use_up_a_budget() -> None:
    """Forty quiet days allow two false alerts about rhythm; one leaves half, technical ones do not count."""
    truth = Truth([watched("a", 40.0)], [])
    one = [alert("a", 10, 20), alert("a", 10, 20, "off_body")]
    two = [*one, alert("a", 50, 60)]

    assert stream_score(truth, score(truth, one), {"a": 1.0}).by_wearer["a"] == pytest.approx(50.0)
    assert stream_score(truth, score(truth, two), {"a": 1.0}).by_wearer["a"] == pytest.approx(0.0)
    assert stream_score(truth, score(truth, []), {"a": None}).by_wearer["a"] == 100.0


def test_strategies_without_sensors_score_next_to_nothing_where_something_happens() -> None:
    """Silence misses; alarm at everything is right once and wrong in every other physiological condition."""
    truth = Truth([watched("a")], [episode("a", 1000, 5000)])
    physiological = sum(kind is Kind.PHYSIOLOGICAL for kind in CONDITIONS.values())

    silent = stream_score(truth, score(truth, always_silent(truth)), {"a": 0.0})
    alarm = stream_score(truth, score(truth, always_alarm(truth)), {"a": 1.0})

    assert silent.mean == 0.0
    assert alarm.mean == pytest.approx(100 / physiological, abs=0.01)


def test_the_score_of_many_is_the_mean_and_the_fifth_percentile() -> None:
    """Wearers are averaged, not pooled: 0 and 100 give 50, and 5 at the fifth percentile."""
    truth = Truth([watched("a"), watched("b")], [episode("a", 1000, 2000), episode("b", 1000, 2000)])

    result = stream_score(truth, score(truth, [alert("a", 1000, 2000)]), {"a": 1.0, "b": 1.0})

    assert (result.mean, result.p5) == (50.0, 5.0)


def test_a_wearer_fails_for_every_kind_of_reason_and_each_is_named() -> None:
    """Missed, forbidden, false, too urgent, unheard, uncovered, not set aside, set aside for nothing."""
    anna = Watched(
        wearer="a",
        story="s",
        start_s=0.0,
        end_s=DAY_S,
        forbidden=("off_body",),
        quarantined=(Reason.LATE,),
        excused=(Reason.DUPLICATE,),
        signals=("rr", "hr"),
        least_coverage=0.9,
    )
    truth = Truth(
        [anna],
        [
            episode("a", 1000, 2000, latest_s=1100),
            episode("a", 5000, 6000, "bradycardia_at_rest", must=False, at_most=Priority.LOW),
        ],
    )
    alerts = [
        alert("a", 1500, 2000),
        alert("a", 10, 20, "off_body"),
        alert("a", 10, 20, "sensor_lost"),
        alert("a", 40, 60, "sensor_lost"),
        alert("a", 5000, 6000, "bradycardia_at_rest"),
    ]
    seen = Observed(0.85, frozenset({"hr"}), frozenset({Reason.DUPLICATE, Reason.REFUSED}))

    failed = failures(truth, score(truth, alerts), {"a": seen})

    assert failed == {
        "a": [
            f"missed: {RHYTHM}",
            "forbidden: off_body",
            "false: sensor_lost (2 times)",
            "too urgent: bradycardia_at_rest",
            "not set aside: late",
            "set aside: refused",
            "not heard: rr",
            "coverage 0.85 below 0.90",
        ]
    }


def test_what_a_system_does_not_tell_it_is_not_failed_for() -> None:
    """Coverage, signals and notices are asked only of who publishes them."""
    anna = Watched(wearer="a", story="s", start_s=0.0, end_s=9.0, quarantined=(Reason.LATE,), signals=("rr",))
    truth = Truth([anna], [])

    assert failures(truth, score(truth, []), {}) == {}


def test_alerts_of_others_and_after_the_story_do_not_count() -> None:
    """A broker may be shared, and a wearer who is no longer played falls silent."""
    truth = Truth([watched("a")], [])

    result = score(truth, [alert("b", 10, 20), alert("a", DAY_S + 1.0, None, "sensor_lost")])

    assert (result.alerts, result.false) == ((), ())


def test_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Wearers, episodes and events come back equal; a line of something else is named."""
    anna = Watched(
        wearer="a", story="s", start_s=0.0, end_s=9.0, forbidden=(RHYTHM,), quarantined=(Reason.LATE,)
    )
    flutter = Happening(wearer="a", event="flutter", onset_s=1.0, end_s=4.0, details={"conducted": [2]})
    truth = Truth([anna], [episode("a", 1.0, 2.0, latest_s=3.0, at_most=Priority.LOW)], (flutter,))
    path = tmp_path / "truth.jsonl"
    write_truth(path, truth)

    assert read_truth(path) == truth

    path.write_text(path.read_text() + '{"record": "weather"}\n')
    with pytest.raises(DataError, match=r"truth\.jsonl, line 4"):
        read_truth(path)


def test_what_had_to_be_found_is_seen_over_what_might_be_told() -> None:
    """Both bars of one time: the dark one is painted last, whatever the order in the truth."""
    required, allowed = (
        episode("a", 1000, 2000),
        msgspec.structs.replace(episode("a", 900, 2100), must_be_found=False),
    )
    for episodes in ([required, allowed], [allowed, required]):
        report = report_of(
            Truth([watched("a")], episodes), [], {"a": Observed(1.0, frozenset(), frozenset())}
        )

        assert re.findall(r"<rect class='(truth|allowed)'", page(report)) == ["allowed", "truth"]


def test_a_report_is_told_in_words_and_as_a_page() -> None:
    """Two wearers missed; names are escaped, and the strategies stand beside it."""
    truth = Truth([watched("a"), watched("<b>")], [episode("a", 1000, 2000), episode("<b>", 1000, 2000)])
    report = report_of(truth, [], {"a": Observed(1.0, frozenset(), frozenset())})

    text = summary(report)

    assert "FAILED  found 0 of 2" in text
    assert "<b>: missed: irregular_rhythm" in text
    assert report["baselines"]["always_alarm"]["found"] == 2
    assert "&lt;b&gt;" in page(report)
    assert "<b>" not in page(report)


def test_systems_are_compared_on_one_condition_and_some_wearers() -> None:
    """An hour and a half of AF: one system finds it after 30 s with a false one, another tells of a pulse."""
    truth = Truth([watched("a"), watched("b")], [episode("a", 1000, 6400), episode("b", 1000, 2000)])
    first = [
        Told("1", 1, Phase.START, "a", "irregular_rhythm", 1030.0, 1000.0),
        Told("1", 2, Phase.END, "a", "irregular_rhythm", 3700.0, 1000.0, 3700.0),
        Told("2", 1, Phase.START, "a", "irregular_rhythm", 9000.0, 9000.0),
        Told("2", 2, Phase.END, "a", "irregular_rhythm", 9900.0, 9000.0, 9900.0),
    ]
    other = [Told("3", 1, Phase.START, "a", "tachycardia_at_rest", 1030.0, 1000.0)]

    rows = side_by_side(truth, {"first": first, "other": other}, {"a"})

    assert list(rows) == ["first", "other", "always_silent", "always_alarm"]
    assert rows["first"]["reference_episodes"] == rows["first"]["found_in_time"] == 1
    assert (rows["first"]["false_alerts"], rows["first"]["episode_ppv"]) == (1, 0.5)
    # 2700 s of 5400 were told, and 2700 of the 3600 told were so.
    assert (rows["first"]["duration_se"], rows["first"]["duration_ppv"]) == (0.5, 0.75)
    assert (rows["first"]["delay_s_p50"], rows["first"]["stream_score"]) == (30.0, 50.0)
    assert (rows["other"]["found_in_time"], rows["other"]["false_alerts"]) == (0, 0)
    assert rows["always_silent"]["stream_score"] == 0.0
    assert "first" in rhythm_table(rows)


def test_the_burden_of_alerts_counts_right_and_wrong_ones_by_week_and_cause() -> None:
    """Two wearers for a week: one fibrillation told, one that is none, and five lost sensors."""
    truth = Truth([watched("a", 7.0), watched("b", 7.0)], [episode("a", 1000, 2000)])
    told = [
        Told(f"{place}", 1, Phase.START, "a", condition, 1000.0 + 3000.0 * place, 1000.0 + 3000.0 * place)
        for place, condition in enumerate([RHYTHM, RHYTHM, *["sensor_lost"] * 5])
    ]

    report = report_of(truth, told, {})

    assert report["physiological_alerts_per_wearer_week"] == 1.0
    assert report["technical_alerts_per_wearer_week"] == 2.5
    assert report["alerts_by_condition"] == {"sensor_lost": 5, RHYTHM: 2}
    assert (
        "alerts a wearer-week: 1 physiological, 2.5 technical; sensor_lost 5; irregular_rhythm 2"
        in summary(report)
    )
