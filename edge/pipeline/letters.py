"""What the corridor says, as letters to the broker: topic, payload, and whether it is retained."""

from __future__ import annotations

from typing import Final

from edge.contract.catalogue import Signal
from edge.contract.codec import encode
from edge.contract.messages import (
    Advice,
    Alert,
    ModelStatus,
    Quarantine,
    Reason,
    ShelfStatus,
    SignalStatus,
    WearerStatus,
)
from edge.contract.reports import NightReport, Span, WeekReport
from edge.contract.topics import Topics
from edge.ends import AlarmNow, AlarmOver, Entry, Lane, Letter
from edge.pipeline.corridor import SetAside
from edge.wearer.state import WearerState

Message = Alert | Advice | AlarmNow | AlarmOver | NightReport | WeekReport

_WHY: Final = {
    Reason.OUT_OF_RANGE: ("values outside the plausible range", "values"),
    Reason.DUPLICATE: ("this batch came before", "seq"),
    Reason.LATE: ("samples older than those already taken, or that came too late", "times_s"),
}


def letter_of(topics: Topics, state: WearerState, message: Message) -> Letter:
    """A message about a wearer on its way to the broker."""
    wearer, mode = state.wearer, state.mode
    match message:
        case Alert():
            return Letter(Lane.ALERT, topics.alerts(wearer, message.condition, mode), encode(message))
        case AlarmNow(subject, status):
            topic = topics.alarms(wearer, status.condition, subject, mode)
            return Letter(Lane.ALERT, topic, encode(status), is_retained=True)
        case AlarmOver(condition, subject):
            # An empty retained message removes what the broker keeps of the topic.
            topic = topics.alarms(wearer, condition, subject, mode)
            return Letter(Lane.ALERT, topic, b"", is_retained=True)
        case Advice():
            return Letter(Lane.ADVICE, topics.advice(wearer, message.rule, mode), encode(message))
        case NightReport() | WeekReport():
            return Letter(Lane.ADVICE, topics.reports(wearer, _span(message), mode), encode(message))


def counter_of(message: Message) -> str | None:
    """What a message counts as in the status of the edge; None for what is not counted."""
    match message:
        case Alert():
            return f"alerts_{message.phase}"
        case Advice():
            return "advice"
        case NightReport() | WeekReport():
            return f"reports_{_span(message)}"
        case _:
            return None


def notice_of_samples(entry: Entry, aside: SetAside, signal: Signal) -> Quarantine:
    """Why samples of a batch were set aside, and what is allowed."""
    what, where = _WHY[aside.reason]
    ranges = ", ".join(f"{c.code} {c.low:g} to {c.high:g} {c.unit}" for c in signal.components)
    allowed = {
        Reason.OUT_OF_RANGE: ranges,
        Reason.DUPLICATE: "each seq once for a device and signal",
        Reason.LATE: f"samples at most {signal.late_after_s:.0f} s old, in order",
    }[aside.reason]
    return Quarantine(
        reason=aside.reason,
        what=what,
        where=where,
        allowed=allowed,
        topic=entry.topic,
        received_s=entry.received_s,
        size_bytes=len(entry.payload),
        samples=aside.samples,
    )


def status_of(state: WearerState) -> WearerStatus:
    """What is known of a wearer."""
    return WearerStatus(
        wearer=state.wearer,
        mode=state.mode,
        active=tuple(sorted(key for key, episode in state.episodes.items() if episode.is_active)),
        models={
            task: ModelStatus(
                windows=window.judged,
                abstained=window.abstained,
                last_probability=window.probability,
                last_reason=window.reason,
                last_at_s=window.at_s,
            )
            for task, window in state.windows.items()
        },
        signals={
            name: SignalStatus(device=stream.device, last_s=stream.last_s)
            for name, stream in state.streams.items()
        },
        shelved={
            condition: ShelfStatus(until_s=shelf.until_s, who=shelf.who, reason=shelf.reason)
            for condition, shelf in state.board.shelves.items()
        },
        limits=state.limits,
        advice=state.advice.choices,
        audio_paused_until_s=state.board.audio_paused_until_s,
    )


def _span(report: NightReport | WeekReport) -> Span:
    return Span.NIGHT if isinstance(report, NightReport) else Span.WEEK
