"""Requirement by requirement: whether a gateway keeps it, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from device_sim.conformance.case import Heard, cases
from device_sim.conformance.requirements import REQUIREMENTS, Requirement
from device_sim.scoring.verdict import counted
from device_sim.truth import Truth


class Verdict(StrEnum):
    """What became of a requirement."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_TRIED = "not tried"


class Finding(NamedTuple):
    """A requirement, the stories that tried it, and what is wrong by wearer; `why` where it was not tried."""

    requirement: Requirement
    verdict: Verdict
    stories: list[str]
    wrong: dict[str, list[str]]
    why: str | None = None


def judge(truth: Truth, heard: Heard, left_out: Mapping[str, str]) -> list[Finding]:
    """All requirements in their order; `left_out` says of stories why they were not played."""
    looked_at = list(cases(truth, heard))
    findings = []
    for requirement in REQUIREMENTS:
        stories: list[str] = []
        wrong: dict[str, list[str]] = {}
        for case in looked_at:
            if requirement.stories is not None and case.watch.story not in requirement.stories:
                continue
            complaints = requirement.look(case)
            if complaints is None:
                continue
            stories.append(case.watch.story)
            if complaints:
                wrong[case.watch.wearer] = counted(complaints)
        why = None if stories else _why(requirement, heard, left_out)
        verdict = Verdict.NOT_TRIED if not stories else Verdict.FAILS if wrong else Verdict.HOLDS
        findings.append(Finding(requirement, verdict, list(dict.fromkeys(stories)), wrong, why))
    return findings


def _why(requirement: Requirement, heard: Heard, left_out: Mapping[str, str]) -> str:
    about = requirement.stories or ()
    reasons = list(dict.fromkeys(left_out[story] for story in about if story in left_out))
    if about and reasons:
        return "; ".join(reasons)
    if requirement.contract and heard.observed is None:
        return "the mapping has no word for it"
    if not about and not heard.told:
        return "nothing was told that could be held against it"
    return "no story was played that tries it"
