"""docs/advice.md against the data: every rule, fact, limit, protocol and topic there is, and no others."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from edge.advice.facts import DAILY, FACTS
from edge.advice.priorities import AIMS, LEAST_FALL
from edge.advice.protocols import load_protocols
from edge.advice.rates import MOST_A_DAY, MOST_A_WEEK, MOST_HABITS_A_DAY, MOST_HABITS_A_WEEK
from edge.advice.rules import Rule, load_rules, read_rules
from edge.advice.sleep_needs import load_sleep_needs
from edge.advice.wording import languages, load_texts
from edge.contract.advice import Topic
from edge.contract.durations import DAY_S, HOUR_S
from edge.pipeline.advise import AFTER_NIGHT_S, FOLLOW_UP_WAITS_S, HEARD_WITHIN_S, WAITS_S

PAGE = (Path(__file__).parents[2] / "docs" / "advice.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, cell by cell."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def row_of(rule: Rule) -> list[str]:
    """A rule as the page tells it."""
    clauses = [f"`{c.fact}` {c.comparison.replace('_', ' ')} {c.value:g}" for c in rule.when]
    when = "each day: " + " and ".join(clauses) if rule.is_daily else f"`{rule.on}` starts"
    when += " (awaited)" if rule.awaited else ""
    measure = rule.measure
    number = "-"
    if measure is not None:
        number = f"`{measure.fact}`" + (f", {measure.step:g}" if measure.step else "")
    again = "-" if rule.follow_up_days is None else f"{rule.follow_up_days:g} days"
    source = f"[{rule.guideline}]({rule.link})"
    return [f"`{rule.code}`", f"`{rule.topic}`", when, number, f"{rule.silent_days:g} days", again, source]


def test_the_table_of_rules_is_the_catalogue() -> None:
    """Occasion, trigger, number, silence, follow-up and source of every rule."""
    assert table("Rules") == [row_of(rule) for rule in load_rules()]


def test_the_tables_of_facts_are_those_of_the_code() -> None:
    """Every fact with its meaning, those of a condition's start marked as such."""
    listed = [[f"`{name}`", "daily" if name in DAILY else "start", FACTS[name].text] for name in FACTS]

    assert table("Facts") == listed


def test_topics_and_languages_are_those_of_the_code() -> None:
    """Each topic with its English name, and each language by its file."""
    english = load_texts()["en"]

    assert table("Topics") == [[f"`{topic}`", english.topics[topic]] for topic in Topic]
    assert all(f"`{language}`" in PAGE for language in languages())


def test_the_limits_that_the_page_tells_are_those_of_the_code() -> None:
    """How much, when, and how long something waits."""
    said = " ".join(PAGE.split())

    assert f"in the last {HEARD_WITHIN_S / DAY_S:.0f} days" in said
    assert f"at most {MOST_A_DAY} in 24 hours and {MOST_A_WEEK} in 7 days" in said
    assert f"at most {MOST_HABITS_A_DAY} and {MOST_HABITS_A_WEEK} of them about habits" in said
    assert f"{AFTER_NIGHT_S / HOUR_S:.0f} hours after the night's end" in said
    assert f"dropped after {WAITS_S / DAY_S:.0f} days" in said
    assert f"waited for {FOLLOW_UP_WAITS_S / DAY_S:.0f} days" in said
    assert f"less than {LEAST_FALL:g}" in said


def test_protocols_sleep_needs_and_aims_are_those_of_the_data() -> None:
    """What counts, from where on it is high, how much sleep, and what the risk model is asked about."""
    assert table("Blood pressure at home") == [
        [
            f"`{p.id}`",
            f"`{p.scheme}`",
            f"{p.days}",
            f"{p.dropped_days}",
            f"{p.least_readings} on {p.least_days} days",
            f"{p.wanted_readings}",
            f"{p.high_systolic:g}/{p.high_diastolic:g}",
            f"[{p.guideline}]({p.link})",
        ]
        for p in load_protocols().values()
    ]
    assert table("Sleep by age") == [
        [f"{need.from_age}", f"{need.least_h:g} to {need.most_h:g}", need.guideline]
        for need in load_sleep_needs()
    ]
    assert table("What counts most") == [
        [
            f"`{topic}`",
            ", ".join(f"`{a.name}` {'at most' if a.is_most else 'at least'} {a.value:g}" for a in aims),
        ]
        for topic, aims in AIMS.items()
    ]


def test_the_example_of_a_rule_is_one() -> None:
    """What the page shows can be put into a file as it is, and its text beside it."""
    examples = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    rules = [text for text in examples if "[[rule]]" in text]
    others: list[dict[str, Any]] = [tomllib.loads(text) for text in examples if text not in rules]

    (rule,) = read_rules(rules[0], where="page")
    assert rule in load_rules()
    assert any(rule.code in tree.get("rules", {}) for tree in others)
