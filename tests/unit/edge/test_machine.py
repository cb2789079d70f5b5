"""The episode state machine: delays, dead-band, start, update and end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.conditions.condition import Condition, Harm, Level, Onset
from edge.conditions.machine import (
    Episode,
    Stage,
    Transition,
    Turn,
    deadline_s,
    elapse,
    observe,
)
from edge.contract.messages import EndReason, Kind, Priority


def condition(
    on_delay_s: float = 0.0,
    off_delay_s: float = 0.0,
    *,
    held: bool = False,
    lapse_s: float | None = None,
    update_every_s: float | None = None,
) -> Condition:
    return Condition(
        code="c",
        title="C",
        kind=Kind.PHYSIOLOGICAL,
        harm=Harm.REVERSIBLE,
        onset=Onset.DELAYED,
        on_delay_s=on_delay_s,
        off_delay_s=off_delay_s,
        held=held,
        lapse_s=lapse_s,
        update_every_s=update_every_s,
        text="c",
    )


def play(rule: Condition, story: list[tuple[float, Level]]) -> list[Transition]:
    episode = Episode()
    return [said for at_s, level in story for said in observe(episode, rule, level, at_s)]


P, D, A, U = Level.PRESENT, Level.DEAD_BAND, Level.ABSENT, Level.UNKNOWN


def test_an_episode_starts_after_its_on_delay_and_dates_back_to_the_onset() -> None:
    """Present for the whole on-delay starts an episode whose onset is when it began."""
    said = play(condition(on_delay_s=10), [(0, P), (4, P), (9, P), (10, P), (11, P)])

    assert [(item.turn, item.onset_s, item.at_s) for item in said] == [(Turn.START, 0, 10)]


def test_what_ends_before_the_on_delay_is_never_said() -> None:
    """A short crossing is silent, and the next one waits its full delay again."""
    assert play(condition(on_delay_s=10), [(0, P), (9, A), (10, P), (19, P)]) == []


def test_an_episode_ends_after_its_off_delay_and_dates_back_to_when_it_cleared() -> None:
    """Absent for the whole off-delay ends the episode at the time it cleared."""
    said = play(condition(off_delay_s=5), [(0, P), (10, A), (14, A), (15, A)])

    assert [item.turn for item in said] == [Turn.START, Turn.END]
    assert (said[1].end_s, said[1].at_s, said[1].end_reason) == (10, 15, EndReason.CLEARED)


def test_the_dead_band_neither_starts_nor_ends() -> None:
    """Values in the dead-band start nothing, and interrupt the clearing of an episode."""
    assert play(condition(), [(0, D), (1, D)]) == []

    said = play(condition(off_delay_s=5), [(0, P), (10, A), (14, D), (20, A), (24, A)])
    assert [item.turn for item in said] == [Turn.START]


def test_a_held_observation_lets_its_delays_run_out_in_silence() -> None:
    """A contact switch that reported once is enough: time alone starts and ends the episode."""
    rule, episode = condition(on_delay_s=30, off_delay_s=10, held=True), Episode()

    assert observe(episode, rule, P, 100) == []
    assert deadline_s(episode, rule) == 130
    assert elapse(episode, rule, 129.9) == []
    assert [item.at_s for item in elapse(episode, rule, 500)] == [130]
    assert observe(episode, rule, A, 600) == []
    assert [(item.turn, item.at_s) for item in elapse(episode, rule, 700)] == [(Turn.END, 610)]


def test_an_episode_of_which_nothing_more_is_known_lapses() -> None:
    """Silence ends an episode as unknown, dated to the last knowledge, never as cleared."""
    rule, episode = condition(lapse_s=600), Episode()
    observe(episode, rule, P, 0)
    observe(episode, rule, U, 300)

    (end,) = elapse(episode, rule, 600)

    assert (end.turn, end.at_s, end.end_s, end.end_reason) == (Turn.END, 600, 0, EndReason.UNKNOWN)


def test_two_crossings_with_silence_between_are_not_one() -> None:
    """A wait for a start does not outlive a silence longer than the lapse."""
    assert play(condition(on_delay_s=300, lapse_s=900), [(0, P), (2000, P)]) == []


def test_a_priority_that_rises_or_falls_is_told_as_what_it_is() -> None:
    """A rise and a fall keep the onset and are told apart, so that only one of them need call anybody."""
    rule, episode = condition(), Episode()
    observe(episode, rule, P, 0, priority=Priority.MEDIUM)

    (rise,) = observe(episode, rule, P, 1, priority=Priority.HIGH)

    assert (rise.turn, rise.priority, rise.onset_s) == (Turn.RISE, Priority.HIGH, 0)
    (fall,) = observe(episode, rule, P, 2, priority=Priority.LOW)
    assert (fall.turn, fall.priority, fall.onset_s) == (Turn.FALL, Priority.LOW, 0)


def test_a_condition_that_shows_itself_anew_is_told_while_it_is_active() -> None:
    """`again` is told of an active episode, and means nothing before there is one."""
    rule, episode = condition(on_delay_s=10), Episode()

    assert observe(episode, rule, P, 0, again=True) == []
    assert [item.turn for item in observe(episode, rule, P, 10, again=True)] == [Turn.START]
    assert [item.turn for item in observe(episode, rule, P, 20, again=True)] == [Turn.AGAIN]


def test_a_long_episode_is_heard_of_now_and_then() -> None:
    """While it lasts, an update comes each update period and not more often."""
    said = play(condition(update_every_s=60), [(at_s, P) for at_s in range(0, 200, 10)])

    assert [(item.turn, item.at_s) for item in said] == [
        (Turn.START, 0),
        (Turn.UPDATE, 60),
        (Turn.UPDATE, 120),
        (Turn.UPDATE, 180),
    ]


STORIES = st.lists(st.tuples(st.floats(0, 500), st.sampled_from(Level)), max_size=80).map(
    lambda story: sorted(story, key=lambda step: step[0])
)
RULES = st.builds(
    condition,
    st.sampled_from([0.0, 7.5, 60.0]),
    st.sampled_from([0.0, 7.5, 60.0]),
    held=st.booleans(),
    lapse_s=st.sampled_from([None, 100.0]),
    update_every_s=st.sampled_from([None, 20.0]),
)


@given(RULES, STORIES)
def test_episodes_are_well_formed(rule: Condition, story: list[tuple[float, Level]]) -> None:
    """Whatever is observed: start, updates and end in turn, one onset each, time forward."""
    open_onset_s: float | None = None
    last_s = -1.0
    for item in play(rule, story):
        assert item.at_s >= last_s
        last_s = item.at_s
        if item.turn is Turn.START:
            assert open_onset_s is None
            open_onset_s = item.onset_s
        assert item.onset_s == open_onset_s
        if item.turn is Turn.END:
            assert item.end_s is not None
            assert item.onset_s <= item.end_s <= item.at_s
            open_onset_s = None


@given(RULES, STORIES.map(lambda story: [(at_s, Level.DEAD_BAND) for at_s, _ in story]))
def test_no_chatter_inside_the_dead_band(rule: Condition, story: list[tuple[float, Level]]) -> None:
    """An active episode that stays in the dead-band says nothing."""
    episode = Episode(stage=Stage.ACTIVE, known_s=0.0)
    rule_without_lapse = condition(rule.on_delay_s, rule.off_delay_s, held=rule.held)

    said = [item for at_s, level in story for item in observe(episode, rule_without_lapse, level, at_s)]

    assert said == []
    assert episode.stage is Stage.ACTIVE


@given(RULES, STORIES, st.lists(st.floats(0, 500), max_size=20))
def test_looking_at_the_clock_more_often_changes_nothing(
    rule: Condition, story: list[tuple[float, Level]], looks: list[float]
) -> None:
    """Extra moments at which time is passed give the same transitions at the same times."""
    episode, said = Episode(), []
    steps: list[tuple[float, int, Level | None]] = [(at_s, 1, level) for at_s, level in story]
    steps += [(at_s, 0, None) for at_s in looks]
    for at_s, _, level in sorted(steps, key=lambda step: step[:2]):
        said += elapse(episode, rule, at_s) if level is None else observe(episode, rule, level, at_s)
    end_s = 1000.0

    plain_episode = Episode()
    plain = [item for at_s, level in story for item in observe(plain_episode, rule, level, at_s)]

    assert said + elapse(episode, rule, end_s) == plain + elapse(plain_episode, rule, end_s)
