"""Requirements for any gateway: which there are, and what of them two bad gateways fail."""

from __future__ import annotations

import re

import pytest

from device_sim.conformance.case import Heard
from device_sim.conformance.judge import Finding, Verdict, judge
from device_sim.conformance.report import conformance_page, conformance_report, conformance_summary
from device_sim.conformance.requirements import REQUIREMENTS
from device_sim.conformance.stories import Chosen, choose
from device_sim.pace import Throttle
from device_sim.scenario import packaged_names, packaged_scenario
from device_sim.scoring.baselines import BASELINES
from device_sim.scoring.episodes import Told
from device_sim.scoring.verdict import Observed
from device_sim.trial import truth_of_stories
from device_sim.truth import Truth, TruthEpisode, Watched
from edge.contract.messages import Phase, Priority, Reason
from edge.contract.samples import Mode

IDS = [requirement.id for requirement in REQUIREMENTS]
DETECT = {identity for identity in IDS if identity.startswith("detect.")}
QUIET = {identity for identity in IDS if identity.startswith("quiet.")}


@pytest.fixture(scope="module")
def library() -> Chosen:
    """All stories that can be played to anybody's gateway."""
    return choose([packaged_scenario(name) for name in packaged_names()], packaged_names(), "acc-aha-2017")


def ids(findings: list[Finding], verdict: Verdict) -> set[str]:
    return {finding.requirement.id for finding in findings if finding.verdict is verdict}


def test_ids_are_words_and_each_is_there_once() -> None:
    """They stand in other people's reports, so they have one form and no doubles."""
    assert len(set(IDS)) == len(IDS)
    assert [identity for identity in IDS if not re.fullmatch(r"[a-z]+(\.[a-z_-]+){1,2}", identity)] == []


def test_every_story_and_every_condition_of_the_library_stands_for_something(library: Chosen) -> None:
    """What a story requires is a requirement, and stories named by one exist."""
    truth = truth_of_stories(library.stories)
    required = {episode.condition for episode in truth.episodes if episode.must_be_found}
    named = {story for requirement in REQUIREMENTS for story in requirement.stories or ()}

    assert {f"detect.{condition}" for condition in required} == DETECT
    assert named <= set(packaged_names())
    assert set(library.left_out) == {"broker-restart", "edge-killed", "esc-scheme"}


def test_a_silent_gateway_fails_all_detection_and_nothing_else(library: Chosen) -> None:
    """Who says nothing tells nothing false; there is nothing to hold the rest against."""
    findings = judge(truth_of_stories(library.stories), Heard([], None, None), library.left_out)

    assert ids(findings, Verdict.FAILS) == DETECT
    assert ids(findings, Verdict.HOLDS) == QUIET


def test_a_gateway_that_always_alarms_fails_to_be_quiet_everywhere(library: Chosen) -> None:
    """It misses nothing, and is wrong wherever nothing should be told, nothing is urgent, or all is over."""
    truth = truth_of_stories(library.stories)
    strategy, _ = BASELINES["always_alarm"]
    told = [
        Told(e.id, 1, Phase.START, e.wearer, e.condition, e.at_s, e.onset_s, None, e.priority)
        for e in strategy(truth)
    ]

    findings = judge(truth, Heard(told, None, None), library.left_out)

    assert ids(findings, Verdict.FAILS) == {*QUIET, "alert.episode.end-told", "alert.priority.not-above"}
    assert ids(findings, Verdict.HOLDS) >= DETECT


def fever(**more: object) -> TruthEpisode:
    plain = {"wearer": "ada", "condition": "tachycardia_at_rest", "onset_s": 1000.0, "end_s": 2000.0}
    return TruthEpisode(**{**plain, "must_be_found": True, "latest_s": 1600.0, **more})  # type: ignore[arg-type]


def told(identity: str, n: int, phase: Phase, at_s: float, end_s: float | None = None) -> Told:
    return Told(identity, n, phase, "ada", "tachycardia_at_rest", at_s, 1000.0, end_s, Priority.LOW)


START, END = told("a", 1, Phase.START, 1300.0), told("a", 2, Phase.END, 2100.0, 2000.0)


