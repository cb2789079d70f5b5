"""How a device's messages look: the contract of the edge, or topics and JSON shapes of others, as data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from device_sim.devices.batches import Sent
from device_sim.devices.kinds import SIGNALS_OF
from edge.contract.catalogue import SIGNALS
from edge.contract.codec import encode
from edge.contract.errors import ConfigError
from edge.contract.samples import SampleBatch
from edge.contract.topics import Topics

# All signals of all devices.
SENT = frozenset().union(*SIGNALS_OF.values())
_WORDS = ("wearer", "device", "signal", "mode", "seq")
_TIMES = ("time_s", "time_ms", "time_iso")


class Packet(NamedTuple):
    """What goes to the broker, and whose it is."""

    topic: str
    payload: bytes
    wearer: str


class SignalFormat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one signal is written: a topic with words in braces and a JSON payload with words after `$`.

    `per` says whether a message holds one sample or a batch, whose times and values are then lists.
    """

    topic: str
    payload: dict[str, Any]
    per: Annotated[str, msgspec.Meta(pattern="^(sample|batch)$")] = "sample"


class Format(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device type: the signals it sends and how each is written; others it does not send."""

    signals: dict[str, SignalFormat]


def contract_packets(topics: Topics, sent: Sent) -> list[Packet]:
    """A batch as the edge takes it; signals and columns that the contract has no word for are left out."""
    signal = SIGNALS.get(sent.topic.signal)
    if signal is None:
        return []
    known = {component.code for component in signal.components}
    if any(c.required and c.code not in sent.batch.values for c in signal.components):
        return []
    values = {code: column for code, column in sent.batch.values.items() if code in known}
    batch = sent.batch
    if len(values) < len(batch.values):
        batch = msgspec.structs.replace(batch, values=values)
    return [Packet(topics.samples(sent.topic), encode(batch), sent.topic.wearer)]


def foreign_packets(form: Format, sent: Sent) -> list[Packet]:
    """A batch as another device type writes it; samples without a value are not sent one by one."""
    how = form.signals.get(sent.topic.signal)
    if how is None:
        return []
    batch = sent.batch
    words: dict[str, Any] = {
        **sent.topic._asdict(),
        "seq": batch.seq,
        "mode": batch.mode.value,
    }
    topic = how.topic.format(**words)
    columns = {**_times(batch), **batch.values}
    if how.per == "batch":
        return [_packet(topic, how, {**words, **columns}, sent)]
    return [
        _packet(topic, how, {**words, **{word: column[index] for word, column in columns.items()}}, sent)
        for index in range(len(batch.times_s))
        if all(column[index] is not None for column in batch.values.values())
    ]


def check_format(form: Format, *, where: str) -> None:
    """ConfigError for a word that does not exist, or a message that does not say that it is simulated."""
    for signal, how in form.signals.items():
        place = f"{where}.signals.{signal}"
        if signal not in SENT:
            raise ConfigError("no device sends it", where=place, allowed=", ".join(sorted(SENT)))
        try:
            topic = how.topic.format(**dict.fromkeys(_WORDS, "x"))
        except (KeyError, IndexError, ValueError):
            topic = ""
        if not topic or set(topic) & set("+#"):
            raise ConfigError(
                f"not a topic: {how.topic!r}",
                where=f"{place}.topic",
                allowed=", ".join(map("{{{}}}".format, _WORDS)),
            )
        known = {*_WORDS, *_TIMES, *map(_plural, _TIMES)}
        # What the contract has no word for is one number, named as the signal.
        columns = (
            {component.code for component in SIGNALS[signal].components} if signal in SIGNALS else {signal}
        )
        for word in _dollars(how.payload):
            if word not in known | columns:
                allowed = sorted(f"${known_word}" for known_word in {*known, *columns})
                raise ConfigError(f"unknown ${word}", where=f"{place}.payload", allowed=", ".join(allowed))
        if "mode" not in _dollars(how.payload) and "{mode}" not in how.topic:
            raise ConfigError(
                "says nowhere that it is simulated",
                where=place,
                allowed="$mode in the payload or {mode} in the topic",
            )


def _packet(topic: str, how: SignalFormat, words: dict[str, Any], sent: Sent) -> Packet:
    return Packet(topic, msgspec.json.encode(_filled(how.payload, words)), sent.topic.wearer)


def _times(batch: SampleBatch) -> dict[str, list[Any]]:
    times: dict[str, list[Any]] = {
        "time_s": list(batch.times_s),
        "time_ms": [round(at_s * 1000.0) for at_s in batch.times_s],
        "time_iso": [
            datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds") for at_s in batch.times_s
        ],
    }
    return times | {_plural(word): column for word, column in times.items()}


def _plural(word: str) -> str:
    return word.replace("time_", "times_")


def _filled(node: Any, words: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(item, words) for key, item in node.items()}
    if isinstance(node, list):
        return [_filled(item, words) for item in node]
    if isinstance(node, str) and node.startswith("$"):
        return words.get(node[1:])
    return node


def _dollars(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set().union(*map(_dollars, node.values())) if node else set()
    if isinstance(node, list):
        return set().union(*map(_dollars, node)) if node else set()
    return {node[1:]} if isinstance(node, str) and node.startswith("$") else set()
