"""An alert decided again from the journal: the same, different, or not to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from edge.contract.codec import decode_batch, decode_clock
from edge.contract.errors import VitalwardError
from edge.contract.explanation import Explanation, LimitSource
from edge.contract.messages import Alert
from edge.contract.topics import Topics
from edge.explanation.words import moment
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC
from edge.pipeline.ends import Entry, Letter
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.ward import Ward
from edge.storage.journal import Journal

AT_ONCE: Final = 512
# How much longer than an alert's own inputs reach back a decision may depend on what came before: delays,
# lapses, and whether a device was worn.
SETTLED_AFTER_S: Final = 3600.0
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
    alert: Alert, journal: Journal, rules: Rulebook, topics: Topics, *, on_stream_time: bool
) -> Finding:
    """Let an empty ward take what the journal has of the alert's wearer, and compare what it says."""
    if (other := _other_bundle(alert.why, rules)) is not None:
        return Finding(Verdict.CANNOT_TELL, (other,))
    begin_s: float | None = None
    ward = Ward(rules, topics, {}, on_stream_time=on_stream_time)
    told: list[Alert] = []
    for entry in _of_wearer(journal, alert.wearer, topics):
        try:
            if begin_s is None:
                begin_s = _time_of(entry, topics) if on_stream_time else entry.received_s
            letters = ward.take(entry)
        except VitalwardError:
            # An edge of another version let it in.
            continue
        told += _alerts(letters, alert, topics)
        if any((item.id, item.n) == (alert.id, alert.n) for item in told):
            break
    else:
        told += _alerts(ward.pass_time(alert.at_s), alert, topics)
    if begin_s is None:
        return Finding(Verdict.CANNOT_TELL, (f"the journal holds nothing of wearer {alert.wearer!r}",))
    return _judge(alert, told, None if journal.is_whole() else begin_s)


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


def _judge(alert: Alert, told: list[Alert], begin_s: float | None) -> Finding:
    """`begin_s` is where a journal begins that has forgotten what was before; None for a whole one."""
    found = next((item for item in told if (item.id, item.n) == (alert.id, alert.n)), None)
    ways: tuple[str, ...]
    if found is None:
        ways = (_absent(alert, told),)
    else:
        ways = tuple(
            f"{item.where}: the alert says {_short(item.told)}, the journal says {_short(item.found)}"
            for item in differences(_plain(alert), _plain(found))
        )
        if not ways:
            return Finding(Verdict.SAME)
    if begin_s is not None and (why := _out_of_reach(alert, found, begin_s)) is not None:
        return Finding(Verdict.CANNOT_TELL, (why,))
    more = len(ways) - MOST_DIFFERENCES
    return Finding(Verdict.DIFFERENT, ways if more <= 0 else (*ways[:MOST_DIFFERENCES], f"and {more} more"))


def _out_of_reach(alert: Alert, found: Alert | None, begin_s: float) -> str | None:
    """Why a journal that begins at `begin_s` cannot tell; None where it reaches back far enough."""
    why = alert.why or Explanation(format=0, inputs=(), thresholds=())
    needed_s = min(alert.onset_s, *(item.first_s for item in why.inputs), *(vote.at_s for vote in why.votes))
    if needed_s - SETTLED_AFTER_S < begin_s:
        return (
            f"the journal begins at {moment(begin_s)}, the alert rests on what was before "
            f"{moment(needed_s)}; journal.keep_hours says how long it is kept"
        )
    set_by_command = any(item.source is LimitSource.WEARER for item in why.thresholds)
    set_here = (
        found is not None
        and found.why is not None
        and any(item.source is LimitSource.WEARER for item in found.why.thresholds)
    )
    if set_by_command and not set_here:
        return f"the limit was set for this wearer before the journal begins, at {moment(begin_s)}"
    return None


def _absent(alert: Alert, told: list[Alert]) -> str:
    said = ", ".join(f"{item.phase} at {moment(item.at_s)} (id {item.id}, n {item.n})" for item in told[-3:])
    return (
        f"the journal gives no alert {alert.id} n {alert.n}; of {alert.condition} it gives {said or 'none'}"
    )


def _other_bundle(why: Explanation | None, rules: Rulebook) -> str | None:
    if why is None or why.model is None:
        return None
    here = {model.sha256: model.name for model in rules.models}
    here[rules.usual_pressure.sha256] = rules.usual_pressure.name
    if why.model.sha256 in here:
        return None
    names = ", ".join(f"{name} sha256 {sha256}" for sha256, name in here.items())
    return f"it was decided with {why.model.bundle} sha256 {why.model.sha256}; here are {names}"


def _of_wearer(journal: Journal, wearer: str, topics: Topics) -> Iterator[Entry]:
    """What bears on one wearer: samples, commands, the time and steps of the clock."""
    journal_id = 0
    while entries := journal.after(journal_id, AT_ONCE):
        journal_id = entries[-1][0]
        for _, entry in entries:
            try:
                if entry.topic in {topics.clock, CLOCK_STEP_TOPIC} or _wearer_of(entry, topics) == wearer:
                    yield entry
            except VitalwardError:
                continue


def _wearer_of(entry: Entry, topics: Topics) -> str:
    if topics.is_command(entry.topic):
        return topics.parse_command(entry.topic).wearer
    return topics.parse_samples(entry.topic).wearer


def _time_of(entry: Entry, topics: Topics) -> float | None:
    """The event time of an entry; None for one without."""
    if entry.topic == topics.clock:
        return decode_clock(entry.payload).now_s
    if entry.topic == CLOCK_STEP_TOPIC or topics.is_command(entry.topic):
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
