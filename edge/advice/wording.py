"""What advice says in each language: texts as data, with the wearer's own numbers put in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from string import Formatter
from typing import Final

import msgspec

from edge.advice.facts import FACTS, Value, shown
from edge.contract.advice import Topic, Trend
from edge.contract.errors import ConfigError

# The texts that all others are held against.
MODEL_LANGUAGE: Final = "en"
# What a text may name besides facts: words that are of the language themselves.
AIM: Final = "aim"
_FOLLOW_UP: Final = frozenset({"fact", "before", "now", "unit", "days"})


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number's name and unit, as a follow-up tells them."""

    name: str
    unit: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is said in one language, which the file's name tells too.

    `aims` say what a topic's change would be, `outcomes` names those of the risk model, `categories` those of
    each blood pressure scheme.
    """

    language: str
    rules: dict[str, str]
    follow_up: dict[Trend, str]
    numbers: dict[str, Named]
    topics: dict[Topic, str]
    aims: dict[Topic, str]
    outcomes: dict[str, str]
    categories: dict[str, dict[str, str]]

    def advice(self, rule: str, values: Mapping[str, Value], scheme: str) -> str | None:
        """The text of a rule with the wearer's numbers; None where one that it names is not known."""
        text = self.rules[rule]
        words = {name: self._word(name, values, scheme) for name in placeholders(text)}
        if any(word is None for word in words.values()):
            return None
        return text.format_map(words)

    def followed_up(self, change: Trend, fact: str, before: float, now: float, days: int) -> str:
        """What became of a number, with both."""
        named = self.numbers[fact]
        words = {"fact": named.name, "unit": named.unit, "days": str(days)}
        words |= {"before": shown(fact, before), "now": shown(fact, now)}
        return self.follow_up[change].format_map(words)

    def _word(self, name: str, values: Mapping[str, Value], scheme: str) -> str | None:
        if name == AIM:
            topic = values.get("counts_most")
            return None if topic is None else self.aims[Topic(str(topic))]
        if name == "category":
            return self.categories[scheme].get(str(values.get("category_code")))
        value = values.get(name)
        if name == "counts_most" and value is not None:
            return self.topics[Topic(str(value))]
        if name == "counts_most_for" and value is not None:
            return self.outcomes[str(value)]
        return None if value is None else shown(name, value)


def placeholders(text: str) -> set[str]:
    """The names in braces; ValueError where there is more in the braces than a name."""
    found = set()
    for _, name, format_spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if format_spec or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}}")
        found.add(name)
    return found


def languages() -> list[str]:
    """The languages there are texts in."""
    names = (file.name for file in files("edge.advice.texts").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_texts() -> dict[str, Texts]:
    """All languages there are, by file name; ConfigError if one lacks a key or a placeholder of another."""
    found = {}
    for language in languages():
        name = f"{language}.toml"
        found[language] = read_texts(
            files("edge.advice.texts").joinpath(name).read_text(encoding="utf-8"), where=name
        )
    model = found[MODEL_LANGUAGE]
    for language, texts in found.items():
        check_texts(texts, model, where=f"{language}.toml")
    return found


def read_texts(text: str, *, where: str) -> Texts:
    """The texts of one file; ConfigError says what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(text), Texts)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(error), where=where, allowed=f"the keys of {MODEL_LANGUAGE}.toml") from None


def check_texts(texts: Texts, model: Texts, *, where: str) -> None:
    """Raise ConfigError unless the texts have the keys and placeholders of the model, and no others."""
    if f"{texts.language}.toml" != where:
        raise ConfigError(f"language {texts.language!r}", where=where, allowed="the file's name")
    own, wanted = _flat(texts), _flat(model)
    for key in sorted(own.keys() ^ wanted.keys()):
        what = "lacks" if key in wanted else "has the unknown"
        raise ConfigError(f"{what} {key}", where=where, allowed=f"the keys of {MODEL_LANGUAGE}.toml")
    for key, text in own.items():
        allowed = _FOLLOW_UP if key.startswith("follow_up.") else FACTS.keys() | {AIM}
        try:
            named = placeholders(text)
        except ValueError as error:
            raise ConfigError(f"{key} holds {error}", where=where, allowed="a name alone in braces") from None
        if named != placeholders(wanted[key]) or not named <= allowed:
            names = ", ".join(sorted(placeholders(wanted[key]))) or "none"
            raise ConfigError(f"{key} names {sorted(named)}", where=where, allowed=names)


def _flat(texts: Texts) -> dict[str, str]:
    """Every text by the path of its key."""
    flat: dict[str, str] = {}
    parts: list[tuple[str, object]] = list(msgspec.to_builtins(texts).items())
    while parts:
        path, part = parts.pop()
        if isinstance(part, dict):
            parts += [(f"{path}.{key}", value) for key, value in part.items()]
        else:
            flat[path] = str(part)
    return flat