@pytest.mark.parametrize(
    ("messages", "failed"),
    [
        ([START, END], set()),
        ([], {"detect.tachycardia_at_rest"}),
        ([START], {"alert.episode.end-told"}),
        ([START._replace(at_s=1700.0), END], {"alert.episode.in-time"}),
        ([START._replace(onset_s=1400.0), END], {"alert.times.in-order"}),
        ([START, START, END], set()),
        ([START, START._replace(n=2), END._replace(n=3)], {"alert.episode.start-once"}),
        ([START, END._replace(n=3)], {"alert.messages.numbered"}),
        (
            [START, END, told("b", 1, Phase.START, 1400.0), told("b", 2, Phase.END, 2100.0, 2000.0)],
            {"alert.episode.start-once"},
        ),
    ],
)
def test_what_is_wrong_is_found_under_its_id(messages: list[Told], failed: set[str]) -> None:
    """One fever told as it should be, and with one thing wrong at a time."""
    truth = Truth([Watched(wearer="ada", story="fever", start_s=0.0, end_s=9000.0)], [fever()])

    findings = judge(truth, Heard(messages, {}, {"ada": {Mode.TEST}}), {})

    assert ids(findings, Verdict.FAILS) == failed


def test_priorities_are_held_to_both_bounds() -> None:
    """Low where high is needed, and low where low is the most."""
    watch = Watched(wearer="ada", story="fever", start_s=0.0, end_s=9000.0)
    for bounds, failed in (
        ({"priority": Priority.HIGH}, {"alert.priority.reached"}),
        ({"priority": Priority.LOW, "at_most": Priority.LOW}, set()),
    ):
        findings = judge(Truth([watch], [fever(**bounds)]), Heard([START, END], None, None), {})
        assert ids(findings, Verdict.FAILS) == failed

    urgent = [START._replace(priority=Priority.HIGH), END]
    findings = judge(Truth([watch], [fever(at_most=Priority.LOW)]), Heard(urgent, None, None), {})
    assert ids(findings, Verdict.FAILS) == {"alert.priority.not-above"}


def test_what_only_the_contract_tells_is_held_against_it() -> None:
    """A reason not told, one without a fault, a signal not heard, low coverage, an alert that is real."""
    watch = Watched(
        wearer="ada",
        story="x",
        start_s=0.0,
        end_s=9000.0,
        quarantined=(Reason.LATE,),
        signals=("hr", "rr"),
        least_coverage=0.9,
    )
    observed = {"ada": Observed(0.5, frozenset({"hr"}), frozenset({Reason.REFUSED}))}

    findings = judge(Truth([watch], [fever()]), Heard([START, END], observed, {"ada": {Mode.REAL}}), {})

    wrong = {finding.requirement.id: finding.wrong["ada"] for finding in findings if finding.wrong}
    assert wrong == {
        "alert.mode.kept": ["an alert of mode real"],
        "notice.reason-told": ["not set aside: late"],
        "notice.only-bad": ["set aside: refused"],
        "status.signals-told": ["not heard: rr"],
        "status.coverage-reached": ["coverage 0.50 below 0.90"],
    }


def test_what_was_not_tried_says_why() -> None:
    """A story left out, a mapping without the word, and nothing told are three different things."""
    watch = Watched(wearer="ada", story="fever", start_s=0.0, end_s=9000.0)
    findings = judge(Truth([watch], []), Heard([], None, None), {"broker-restart": "yours"})

    why = {finding.requirement.id: finding.why for finding in findings}
    assert why["survive.broker-restart"] == "yours"
    assert why["status.coverage-reached"] == "the mapping has no word for it"
    assert why["quiet.effort"] == "no story was played that tries it"
    assert why["alert.episode.in-time"] == "nothing was told that could be held against it"
    assert why["quiet.nothing-false"] is None


def test_a_report_escapes_and_counts() -> None:
    """The page holds what is wrong as text, and loads nothing."""
    watch = Watched(wearer="<ada>", story="fever", start_s=0.0, end_s=9000.0)
    truth = Truth([watch], [fever(wearer="<ada>")])
    report = conformance_report(
        judge(truth, Heard([], None, None), {}), url="mqtt://x:1", played=["fever"], left_out={}
    )

    assert (report["holds"], report["fails"]) == (1, 1)
    assert report["holds"] + report["fails"] + report["not_tried"] == len(REQUIREMENTS)
    page = conformance_page(report)
    assert "&lt;ada&gt;" in page
    assert "<ada>" not in page
    assert "http" not in page
    assert "fails      detect.tachycardia_at_rest" in conformance_summary(report)


def test_a_throttle_lets_through_so_many_a_second() -> None:
    """On a clock that only sleep moves, 1,000 at 100/s take ten seconds, less what is saved up."""
    now_s = 0.0

    def sleep(for_s: float) -> None:
        nonlocal now_s
        now_s += for_s

    throttle = Throttle(100.0, lambda: now_s, sleep)
    for _ in range(1000):
        throttle.take()

    assert now_s == pytest.approx(10.0, abs=0.2)
