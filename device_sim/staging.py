"""A play: steps at their pace, time told; to any broker, or through a corridor that is disturbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from device_sim.corridor import Corridor
from device_sim.disturbances import BrokerRestart, Disturbance
from device_sim.outlet import Outlet
from device_sim.pace import Pace, Throttle
from device_sim.simulate import Step

# Time is told apart from samples only so that silences are noticed; often enough for the shortest of them.
TELL_TIME_EVERY_S = 30.0

Act = tuple[float, Callable[[], None]]


def stage(
    corridor: Corridor,
    steps: Iterator[Step],
    pace: Pace,
    *,
    start_s: float,
    disturbances: Sequence[Disturbance] = (),
    show: Callable[[float], None] | None = None,
) -> None:
    """Play all steps, and wait until the edge has decided on the last; times are Unix seconds."""
    acts = _acts(corridor, disturbances, start_s)
    told_s = now_s = 0.0
    for step in steps:
        now_s = step.now_s
        pace.wait_until(now_s, corridor.check)
        while acts and acts[0][0] <= now_s:
            acts.pop(0)[1]()
        for packet in step.packets:
            corridor.publisher.send(packet)
        if now_s - told_s >= TELL_TIME_EVERY_S:
            corridor.publisher.tell_time(now_s)
            told_s = now_s
        if show is not None:
            show(now_s)
    for _, act in acts:
        act()
    if now_s > told_s:
        corridor.publisher.tell_time(now_s)
    corridor.finish()


def publish(
    outlet: Outlet,
    steps: Iterator[Step],
    pace: Pace,
    check: Callable[[], None],
    *,
    throttle: Throttle | None = None,
) -> None:
    """Send all steps, and wait until the broker has them; `check` may raise to end the wait."""
    told_s = now_s = 0.0
    for step in steps:
        now_s = step.now_s
        pace.wait_until(now_s, check)
        for packet in step.packets:
            if throttle is not None:
                throttle.take()
            outlet.send(packet)
        if now_s - told_s >= TELL_TIME_EVERY_S:
            outlet.tell_time(now_s)
            told_s = now_s
    if now_s > told_s:
        outlet.tell_time(now_s)
    outlet.flush()


def _acts(corridor: Corridor, disturbances: Sequence[Disturbance], start_s: float) -> list[Act]:
    acts: list[Act] = []
    for disturbance in disturbances:
        is_broker = isinstance(disturbance, BrokerRestart)
        acts.append((start_s + disturbance.at_s, corridor.stop_broker if is_broker else corridor.kill_edge))
        acts.append(
            (start_s + disturbance.end_s, corridor.start_broker if is_broker else corridor.start_edge)
        )
    return sorted(acts, key=lambda act: act[0])
