"""What one live sample means: it is noted, held against its conditions, and shown to the models."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from edge.conditions.case import Case
from edge.conditions.condition import Condition, Level
from edge.conditions.watches import WATCHES, Watch
from edge.pipeline.ends import Said
from edge.pipeline.intake import Sample
from edge.pipeline.memory import NOTES
from edge.pipeline.say import say
from edge.pipeline.slide import slide
from edge.pipeline.spot import Spot


def decide(spot: Spot, signal: str, sample: Sample) -> Said:
    """Take one live sample of a stream; changes the wearer's state, returns all that has to be said."""
    said: Said = []
    episodes = spot.state.episodes
    note = NOTES.get(signal)
    if note is not None:
        note(spot, sample)
    for watch in WATCHES.get(signal, ()):
        row = row_of(spot, watch.code)
        sight = watch.look(spot, sample, row)
        if sight is None:
            continue
        # What is absent where nothing else is the case is nearly every look: it need not be said.
        if episodes or sight.level is not Level.ABSENT:
            place = spot if watch.subject is None else spot._replace(subject=watch.subject)
            said += say(
                place,
                row,
                sight,
                sample.at_s,
                partial(watch.explain, spot, sample, row),
                case=partial(_case, watch, spot, sample, row),
                value=watch.follow(spot, sample),
            )
    for model in spot.rules.models:
        if signal in model.stream.signals:
            said += slide(spot, model, sample)
    return said


def _case(watch: Watch, spot: Spot, sample: Sample, row: Condition) -> Case | None:
    return None if watch.case is None else watch.case(spot, sample, row)


def row_of(spot: Spot, code: str) -> Condition:
    """The condition's row, with the limit set for this wearer if there is one, or that of the baseline."""
    row, state = spot.rules.conditions[code], spot.state
    limit = state.limits.get(code)
    if limit is None:
        limit = state.baseline.limits.get(code, row.limit)
    return row if limit == row.limit else replace(row, limit=limit)
