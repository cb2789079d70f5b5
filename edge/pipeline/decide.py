"""What live samples mean: each is noted, held against its conditions, and shown to the models."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from edge.conditions.case import Case
from edge.conditions.condition import ABSENT, Condition, Sight
from edge.ends import Said
from edge.pipeline.memory import NOTES
from edge.pipeline.say import say
from edge.pipeline.slide import slide
from edge.watches.table import WATCHES, Watch
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot


def decide(spot: Spot, signal: str, samples: list[Sample]) -> Said:
    """Take live samples of a stream; changes the wearer's state, returns all that has to be said."""
    said: Said = []
    episodes = spot.state.episodes
    note, watches = NOTES.get(signal), WATCHES.get(signal, ())
    models = spot.rules.models_by_signal.get(signal, ())
    for sample in samples:
        if note is not None:
            note(spot, sample)
        for watch in watches:
            row = row_of(spot, watch.code)
            seen = sample if watch.subject is None else Sample(watch.time_s(spot, sample), sample.values)
            sight = watch.look(spot, seen, row)
            # What is absent where nothing is the case need not be said; that is nearly every look.
            if sight is not None and (episodes or sight is not ABSENT):
                said += _say(spot, watch, seen, row, sight)
        for model in models:
            said += slide(spot, model, sample)
    return said


def _say(spot: Spot, watch: Watch, sample: Sample, row: Condition, sight: Sight) -> Said:
    return say(
        spot if watch.subject is None else replace(spot, subject=watch.subject),
        row,
        sight,
        sample.at_s,
        partial(watch.explain, spot, sample, row),
        case=partial(_case, watch, spot, sample, row),
        value=watch.follow(spot, sample),
    )


def _case(watch: Watch, spot: Spot, sample: Sample, row: Condition) -> Case | None:
    return None if watch.case is None else watch.case(spot, sample, row)


def row_of(spot: Spot, code: str) -> Condition:
    """The condition's row, with the limit set for this wearer if there is one, or that of the baseline."""
    row, state = spot.rules.conditions[code], spot.state
    limit = state.limits.get(code)
    if limit is None:
        limit = state.baseline.limits.get(code, row.limit)
    return row if limit == row.limit else replace(row, limit=limit)
