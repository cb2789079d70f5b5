"""Which rhythm beats when, and the intervals of each in units of its mean."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.events import Bigeminy, Ectopy, Event, Fibrillation, Flutter, Origin, going_on
from device_sim.wearers.ectopy import Couplings, alternating, atrial_pauses, early
from device_sim.wearers.life import overlaps

Rhythm = Fibrillation | Flutter | Bigeminy | Ectopy
# The pacemaker's own jitter, beat by beat, as a part of its interval.
JITTER: Final = 0.007
# A conducted flutter wave comes a little early or late: part of a wave's period.
CONDUCTION_JITTER: Final = 0.04
# Ventricular extra beats in AF: the coupling is steadier than what it falls into, and a longer wait follows.
FIXED_COUPLING: Final = 0.4
PAUSE_IN_AF: Final = 1.2
# Bigeminy skips a beat now and then.
SKIPPED: Final = 0.03


class Segment(NamedTuple):
    """A part of a stretch in which one rhythm is the case; None is plain sinus rhythm."""

    from_s: float
    to_s: float
    rhythm: Rhythm | None


class Draws(NamedTuple):
    """Random numbers of beats in order, one row a beat: normal (beats, 2), uniform (beats,)."""

    normals: NDArray[np.float64]
    uniforms: NDArray[np.float64]


class Shares(NamedTuple):
    """How likely a sinus beat is followed by an atrial or a ventricular extra beat."""

    atrial: float
    ventricular: float


# Where a beat arose, by index: where it should (in AF and flutter the AV node), or too early.
ORIGINS: Final = (None, Origin.ATRIAL, Origin.VENTRICULAR)


class Intervals(NamedTuple):
    """Intervals to come, in mean intervals of the rhythm, and the origin of the beat that ends each."""

    lengths: NDArray[np.float64]
    origin: NDArray[np.int8]

    def pause_after(self, place: int) -> float | None:
        """The pause that must follow the beat at this place, if it is an extra one."""
        return float(self.lengths[place + 1]) if self.origin[place] else None


def without_extra(lengths: NDArray[np.float64]) -> Intervals:
    """Intervals of a rhythm that knows no extra beats."""
    return Intervals(lengths, np.zeros(len(lengths), dtype=np.int8))


def segments(events: tuple[Event, ...], from_s: float, to_s: float) -> list[Segment]:
    """A stretch cut where a rhythm begins or ends; fibrillation before flutter before extra beats."""
    spans = [event for event in events if isinstance(event, Rhythm) and overlaps(event, from_s, to_s)]
    if not spans:
        return [Segment(from_s, to_s, None)]
    edges = {edge_s for span in spans for edge_s in (span.at_s, span.end_s) if from_s < edge_s < to_s}
    times_s = [from_s, *sorted(edges), to_s]
    return [
        Segment(start_s, end_s, _rhythm_at(events, (start_s + end_s) / 2.0))
        for start_s, end_s in pairwise(times_s)
    ]


def sinus_intervals(
    rhythm: Rhythm | None, shares: Shares, person: Couplings, draws: Draws, owed: float | None
) -> Intervals:
    """Sinus rhythm with its extra beats, on draws of which the last is not used up; (draws - 1,).

    `owed` is the pause that the beat before, an extra one, left behind.
    """
    lengths = 1.0 + JITTER * draws.normals[:-1, 0]
    wanted, atrial_until = _wanted(rhythm, shares, draws.uniforms[:-1], is_after_extra=owed is not None)
    if owed is not None:
        lengths[0] = owed
        wanted[0] = False
    wanted[-1] = False
    extra = alternating(wanted)
    at = np.flatnonzero(extra)
    is_atrial = draws.uniforms[at] < atrial_until
    coupling = early(np.where(is_atrial, person.atrial, person.ventricular), draws.normals[at, 1])
    lengths[at] = coupling
    pauses = atrial_pauses(person.atrial_pause, draws.normals[at + 1, 1])
    lengths[at + 1] = np.where(is_atrial, pauses, 2.0 - coupling)
    origin = np.zeros(len(lengths), dtype=np.int8)
    origin[at] = np.where(is_atrial, ORIGINS.index(Origin.ATRIAL), ORIGINS.index(Origin.VENTRICULAR))
    return Intervals(lengths, origin)


def _wanted(
    rhythm: Rhythm | None, shares: Shares, uniforms: NDArray[np.float64], *, is_after_extra: bool
) -> tuple[NDArray[np.bool_], float]:
    """After which beats an extra one is wanted, and below which draw it is atrial."""
    if isinstance(rhythm, Bigeminy):
        # The beat after an extra one is the first of the sinus beats.
        place = np.arange(len(uniforms)) + (0 if is_after_extra else 1)
        wanted = (place % (rhythm.sinus_beats + 1) == rhythm.sinus_beats) & (uniforms >= SKIPPED)
        return wanted, 1.0 if rhythm.origin is Origin.ATRIAL else 0.0
    if isinstance(rhythm, Ectopy):
        is_of_atria = rhythm.origin is Origin.ATRIAL
        shares = Shares(rhythm.share, 0.0) if is_of_atria else Shares(0.0, rhythm.share)
    return uniforms < sum(shares), shares.atrial


def fibrillation_intervals(
    lengths: NDArray[np.float64], share: float, person: Couplings, draws: Draws
) -> Intervals:
    """Fibrillation with its ventricular extra beats: each comes early and is waited for; (draws - 1,)."""
    wanted = draws.uniforms[:-1] < share
    wanted[-1] = False
    at = np.flatnonzero(alternating(wanted))
    lengths[at] = early(np.full(len(at), person.ventricular), FIXED_COUPLING * draws.normals[at, 1])
    lengths[at + 1] *= PAUSE_IN_AF
    origin = np.zeros(len(lengths), dtype=np.int8)
    origin[at] = ORIGINS.index(Origin.VENTRICULAR)
    return Intervals(lengths, origin)


def flutter_intervals(rhythm: Flutter, draws: Draws, first: float) -> Intervals:
    """Whole numbers of flutter waves, nearly; in mean intervals; (draws - 1,).

    `first`, 0 to 1, says which ratio it begins with.
    """
    count = len(draws.uniforms) - 1
    ratios = np.array(rhythm.conducted, dtype=np.float64)
    changes = draws.uniforms[:count] < rhythm.change
    changes[0] = True
    # Where the ratio changes, the same draw says to which; in between it stays.
    chosen = np.floor(draws.uniforms[:count] / max(rhythm.change, 1e-9) * len(ratios)).astype(np.int64)
    chosen[0] = int(first * len(ratios))
    since = np.maximum.accumulate(np.where(changes, np.arange(count), 0))
    waves = ratios[chosen[since].clip(0, len(ratios) - 1)]
    lengths = (waves + CONDUCTION_JITTER * draws.normals[:count, 0]) / ratios.mean()
    return without_extra(lengths)


def flutter_bpm(rhythm: Flutter) -> float:
    """The mean rate of the ventricles."""
    return rhythm.waves_per_min * len(rhythm.conducted) / sum(rhythm.conducted)


def fastest(rhythm: Flutter) -> float:
    """The highest rate of the ventricles, against their mean: that of the least ratio."""
    return sum(rhythm.conducted) / len(rhythm.conducted) / min(rhythm.conducted)


def _rhythm_at(events: tuple[Event, ...], at_s: float) -> Rhythm | None:
    return (
        going_on(events, Fibrillation, at_s)
        or going_on(events, Flutter, at_s)
        or going_on(events, Bigeminy, at_s)
        or going_on(events, Ectopy, at_s)
    )
