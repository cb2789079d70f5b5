"""How the timeline bears on a device: worn or not, silent, frozen."""

from __future__ import annotations

from device_sim.events import DeviceKind, Event, Frozen, OffBody, Silence, Span


def spans_of(events: tuple[Event, ...], kind: type[Span], device: DeviceKind) -> list[Span]:
    """The events of a kind that concern a device, in order of time."""
    return sorted(
        (
            event
            for event in events
            if isinstance(event, OffBody | Silence | Frozen)
            and isinstance(event, kind)
            and event.device is device
        ),
        key=lambda span: span.at_s,
    )


def within(spans: list[Span], at_s: float) -> bool:
    """Whether one of the spans holds at a time."""
    return any(span.holds_at(at_s) for span in spans)
