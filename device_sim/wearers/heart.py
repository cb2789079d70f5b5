"""The heart: beats in order, one after the other, up to the time it is told."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.events import Event, Fibrillation, Flutter, Origin
from device_sim.wearers.ectopy import drawn_couplings
from device_sim.wearers.fibrillation import FOLLOWS_EFFORT, Fibrillating, irregular
from device_sim.wearers.profile import Profile, highest_bpm
from device_sim.wearers.randomness import Streams
from device_sim.wearers.rate import aimed_bpm, drawn_depth, followed_bpm
from device_sim.wearers.rhythm import (
    Draws,
    Intervals,
    Segment,
    Shares,
    fastest,
    fibrillation_intervals,
    flutter_bpm,
    flutter_intervals,
    segments,
    sinus_intervals,
)
from device_sim.wearers.stretch import GRID_HZ, Grid, Stretch
from device_sim.wearers.variability import Variability

# Beat times are kept to the microsecond, so that the last bit of a machine's arithmetic does not show.
DECIMALS: Final = 6
# Extra beats come in swarms: log spread of their share from one stretch to the next.
SWARM_LOG_SD: Final = 1.0


# More than the beats expected, since intervals shorter than their mean may come together.
SPARE_DRAWS: Final = 64


class Beat(NamedTuple):
    """A beat, the interval that ends with it, and where it arose if before its time."""

    at_s: float
    rr_ms: float
    origin: Origin | None = None


class _Due(NamedTuple):
    """The beat to come: how many mean intervals are left to it, its origin, the pause it will leave."""

    left: float
    origin: int = 0
    pause: float | None = None


class _Part(NamedTuple):
    """A segment with the mean intervals gone by at each point of the stretch's grid, in its own rhythm.

    `usual` are the draws that suffice where intervals vary about their mean, `draws` those taken.
    """

    segment: Segment
    gone: Grid
    usual: int
    draws: int


class Beats(NamedTuple):
    """The beats of a stretch: times in s (beats,), origins as indices of `ORIGINS` (beats,)."""

    at_s: NDArray[np.float64]
    origin: NDArray[np.int8]


class Heart:
    """Beats of one wearer, generated a stretch at a time."""

    def __init__(self, profile: Profile, events: tuple[Event, ...], streams: Streams, clock_s: float) -> None:
        self._profile = profile
        self._events = events
        self._streams = streams
        self._clock_s = clock_s
        self._variability = Variability(profile, streams)
        self._fibrillating = Fibrillating(streams)
        self._couplings = drawn_couplings(streams.at("extra beats"))
        self._depth = drawn_depth(streams.at("sleeping rate"))
        self._rate_bpm = profile.resting_bpm
        self._due = _Due(1.0)

    def live(self, stretch: Stretch, rr_factor: Grid) -> Beats:
        """The beats of the next stretch; `rr_factor` is what apnea does to sinus intervals."""
        parts = self._parts(stretch, rr_factor)
        # A beat draws the same numbers whatever the rhythm, so that an event changes only its own time.
        rows = sum(part.draws for part in parts) + 1
        normals = self._streams.at("beats", stretch.number).standard_normal((rows, 2))
        uniforms = self._streams.at("chances", stretch.number).random(rows)
        shares = self._shares(stretch)
        times_s, origins, used = [], [], 0
        for part in parts:
            end = used + part.draws + 1
            intervals = self._intervals(part, Draws(normals[used:end], uniforms[used:end]), shares)
            found = self._beats(part, stretch, intervals)
            times_s.append(found.at_s)
            origins.append(found.origin)
            used += len(found.at_s)
        return Beats(np.concatenate(times_s).round(DECIMALS), np.concatenate(origins))

    def _parts(self, stretch: Stretch, rr_factor: Grid) -> list[_Part]:
        aims_bpm = [
            aimed_bpm(self._profile, self._events, piece, self._clock_s, self._depth)
            for piece in stretch.pieces
        ]
        rate_bpm, self._rate_bpm = followed_bpm(self._profile, self._rate_bpm, aims_bpm, stretch)
        sinus_gone = _gone(1000.0 / (self._variability.rr_ms(rate_bpm, stretch) * rr_factor))
        wandering, self._conduction = self._fibrillating.move_on(stretch.number)
        effort = (rate_bpm / self._profile.resting_bpm) ** FOLLOWS_EFFORT
        parts = []
        for segment in segments(self._events, stretch.from_s, stretch.to_s):
            rhythm, gone = segment.rhythm, sinus_gone
            if isinstance(rhythm, Fibrillation):
                at_rest_bpm = rhythm.rate_bpm * wandering
                # Effort drives the ventricles no further than it drives the sinus node.
                most_bpm = np.maximum(at_rest_bpm, highest_bpm(self._profile))
                gone = _gone(np.minimum(at_rest_bpm * effort, most_bpm) / 60.0)
            elif isinstance(rhythm, Flutter):
                gone = (stretch.grid_s - stretch.from_s) * (flutter_bpm(rhythm) / 60.0)
            ends = np.interp([segment.from_s, segment.to_s], stretch.grid_s, gone)
            means = float(ends[1] - ends[0])
            usual, draws = int(1.4 * means) + SPARE_DRAWS, 0
            if isinstance(rhythm, Flutter):
                draws = int(means * fastest(rhythm)) + SPARE_DRAWS
            parts.append(_Part(segment, gone, usual, max(usual, draws)))
        return parts

    def _intervals(self, part: _Part, draws: Draws, shares: Shares) -> Intervals:
        rhythm = part.segment.rhythm
        if isinstance(rhythm, Fibrillation):
            lengths = irregular(self._fibrillating.irregularity, self._conduction, draws.normals[:, 0])
            return fibrillation_intervals(lengths, shares.ventricular, self._couplings, draws)
        if isinstance(rhythm, Flutter):
            # The draw that decides how flutter begins stays where it is, however many come after it.
            return flutter_intervals(rhythm, draws, float(draws.uniforms[part.usual]))
        return sinus_intervals(rhythm, shares, self._couplings, draws, self._due.pause)

    def _beats(self, part: _Part, stretch: Stretch, intervals: Intervals) -> Beats:
        """The beats of a part, and the one after it as due."""
        from_gone, to_gone = np.interp([part.segment.from_s, part.segment.to_s], stretch.grid_s, part.gone)
        at = from_gone + self._due.left + np.concatenate([[0.0], np.cumsum(intervals.lengths)])
        count = int(np.searchsorted(at, to_gone))
        origin = np.concatenate([[self._due.origin], intervals.origin])[: count + 1].astype(np.int8)
        left = float(at[count] - to_gone)
        if count:
            self._due = _Due(left, int(origin[count]), intervals.pause_after(count - 1))
        else:
            self._due = self._due._replace(left=left)
        return Beats(np.interp(at[:count], part.gone, stretch.grid_s), origin[:count])

    def _shares(self, stretch: Stretch) -> Shares:
        """The present shares of the extra beats that this wearer always has: they come in swarms."""
        per_h = self._profile.atrial_extra_per_h, self._profile.ventricular_extra_per_h
        if not any(per_h):
            return Shares(0.0, 0.0)
        normals = self._streams.at("swarms", stretch.number).standard_normal(2)
        beats_per_h = 60.0 * self._rate_bpm
        swarming = np.exp(SWARM_LOG_SD * normals - SWARM_LOG_SD**2 / 2.0).tolist()
        shares = [min(rate / beats_per_h * swarm, 0.45) for rate, swarm in zip(per_h, swarming, strict=True)]
        return Shares(*shares)


def _gone(per_s: Grid) -> Grid:
    """The integral over a stretch's grid, from 0."""
    gone = np.empty_like(per_s)
    gone[0] = 0.0
    gone[1:] = np.cumsum(per_s[1:] + per_s[:-1]) / (2.0 * GRID_HZ)
    return gone
