"""What a decision rests on, and the same decision asked again with other values.

A case is made only when something has to be told, never for every sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from edge.conditions.condition import Condition, Sight
from edge.contract.explanation import (
    MOST_VALUES,
    Contributions,
    DecidingModel,
    Input,
    LimitSource,
    Needs,
    Probability,
    Relation,
    Threshold,
    WindowVote,
)

Number = int | float


class Lever(NamedTuple):
    """A quantity that the decision hangs on: what it was, and a value with which it would speak against."""

    quantity: str
    value: Number
    calm: float


class Case(NamedTuple):
    """All that an explanation is made of.

    `look` is the decision, asked with the levers at other values, in their order. `contributions` costs as
    much as many calls of a model, and is asked only at the start of an episode. `windows` is how many windows
    would have had to be otherwise. `not_told` gives the reason for what a condition has not.
    """

    inputs: tuple[Input, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    levers: tuple[Lever, ...] = ()
    look: Callable[[Sequence[float]], Sight | None] | None = None
    needs: Needs = Needs.ANY
    model: DecidingModel | None = None
    probability: Probability | None = None
    votes: tuple[WindowVote, ...] = ()
    contributions: Callable[[], Contributions | None] | None = None
    windows: int | None = None
    not_told: dict[str, str] = {}  # noqa: RUF012 - never changed


def values_told(
    quantity: str,
    times_s: Sequence[float],
    values: Sequence[Number],
    *,
    quality: float | None = None,
) -> Input:
    """Values and their times, oldest first, at least one; of more than 64 the last, and the bounds of all."""
    return Input(
        quantity=quantity,
        values=tuple(values[-MOST_VALUES:]),
        count=len(values),
        first_s=times_s[0],
        last_s=times_s[-1],
        times_s=tuple(times_s[-MOST_VALUES:]),
        least=min(values),
        greatest=max(values),
        quality=quality,
    )


def case_of_quantity(
    quantity: str,
    value: Number,
    row: Condition,
    look: Callable[[float], Sight],
    *,
    relation: Relation,
    limit: float,
    source: LimitSource,
    calm: float,
    at_s: float,
) -> Case:
    """The case of a condition that one quantity decides which is in no sample as such."""
    return Case(
        inputs=(values_told(quantity, [at_s], [value]),),
        thresholds=(
            Threshold(
                quantity=quantity,
                value=value,
                relation=relation,
                limit=limit,
                source=source,
                dead_band=row.dead_band or None,
            ),
        ),
        levers=(Lever(quantity, value, calm),),
        look=lambda values: look(values[0]),
    )
