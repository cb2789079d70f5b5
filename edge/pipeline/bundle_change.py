"""Another bundle was put in force, or one was refused: both come to the corridor as journal entries.

So the same journal has the same windows judged by the same models, whenever it is played.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from edge.conditions.condition import PLAIN, Level
from edge.ends import Said
from edge.pipeline.say import say
from edge.rulebook import Rulebook
from edge.watches import bundle_refused
from edge.wearer.spot import spot_of
from edge.wearer.state import WearerState, Window

# Not a topic anyone can publish to: '$' is the broker's own.
REFUSED_TOPIC: Final = "$bundle-refused"

# A bundle by its task and the SHA-256 of its file; None for the one that the configuration names.
Place = tuple[str, str | None]
# What a bundle changes about the rules.
Fit = Callable[[Rulebook], Rulebook]


class Switched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From here on the bundle `name` decides for `task`, while the configuration names `configured`.

    `takes_back` is the SHA-256 of one that must never be loaded again by a replay: it ended the edge.
    """

    task: str
    name: str
    configured: str
    sha256: str | None = None
    takes_back: str | None = None

    @property
    def place(self) -> Place:
        """Which bundle that is."""
        return self.task, self.sha256


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle could not be installed, or was taken out again; why, in words."""

    name: str
    reason: str


def decode_switched(payload: bytes) -> Switched:
    """Read a switch from the journal, where only the edge itself has written it."""
    return msgspec.json.decode(payload, type=Switched)


def decode_refused(payload: bytes) -> Refused:
    """Read a refusal from the journal, where only the edge itself has written it."""
    return msgspec.json.decode(payload, type=Refused)


def begin_with(state: WearerState, task: str, before: Rulebook, after: Rulebook) -> bool:
    """Have a wearer judged by another model of `task`; whether that changed the state.

    Votes of two models are not counted together, values of another signal are none for the new one, and why
    the old one gave no answer is not held against it.
    """
    window = state.windows.get(task)
    if window is None:
        return False
    if _signals(before, task) == _signals(after, task):
        window.votes, window.reason = {}, None
    else:
        state.windows[task] = Window()
    return True


def tell_refused(state: WearerState, rules: Rulebook, refused: Refused, at_s: float) -> Said:
    """Raise the condition of a bundle that was refused, which clears by itself some time later."""
    row, spot = (
        rules.conditions[bundle_refused.CODE],
        spot_of(state, rules, bundle_refused.SUBJECT),
    )

    def say_level(level: Level) -> Said:
        sight = PLAIN[level]._replace(news=level is Level.PRESENT)
        return say(spot, row, sight, at_s, lambda: bundle_refused.explain(refused.name, refused.reason))

    return say_level(Level.PRESENT) + say_level(Level.ABSENT)


def _signals(rules: Rulebook, task: str) -> tuple[str, ...]:
    return next((model.stream.signals for model in rules.models if model.task == task), ())
