"""The catalogue of rules: whole, sourced, and refused by name where it is wrong."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from edge.advice.facts import DAILY, FACTS, OF_CONDITIONS, shown
from edge.advice.rules import Better, Clause, Comparison, Measure, Rule, load_rules, read_rules
from edge.contract.advice import Topic, Trend
from edge.contract.errors import ConfigError

RULES = load_rules()
BMI = '{ fact = "bmi_kg_m2", is = "below", value = 1 }'
HEAD = 'code = "r"\ntopic = "salt"\nguideline = "G 2024"\nlink = "https://x"\nsilent_days = 7\n'


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_names_a_guideline_with_its_year_and_link(rule: Rule) -> None:
    """Whoever is advised can look up who says so, and when."""
    assert re.search(r"\b(19|20)\d\d\b", rule.guideline)
    assert rule.link.startswith("https://")


def test_codes_are_unique_and_each_file_is_of_its_topic() -> None:
    """A rule is found by its topic, and no two share what has been told of them."""
    assert len({rule.code for rule in RULES}) == len(RULES)
    for topic in Topic:
        tree = tomllib.loads(files("edge.advice.catalogue").joinpath(f"{topic}.toml").read_text("utf-8"))
        assert {entry["topic"] for entry in tree["rule"]} == {topic}
        assert [entry["code"] for entry in tree["rule"]] == [r.code for r in RULES if r.topic is topic]


@pytest.mark.parametrize(
    ("rest", "what", "allowed"),
    [
        ('on = "moon"', "unknown occasion 'moon'", "irregular_rhythm"),
        ('on = "day"', "a daily rule without a number", "measure"),
        (
            'on = "day"\nmeasure = { fact = "mood" }\nwhen = [' + BMI + "]",
            "unknown fact 'mood'",
            "bmi_kg_m2",
        ),
        (
            'on = "day"\nmeasure = { fact = "hr_bpm" }\nwhen = [' + BMI + "]",
            "unknown fact 'hr_bpm'",
            "bmi_kg_m2",
        ),
        ('on = "irregular_rhythm"\nfollow_up_days = 9', "a follow-up of no number", "better"),
        ('on = "irregular_rhythm"\nwhen = [{ fact = "hr_bpm", is = "like", value = 1 }]', "like", "rules as"),
        ('on = "irregular_rhythm"\nrun = "rm"', "run", "rules as"),
        ("on = ", "Invalid value", "rules as"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(rest: str, what: str, allowed: str) -> None:
    """A rule cannot speak of what does not exist, and holds nothing but data."""
    with pytest.raises(ConfigError) as caught:
        read_rules(f"[[rule]]\n{HEAD}{rest}\n", where="salt.toml")

    assert what in caught.value.what
    assert allowed in caught.value.allowed
    assert caught.value.where.startswith("salt.toml")


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        (Comparison.BELOW, (True, False, False)),
        (Comparison.AT_MOST, (True, True, False)),
        (Comparison.EQUAL, (False, True, False)),
        (Comparison.AT_LEAST, (False, True, True)),
        (Comparison.ABOVE, (False, False, True)),
    ],
)
def test_a_clause_compares_as_its_word_says(comparison: Comparison, holds: tuple[bool, ...]) -> None:
    """At, below and above the number; what is not known, or a word, holds against nothing."""
    clause = Clause("bmi_kg_m2", comparison, 25.0)

    assert tuple(clause.holds({"bmi_kg_m2": value}) for value in (24.9, 25.0, 25.1)) == holds
    assert not clause.holds({})
    assert not clause.holds({"bmi_kg_m2": "much"})


@pytest.mark.parametrize(
    ("better", "now", "change"),
    [
        (Better.HIGHER, 129.9, Trend.UNCHANGED),
        (Better.HIGHER, 130.0, Trend.IMPROVED),
        (Better.HIGHER, 70.0, Trend.WORSE),
        (Better.LOWER, 130.0, Trend.WORSE),
        (Better.LOWER, 70.0, Trend.IMPROVED),
        (Better.LOWER, 70.1, Trend.UNCHANGED),
    ],
)
def test_a_change_is_one_from_the_step_on(better: Better, now: float, change: Trend) -> None:
    """100 with a step of 30, in either direction of better."""
    assert Measure("active_min_per_week", 30.0, better).change(100.0, now) is change


def test_daily_facts_and_those_of_conditions_are_apart_and_shown_as_they_say() -> None:
    """A name means one thing; decimals are those of the list; zero has no sign."""
    assert not DAILY.keys() & OF_CONDITIONS.keys()
    assert [shown("bmi_kg_m2", 27.449), shown("hr_bpm", 111.6), shown("category", "high")] == [
        "27.4",
        "112",
        "high",
    ]
    assert shown("active_min_change", -0.3) == "0"
    assert all(about.text for about in FACTS.values())
