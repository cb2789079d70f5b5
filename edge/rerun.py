"""An alert decided again from the journal: the same, different, or not to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from edge.contract.codec import decode_batch, decode_clock
from edge.contract.errors import VitalwardError
from edge.contract.messages import Alert
from edge.contract.topics import Topics
from edge.ends import Entry, Letter
from edge.explanation.words import moment
from edge.pipeline.intake import FUTURE_TOLERANCE_S
from edge.pipeline.ward import Ward
from edge.storage.checkpoints import Checkpoint, Checkpoints
from edge.storage.journal import Journal

AT_ONCE: Final = 512
MOST_DIFFERENCES: Final = 20


class Verdict(StrEnum):
    """What deciding again says of an alert."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


class Finding(NamedTuple):
    """The verdict, and in words what differs or why nothing can be told."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


class Difference(NamedTuple):
    """A key of the alert, what the alert says there and what the decision made again says."""

    where: str
    told: object
    found: object


def decide_again(
    alert: Alert,
    journal: Journal,
    checkpoints: Checkpoints,
    make_ward: Callable[[Checkpoint], Ward],
    topics: Topics,
    *,
    edge: str = "edge",
) -> Finding:
    """Let a ward take what the journal has of the alert's wearer, and compare what it says.

    It begins with the newest checkpoint from before the alert, or with nothing if the journal is whole. What
    is told of the edge itself, by its name, is told in the time of all wearers, so it takes all there is.
    """
    start = _start(alert, journal, checkpoints)
    if start is None:
        return Finding(Verdict.CANNOT_TELL, (_no_start(alert, journal, topics),))
    if alert.wearer == edge:
        ward, entries = make_ward(start), _after(journal, start.journal_id)
    else:
        own = {key: state for key, state in start.wearers.items() if key[0] == alert.wearer}
        ward = make_ward(start._replace(wearers=own))
        entries = _of_wearer(_after(journal, start.journal_id), alert.wearer, topics)
    told: list[Alert] = []
    for entry in entries:
        try:
            letters = ward.take(entry)
        except VitalwardError:
            # An edge of another version let it in.
            continue
        told += _alerts(letters, alert, topics)
        if any((item.id, item.n) == (alert.id, alert.n) for item in told):
            break
    else:
        told += _alerts(ward.pass_time(alert.at_s), alert, topics)
    if not ward.wearers:
        return Finding(Verdict.CANNOT_TELL, (f"the journal holds nothing of wearer {alert.wearer!r}",))
    return _judge(alert, told)


def differences(told: object, found: object, where: str = "") -> Iterator[Difference]:
    """Where two decoded messages differ, key by key."""
    if isinstance(told, Mapping) and isinstance(found, Mapping):
        for key in dict.fromkeys([*told, *found]):
            yield from differences(told.get(key), found.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        for place, (one, other) in enumerate(zip(told, found, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif told != found:
        yield Difference(where, told, found)


def other_bundle(alert: Alert, here: Mapping[str, str]) -> Finding | None:
    """What to answer where the bundle an alert was decided by is not `here`, names by hash."""
    model = None if alert.why is None else alert.why.model
    if model is None or model.sha256 in here:
        return None
    names = ", ".join(f"{name} sha256 {sha256}" for sha256, name in here.items())
    reason = f"it was decided with {model.bundle} sha256 {model.sha256}; here are {names}"
    return Finding(Verdict.CANNOT_TELL, (reason,))


def _start(alert: Alert, journal: Journal, checkpoints: Checkpoints) -> Checkpoint | None:
    for checkpoint in checkpoints.newest_first():
        states = checkpoint.wearers
        known = states.get((alert.wearer, alert.mode))
        times_s = [state.now_s for state in (states.values() if known is None else (known,))]
        # A device's time may be that much ahead of the gateway's, and so may an alert's.
        if max(times_s, default=0.0) < alert.at_s - FUTURE_TOLERANCE_S:
            return checkpoint
    return Checkpoint(0, {}) if journal.is_whole() else None


def _no_start(alert: Alert, journal: Journal, topics: Topics) -> str:
    """Why there is nothing to begin with, in words."""
    for _, entry in journal.after(0, AT_ONCE):
        try:
            begin_s = _time_of(entry, topics)
        except VitalwardError:
            continue
        if begin_s is not None:
            begins = f"the journal begins at {moment(begin_s)}; journal.keep_hours says how long it is kept"
            is_covered = begin_s < alert.at_s - FUTURE_TOLERANCE_S
            return (
                f"no state of this version is kept from before the alert; {begins}" if is_covered else begins
            )
    return "the journal is empty; journal.keep_hours says how long it is kept"


def _judge(alert: Alert, told: list[Alert]) -> Finding:
    found = next((item for item in told if (item.id, item.n) == (alert.id, alert.n)), None)
    if found is None:
        return Finding(Verdict.DIFFERENT, (_absent(alert, told),))
    ways = [
        f"{item.where}: the alert says {_short(item.told)}, the journal says {_short(item.found)}"
        for item in differences(_plain(alert), _plain(found))
    ]
    if not ways:
        return Finding(Verdict.SAME)
    more = len(ways) - MOST_DIFFERENCES
    shown = ways if more <= 0 else [*ways[:MOST_DIFFERENCES], f"and {more} more"]
    return Finding(Verdict.DIFFERENT, tuple(shown))


def _absent(alert: Alert, told: list[Alert]) -> str:
    said = ", ".join(f"{item.phase} at {moment(item.at_s)} (id {item.id}, n {item.n})" for item in told[-3:])
    return (
        f"the journal gives no alert {alert.id} n {alert.n}; of {alert.condition} it gives {said or 'none'}"
    )


def _after(journal: Journal, journal_id: int) -> Iterator[Entry]:
    while entries := journal.after(journal_id, AT_ONCE):
        journal_id = entries[-1][0]
        for _, entry in entries:
            yield entry


def _of_wearer(entries: Iterable[Entry], wearer: str, topics: Topics) -> Iterator[Entry]:
    """What bears on one wearer: samples, commands, the time, and what the edge itself has noted."""
    for entry in entries:
        try:
            if _is_of_all(entry, topics) or _wearer_of(entry, topics) == wearer:
                yield entry
        except VitalwardError:
            continue


def _is_of_all(entry: Entry, topics: Topics) -> bool:
    # What the edge itself writes to the journal has a topic nobody can publish to.
    return entry.topic == topics.clock or entry.topic.startswith("$")


def _wearer_of(entry: Entry, topics: Topics) -> str:
    if topics.is_command(entry.topic):
        return topics.parse_command(entry.topic).wearer
    return topics.parse_samples(entry.topic).wearer


def _time_of(entry: Entry, topics: Topics) -> float | None:
    """The event time of an entry; None for one without."""
    if entry.topic == topics.clock:
        return decode_clock(entry.payload).now_s
    if entry.topic.startswith("$") or topics.is_command(entry.topic):
        return None
    return decode_batch(entry.payload, entry.encoding).times_s[0]


def _alerts(letters: list[Letter], alert: Alert, topics: Topics) -> list[Alert]:
    place = topics.alerts(alert.wearer, alert.condition, alert.mode)
    return [msgspec.json.decode(letter.payload, type=Alert) for letter in letters if letter.topic == place]


def _plain(alert: Alert) -> object:
    return msgspec.json.decode(msgspec.json.encode(alert))


def _short(value: object) -> str:
    text = "nothing" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."
