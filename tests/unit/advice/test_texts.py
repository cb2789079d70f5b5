"""What advice says: the same in every language, plain, with the wearer's numbers, and harmless."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from edge.advice.facts import FACTS, OF_CONDITIONS, Value
from edge.advice.priorities import AIMS
from edge.advice.rules import Rule, load_rules
from edge.advice.wording import Texts, check_texts, languages, load_texts, placeholders, read_texts
from edge.conditions.blood_pressure import load_schemes
from edge.contract.advice import Topic, Trend
from edge.contract.errors import ConfigError
from edge.signals.risk import RISK_OUTCOMES

TEXTS = load_texts()
RULES = load_rules()
EN = files("edge.advice.texts").joinpath("en.toml").read_text("utf-8")
# Flesch and Kincaid 1975: the school grade that a text asks for; to patients one writes at 6 to 8 (NIH).
HARDEST_GRADE = 7.0
# A sentence of more characters than this is hard to read aloud in one breath.
LONGEST_SENTENCE = 40
VALUES: dict[str, Value] = {
    **dict.fromkeys(FACTS, 12),
    "category_code": "stage_1",
    "counts_most": "weight",
    "counts_most_for": "cardiovascular_disease",
}


def filled(texts: Texts, rule: str) -> str:
    text = texts.advice(rule, VALUES, "acc-aha-2017")
    assert text is not None
    return text


def syllables(word: str) -> int:
    """By groups of vowels, without a silent e: within a tenth of a dictionary over running text."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$", word.lower()) is not None
    return max(groups - silent, 1)


def grade(text: str) -> float:
    """Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    sentences = [part for part in re.split(r"[.!?]+\s", text + " ") if part.strip()]
    words = re.findall(r"[A-Za-z]+|\d+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_there_are_english_and_chinese() -> None:
    """One file is one language."""
    assert {"en", "zh"} <= set(languages())
    assert list(TEXTS) == languages()


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_key_with_the_same_placeholders(language: str) -> None:
    """Each rule has a text, each change, topic and aim a word, and each names what the English one does."""
    texts, english = TEXTS[language], TEXTS["en"]

    assert set(texts.rules) == {rule.code for rule in RULES}
    assert set(texts.follow_up) == set(Trend)
    assert set(texts.topics) == set(Topic)
    assert set(texts.aims) == set(AIMS)
    assert set(texts.outcomes) == set(RISK_OUTCOMES)
    assert {scheme: set(words) for scheme, words in texts.categories.items()} == {
        scheme.id: {item.code for item in scheme.category} for scheme in load_schemes().values()
    }
    followed = {rule.measure.fact for rule in RULES if rule.follow_up_days is not None and rule.measure}
    assert set(texts.numbers) == followed
    for code, text in texts.rules.items():
        assert placeholders(text) == placeholders(english.rules[code])
    for change, text in texts.follow_up.items():
        assert placeholders(text) == {"days", "fact", "before", "now", "unit"}, change


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_daily_rule_speaks_of_no_fact_that_only_a_condition_tells(rule: Rule) -> None:
    """Otherwise it would keep silent for ever."""
    names = placeholders(TEXTS["en"].rules[rule.code])

    assert not (rule.is_daily and names & OF_CONDITIONS.keys())


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('get_ecg = "', 'get_egg = "', "get_e"),
        ("{hr_bpm}/min while you rested;", "{readings}/min while you rested;", "resting_heart_rate"),
        ("{hr_bpm}/min while you rested;", "{hr_bpm.real}/min;", "{hr_bpm.real}"),
        ("{hr_bpm}/min while you rested;", "{hr_bpm!r}/min;", "{hr_bpm}"),
        ("{hr_bpm}/min while you rested;", "{hr_bpm:9999}/min;", "{hr_bpm}"),
        ('language = "en"', 'language = "fr"', "language 'fr'"),
        ("[aims]", "[goals]", "goals"),
    ],
)
def test_a_language_that_is_not_whole_is_refused_by_key(old: str, new: str, what: str) -> None:
    """A missing key, another placeholder, or more in the braces than a name."""
    assert old in EN

    with pytest.raises(ConfigError) as caught:
        check_texts(read_texts(EN.replace(old, new), where="en.toml"), TEXTS["en"], where="en.toml")

    assert what in str(caught.value)


def test_the_formula_is_that_of_flesch_and_kincaid() -> None:
    """Worked by hand: 6 words of one syllable in a sentence; 9 words of 28 syllables in two."""
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert [syllables(word) for word in ("irregularity", "walk", "medicine", "rested", "minutes")] == [
        6,
        1,
        3,
        2,
        3,
    ]
    hard = "Unusual irregularity is visible. Regular activity is beneficial today."
    assert grade(hard) > HARDEST_GRADE


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_english_is_plain(code: str) -> None:
    """No text asks for more than seven years of school."""
    assert grade(filled(TEXTS["en"], code)) <= HARDEST_GRADE


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_chinese_is_plain_and_simplified(code: str) -> None:
    """No part between stops is long, and every character is of GB 2312, which has no traditional ones."""
    text = filled(TEXTS["zh"], code)

    assert max(len(part) for part in re.split(r"[\u3002\uff1b\uff1f\uff01\uff1a]", text)) <= LONGEST_SENTENCE
    assert text.encode("gb2312").decode("gb2312") == text


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_text_takes_the_wearers_numbers(language: str, code: str) -> None:
    """Filled in, no brace is left; without one of its numbers there is no text at all."""
    texts = TEXTS[language]
    named = placeholders(texts.rules[code])

    assert "{" not in filled(texts, code)
    for name in named - {"aim", "category"}:
        values = {key: value for key, value in VALUES.items() if key != name}
        assert texts.advice(code, values, "acc-aha-2017") is None


def test_no_text_diagnoses_or_touches_medicines() -> None:
    """Medicine is spoken of only to leave it alone, and atrial fibrillation not at all."""
    english, chinese = TEXTS["en"], TEXTS["zh"]
    for text in english.rules.values():
        assert not re.search("fibrillation|dose|pill|tablet|mg\\b", text)
        for sentence in re.split(r"(?<=[.!?])\s", text):
            if re.search("medicin|drug", sentence):
                assert sentence.startswith("Do not")
            assert "diagnosis" not in sentence or "no diagnosis" in sentence
    for text in chinese.rules.values():
        assert not re.search("房颤|心房颤动|剂量|药片|服用", text)
        for sentence in text.split("。"):
            assert "药" not in sentence or "请不要自行" in sentence
            assert "诊断" not in sentence or "不是诊断" in sentence
