"""The windows of models: each moves on with its signal, is judged when due, and votes on its conditions."""

from __future__ import annotations

from functools import partial

from edge.conditions.condition import ABSENT, PLAIN, Level
from edge.conditions.votes import Vote, cast_vote
from edge.ends import Said
from edge.pipeline.say import say
from edge.rulebook import Scorer
from edge.watches import model_abstaining
from edge.watches.table import FED
from edge.wearer.rest import is_trusted
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import Window
from edge.wearer.windows import push, take


def slide(spot: Spot, model: Scorer, sample: Sample) -> Said:
    """Move a model's window on by one sample, and have it judged when that is due."""
    stream, episodes = model.stream, spot.state.episodes
    window = spot.state.windows.get(model.task)
    if window is None:
        window = spot.state.windows[model.task] = Window()
    is_of_wearer = is_trusted(spot)
    if not push(window, sample, stream, is_of_wearer=is_of_wearer):
        return []
    judgement = model.score(take(window))
    window.judged += 1
    window.probability, window.reason, window.at_s = judgement.probability, judgement.reason, window.last_s
    probability = judgement.probability if is_of_wearer else None
    window.abstained += probability is None
    row = spot.rules.conditions["model_abstaining"]
    sight = model_abstaining.look(judgement, is_trusted=is_of_wearer)
    said: Said = []
    # As in `decide`, what is absent where nothing is the case need not be said.
    if episodes or sight is not ABSENT:
        said += say(
            spot,
            row,
            sight,
            window.last_s,
            partial(model_abstaining.explain, judgement, model.name, row),
            case=partial(model_abstaining.case, judgement, model, window),
        )
    for code in stream.conditions:
        fed, row = FED[code], spot.rules.conditions[code]
        sight, votes, rule = PLAIN[Level.UNKNOWN], None, spot.rules.votes[code]
        if probability is not None:
            vote = Vote(window.last_s, probability >= stream.threshold, probability)
            votes = window.votes[code] = cast_vote(window.votes.get(code, []), vote, rule)
            sight = fed.look(votes, rule)
        if episodes or sight is not ABSENT:
            said += say(
                spot,
                row,
                sight,
                window.last_s,
                partial(fed.explain, votes, judgement, model, row),
                case=partial(fed.case, votes, judgement, model, rule, window),
            )
    return said
