"""How somebody else's alerts look, as data: topics, fields of the payload, and their words for ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from device_sim.scoring.episodes import Told
from device_sim.toml_files import parse_toml, read_text
from device_sim.truth import CONDITIONS
from edge.contract.errors import ConfigError, DataError
from edge.contract.messages import Phase, Priority

PAGE = "docs/score.md"
# Messages of a system that tells no ends belong to one episode while they follow each other this closely.
REFRACTORY_S = 1800.0
_WORDS = ("wearer", "condition", "phase")
WHOLE = "."
_LEVELS = f"levels that are {', '.join(f'{{{word}}}' for word in _WORDS)}, + or plain text"
_TIMES = "at under [fields], or a recording with the topic of the clock or with tst, as mosquitto_sub -F %J"


Ours = TypeVar("Ours", Phase, Priority)


class TimeUnit(StrEnum):
    """How times are written."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    ISO = "iso"


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to find what an alert says.

    `topics` hold `{wearer}`, `{condition}` or `{phase}` where a level says it, `+` where it says nothing.
    `fields` name the key of the payload for each word, dots leading inwards, `.` for a payload that is the
    value itself. Words of theirs are translated by `conditions`, `phases` and `priorities`.
    """

    topics: tuple[str, ...]
    fields: dict[str, str] = {}
    conditions: dict[str, str] = {}
    phases: dict[str, Phase] = {}
    priorities: dict[str, Priority] = {}
    time_unit: TimeUnit = TimeUnit.SECONDS


FIELDS = ("wearer", "condition", "phase", "at", "onset", "priority")


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; ConfigError names file, key and what is allowed there."""
    mapping = parse_toml(read_text(path), Mapping, where=str(path), page=PAGE)
    for word in mapping.fields:
        if word not in FIELDS:
            raise ConfigError(f"unknown field {word!r}", where=f"{path}: fields", allowed=", ".join(FIELDS))
    for ours in mapping.conditions.values():
        if ours not in CONDITIONS:
            raise ConfigError(
                f"unknown condition {ours!r}", where=f"{path}: conditions", allowed=", ".join(CONDITIONS)
            )
    if not mapping.topics:
        raise ConfigError("none", where=f"{path}: topics", allowed="one topic or more")
    for topic in mapping.topics:
        _check_levels(topic, where=f"{path}: topics: {topic!r}")
        for word in ("wearer", "condition"):
            if f"{{{word}}}" not in topic and word not in mapping.fields:
                allowed = f"{{{word}}} in the topic or {word} under [fields]"
                raise ConfigError(f"nothing tells the {word}", where=f"{path}: {topic}", allowed=allowed)
    return mapping


def filters(mapping: Mapping) -> list[str]:
    """What to subscribe to."""
    return [
        "/".join(level if _word_of(level) is None else "+" for level in topic.split("/"))
        for topic in mapping.topics
    ]


