"""The score, on examples worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sim.scoring.episodes import Told, alert_episodes
from device_sim.scoring.matching import Score, delay_percentiles
from device_sim.scoring.matching import score as score_episodes
from device_sim.truth import Truth, TruthEpisode, Watched
from edge.contract.messages import Kind, Phase, Priority

RHYTHM = "irregular_rhythm"


def message(
    id_: str,
    n: int,
    phase: Phase,
    at_s: float,
    *,
    onset_s: float | None = None,
    end_s: float | None = None,
    condition: str = RHYTHM,
    wearer: str = "anna",
    priority: Priority = Priority.MEDIUM,
) -> Told:
    return Told(id_, n, phase, wearer, condition, at_s, at_s if onset_s is None else onset_s, end_s, priority)


def score(
    episodes: list[TruthEpisode], alerts: list[Told], forbidden: tuple[tuple[str, str], ...] = ()
) -> Score:
    """Of wearers watched for as long as it takes."""
    names = {episode.wearer for episode in episodes} | {alert.wearer for alert in alerts}
    watched = [
        Watched(
            wearer=name,
            story="x",
            start_s=0.0,
            end_s=1e6,
            forbidden=tuple(condition for wearer, condition in forbidden if wearer == name),
        )
        for name in sorted(names)
    ]
    return score_episodes(Truth(watched, episodes), alert_episodes(alerts))


def alert(
    id_: str, start_s: float, end_s: float | None, *, condition: str = RHYTHM, wearer: str = "anna"
) -> list[Told]:
    """An episode told at its start and, if it ends, at its end."""
    start = message(id_, 1, Phase.START, start_s, condition=condition, wearer=wearer)
    if end_s is None:
        return [start]
    end = message(id_, 2, Phase.END, end_s, onset_s=start_s, end_s=end_s, condition=condition, wearer=wearer)
    return [start, end]


def truth(
    onset_s: float, end_s: float, *, wearer: str = "anna", condition: str = RHYTHM, must: bool = True,
    latest_s: float | None = None, priority: Priority | None = None,
) -> TruthEpisode:  # fmt: skip
    return TruthEpisode(
        wearer=wearer,
        condition=condition,
        onset_s=onset_s,
        end_s=end_s,
        must_be_found=must,
        latest_s=latest_s,
        priority=priority,
    )


def test_found_missed_false_and_delays_of_a_night_worked_by_hand() -> None:
    """Four episodes, three found after 60, 100 and 300 s; one alert of nothing, one of the wrong wearer."""
    episodes = [
        truth(1000, 2000),
        truth(5000, 5600),
        truth(9000, 9900),
        truth(1000, 2000, wearer="bert"),
    ]
    alerts = [
        *alert("a", 1060, 2100),
        *alert("b", 5100, 5700),
        *alert("c", 7000, 7200),
        *alert("d", 9300, None),
        *alert("e", 1500, 1800, wearer="carl"),
    ]

    result = score(episodes, alerts)

    assert [outcome.delay_s for outcome in result.outcomes] == [60.0, 100.0, 300.0, None]
    assert (result.found, len(result.missed)) == (3, 1)
    assert [episode.id for episode in result.false] == ["c", "e"]
    # Of 60, 100, 300: the median is 100, and nine tenths of the way from 100 to 300 is 280.
    assert result.delays == (100.0, 280.0)


def test_an_alert_over_two_episodes_finds_both() -> None:
    """It was on when the second began: that one was found, but says nothing of delay."""
    result = score([truth(1000, 1300), truth(1500, 1800)], alert("a", 1100, 1700))

    assert [outcome.delay_s for outcome in result.outcomes] == [100.0, None]
    assert result.found == 2
    assert result.delays == (100.0, 100.0)
    assert result.false == ()


def test_two_alerts_within_one_episode_are_neither_false_nor_counted_twice() -> None:
    """The first one counts for the delay."""
    result = score([truth(1000, 3000)], [*alert("b", 2000, 2500), *alert("a", 1100, 1500)])

    assert [outcome.delay_s for outcome in result.outcomes] == [100.0]
    assert result.false == ()


def test_a_short_fibrillation_excuses_an_alert_but_need_not_be_found() -> None:
    """Overlap with any truth of wearer and condition makes an alert true."""
    short = truth(1000, 1090, must=False)

    assert score([short], alert("a", 1080, 1200)).false == ()
    assert score([short], []).outcomes == ()
    assert len(score([short], alert("a", 1091, 1200)).false) == 1


@pytest.mark.parametrize(
    ("start_s", "end_s", "is_found"),
    [
        (500, 999, False),
        (500, 1000, True),
        (1000, None, True),
        (1400, None, True),
        (1401, None, False),
        (2000, None, False),
    ],
)
def test_the_window_of_an_expectation(start_s: float, end_s: float | None, is_found: bool) -> None:
    """Truth from 1000 to 2000 s, to be told by 1400 s: touching counts, later does not."""
    result = score([truth(1000, 2000, latest_s=1400)], alert("a", start_s, end_s))

    assert (result.found == 1) is is_found


def test_an_expected_priority_has_to_be_reached() -> None:
    """A severe pressure told at medium priority only is not the confirmed one that was expected."""
    episode = truth(1000, 1100, condition="blood_pressure_severe", priority=Priority.HIGH)
    start = message("a", 1, Phase.START, 1000, condition="blood_pressure_severe")
    update = message(
        "a", 2, Phase.UPDATE, 1090, onset_s=1000, condition="blood_pressure_severe", priority=Priority.HIGH
    )

    assert score([episode], [start]).found == 0
    assert score([episode], [start, update]).found == 1
    assert score([episode], [start, update]).false == ()


def test_physiological_and_technical_false_alerts_are_told_apart() -> None:
    """A lost sensor that was not lost disturbs, but it does not say that somebody is ill."""
    result = score([], [*alert("a", 1, None), *alert("b", 1, None, condition="sensor_lost")])

    assert [episode.id for episode in result.false_of(Kind.PHYSIOLOGICAL)] == ["a"]
    assert [episode.id for episode in result.false_of(Kind.TECHNICAL)] == ["b"]


def test_a_forbidden_alert_is_named() -> None:
    """Forbidden holds for one wearer and one condition."""
    alerts = [*alert("a", 1, None), *alert("b", 1, None, wearer="bert")]

    assert [episode.id for episode in score([], alerts, (("bert", RHYTHM),)).forbidden] == ["b"]


def test_nothing_found_has_no_delay() -> None:
    """Missing figures are None, not 0."""
    assert delay_percentiles([]) == (None, None)
    assert score([truth(1, 2)], []).delays == (None, None)


@given(st.permutations([*alert("a", 10, 20), *alert("b", 30, None), *alert("a", 10, 20), *alert("c", 5, 8)]))
def test_order_and_duplicates_of_messages_do_not_matter(messages: list[Told]) -> None:
    """Messages come at least once and from many topics: the episodes are the same."""
    episodes = alert_episodes(messages)

    assert [(episode.id, episode.at_s, episode.end_s) for episode in episodes] == [
        ("c", 5, 8),
        ("a", 10, 20),
        ("b", 30, None),
    ]


def test_an_alert_from_the_very_end_of_an_episode_on_still_finds_it() -> None:
    """They have that instant in common; a second later they have none, and the alert is false."""
    assert score([truth(1000, 2000)], alert("a", 2000, None)).found == 1
    late = score([truth(1000, 2000)], alert("a", 2001, None))
    assert (late.found, len(late.false)) == (0, 1)
