"""What would have had to be otherwise: found by asking the decision itself again, with other values.

A bound is searched by bisection between the value that was and one that speaks against. So it holds for any
decision that changes once on the way, whatever it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from edge.conditions.case import Lever
from edge.contract.explanation import Relation, ValueChange

DECIMALS: Final = 6
PRECISION: Final = 10.0**-DECIMALS
STEPS: Final = 200

Fires = Callable[[Sequence[float]], bool]


def find_changes(levers: Sequence[Lever], fires: Fires) -> tuple[ValueChange, ...]:
    """The changes that together keep the condition from being present; () if the levers cannot.

    One change alone where one is enough, that of least size for its range; else as few of the levers, in
    their order, as are needed, each no farther than it must be with those before it.
    """
    actual = [float(lever.value) for lever in levers]
    if not levers or not fires(actual):
        return ()
    alone = [
        _bound(lever, place, actual, fires)
        for place, lever in enumerate(levers)
        if not fires(_with(actual, place, lever.calm))
    ]
    if alone:
        return (min(alone, key=lambda found: _size(*found))[0],)
    held = list(actual)
    for place, lever in enumerate(levers):
        held[place] = lever.calm
        if not fires(held):
            break
    else:
        return ()
    changes: list[ValueChange] = []
    for place, lever in enumerate(levers):
        if held[place] == actual[place]:
            continue
        start = _with(held, place, actual[place])
        if fires(start):
            change, _ = _bound(lever, place, start, fires)
            changes.append(change)
            held[place] = _just_within(change)
        else:
            held = start
    return tuple(changes)


def _bound(lever: Lever, place: int, start: list[float], fires: Fires) -> tuple[ValueChange, Lever]:
    """How far one lever has to go until the decision changes; the others stay as in `start`."""
    firing, calm = start[place], lever.calm
    for _ in range(STEPS):
        middle = (firing + calm) / 2
        if abs(firing - calm) < PRECISION / 1000 or middle in {firing, calm}:
            break
        if fires(_with(start, place, middle)):
            firing = middle
        else:
            calm = middle
    bound = round(calm, DECIMALS)
    is_beyond = fires(_with(start, place, bound))
    if lever.calm < lever.value:
        relation = Relation.BELOW if is_beyond else Relation.UP_TO
    else:
        relation = Relation.ABOVE if is_beyond else Relation.FROM
    return ValueChange(quantity=lever.quantity, value=lever.value, relation=relation, bound=bound), lever


def _just_within(change: ValueChange) -> float:
    """A value that keeps to a change, as near to its bound as is told."""
    step = {Relation.BELOW: -PRECISION, Relation.ABOVE: PRECISION}.get(change.relation, 0.0)
    return change.bound + step


def _with(values: Sequence[float], place: int, value: float) -> list[float]:
    changed = list(values)
    changed[place] = value
    return changed


def _size(change: ValueChange, lever: Lever) -> float:
    """How far a change goes, as a share of the way to the calm value."""
    return abs(change.bound - change.value) / abs(lever.calm - lever.value)