class Reader:
    """Reads the alerts of a system; keeps track of which episode each message belongs to."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._patterns = [_pattern(topic) for topic in mapping.topics]
        # By wearer and condition: how many episodes so far, and whether and since when one is open.
        self._counts: dict[tuple[str, str], int] = {}
        self._open: dict[tuple[str, str], Told] = {}
        self.unknown: dict[str, int] = {}

    def read(self, topic: str, payload: bytes, received_s: float | None) -> list[Told]:
        """The messages that one of theirs amounts to: none, one, or an end and a start.

        DataError where neither it nor `received_s` tells its time.
        """
        match = next((found for pattern in self._patterns if (found := pattern.fullmatch(topic))), None)
        if match is None:
            return []
        tree = _tree(payload)
        said = {
            **match.groupdict(),
            **{w: found for w in FIELDS if (found := self._field(w, tree)) is not None},
        }
        wearer, theirs = str(said.get("wearer", "")), str(said.get("condition", ""))
        condition = self._mapping.conditions.get(theirs, theirs)
        if condition not in CONDITIONS or not wearer:
            self.unknown[theirs] = self.unknown.get(theirs, 0) + 1
            return []
        at_s = self._time_s(said.get("at"), received_s)
        if at_s is None:
            raise DataError("it tells no time", where=topic, allowed=_TIMES)
        return self._told(wearer, condition, said, at_s)

    def close(self) -> list[Told]:
        """The ends of what a system without phases has told last."""
        if self._has_phases():
            return []
        ended = [_end(told, told.at_s) for told in self._open.values()]
        self._open.clear()
        return ended

    def _told(self, wearer: str, condition: str, said: dict[str, Any], at_s: float) -> list[Told]:
        key = (wearer, condition)
        open_now = self._open.get(key)
        phase = self._phase(said) if self._has_phases() else Phase.UPDATE
        if phase is None:
            return []
        if phase is Phase.END:
            self._open.pop(key, None)
            return [] if open_now is None else [_end(open_now, at_s)]
        ended: list[Told] = []
        if open_now is not None and not self._has_phases() and at_s - open_now.at_s > REFRACTORY_S:
            ended, open_now = [_end(open_now, open_now.at_s)], None
        priority = _meant(self._mapping.priorities, Priority, said.get("priority"))
        if open_now is None:
            self._counts[key] = self._counts.get(key, 0) + 1
            told_s = self._time_s(said.get("onset"), at_s)
            onset_s = at_s if told_s is None else told_s
            episode = f"{wearer}/{condition}/{self._counts[key]}"
            told = Told(episode, 1, Phase.START, wearer, condition, at_s, onset_s, None, priority)
        else:
            told = open_now._replace(n=open_now.n + 1, phase=Phase.UPDATE, at_s=at_s, priority=priority)
        self._open[key] = told
        return [*ended, told]

    def _phase(self, said: dict[str, Any]) -> Phase | None:
        return _meant(self._mapping.phases, Phase, said.get("phase"))

    def _has_phases(self) -> bool:
        """Whether anything is said of the phase: words for it, a key of it, or a level of the topic."""
        mapping = self._mapping
        return (
            bool(mapping.phases) or "phase" in mapping.fields or any("{phase}" in t for t in mapping.topics)
        )

    def _field(self, word: str, tree: Any) -> Any:
        path = self._mapping.fields.get(word)
        if path is None:
            return None
        if path == WHOLE:
            return tree
        for key in path.split("."):
            tree = tree.get(key) if isinstance(tree, dict) else None
        return tree

    def _time_s(self, value: Any, otherwise_s: float | None) -> float | None:
        try:
            match self._mapping.time_unit:
                case TimeUnit.SECONDS:
                    return float(value)
                case TimeUnit.MILLISECONDS:
                    return float(value) / 1000.0
                case TimeUnit.ISO:
                    at = datetime.fromisoformat(value)
                    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (TypeError, ValueError):
            return otherwise_s


def _check_levels(topic: str, *, where: str) -> None:
    """ConfigError for a topic that no message can have, or whose words cannot be told."""
    words = [word for level in topic.split("/") if (word := _word_of(level)) is not None]
    for word in words:
        if words.count(word) > 1:
            raise ConfigError(f"{{{word}}} stands there twice", where=where, allowed="each word once")
    for level in topic.split("/"):
        if level != "+" and _word_of(level) is None and re.search(r"[{}+#]", level):
            raise ConfigError(f"{level!r} is no level", where=where, allowed=_LEVELS)
    if not topic:
        raise ConfigError("it is empty", where=where, allowed=_LEVELS)


def _word_of(level: str) -> str | None:
    """Which of the words a level of a topic says; None where it says none."""
    return next((word for word in _WORDS if level == f"{{{word}}}"), None)


def _pattern(topic: str) -> re.Pattern[str]:
    levels = []
    for level in topic.split("/"):
        word = _word_of(level)
        if word is not None:
            levels.append(f"(?P<{word}>[^/]+)")
        else:
            levels.append("[^/]+" if level == "+" else re.escape(level))
    return re.compile("/".join(levels))


def _tree(payload: bytes) -> Any:
    """JSON, or text as it is."""
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return payload.decode(errors="replace")


def _word(value: Any) -> str:
    """A value as it is written in a mapping."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _meant(words: dict[str, Ours], ours: type[Ours], said: Any) -> Ours | None:
    """What a word of theirs means: by the mapping, else itself if it is one of ours."""
    word = _word(said)
    return words.get(word) or (ours(word) if word in set(ours) else None)


def _end(told: Told, at_s: float) -> Told:
    return told._replace(n=told.n + 1, phase=Phase.END, at_s=at_s, end_s=at_s)
