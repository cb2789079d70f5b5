"""Whether the wearer rests, and whether what a device says is of the wearer."""

from __future__ import annotations

from edge.contract.catalogue import SIGNALS
from edge.wearer.sample import Sample
from edge.wearer.spot import Spot
from edge.wearer.state import WearerState

# Rest: no walking for some minutes (as in Alavi 2022, NightSignal: heart rates count only where the steps
# around them are zero). A few steps on the spot do not end it.
REST_WINDOW_S = 300.0
REST_CADENCE_MAX = 10.0
ACTIVITY_KNOWN_FOR_S = 180.0
# So long as a live heart rate may be late and looks back.
KEPT_S = REST_WINDOW_S + SIGNALS["hr"].late_after_s
# At least moderate walking (Tudor-Locke 2018, Br J Sports Med 52:776: 100 steps/min).
MODERATE_CADENCE = 100.0


def note_cadence(spot: Spot, sample: Sample) -> None:
    """Keep the steps of a minute, as far as rest depends on them."""
    state, at_s, cadence = spot.state, sample.at_s, sample.values[0]
    if cadence is None:
        return
    is_gap = not state.cadences or at_s - state.cadences[-1][0] > ACTIVITY_KNOWN_FOR_S
    if cadence > REST_CADENCE_MAX:
        state.still_s = None
    elif state.still_s is None or is_gap:
        state.still_s = at_s
    if is_gap or cadence >= MODERATE_CADENCE:
        state.effort_s = at_s
    state.cadences = [entry for entry in state.cadences if entry[0] >= at_s - KEPT_S]
    state.cadences.append((at_s, cadence))


def cadences_at(cadences: list[tuple[float, float]], at_s: float) -> list[tuple[float, float]]:
    """Of (time in s, steps/min), oldest first, those that tell whether the wearer rested at `at_s`.

    A heart rate that is handed over late is held against the steps before it, not against those since.
    """
    return [entry for entry in cadences if 0.0 <= at_s - entry[0] <= REST_WINDOW_S]


def is_at_rest(cadences: list[tuple[float, float]], at_s: float) -> bool | None:
    """Whether the wearer rests at `at_s`; None when activity is not known.

    `cadences` are (time in s, steps/min), oldest first.
    """
    known = cadences_at(cadences, at_s)
    if not known or at_s - known[-1][0] > ACTIVITY_KNOWN_FOR_S:
        return None
    return all(steps <= REST_CADENCE_MAX for _, steps in known)


def is_worn(state: WearerState, device: str) -> bool:
    """Whether the device touches the skin, as far as it says."""
    contact = state.streams.get(f"contact@{device}")
    return contact is None or contact.value != 0.0


def is_trusted(spot: Spot) -> bool:
    """Whether values of this stream are of the wearer: worn, and not stuck."""
    return is_worn(spot.state, spot.device) and not spot.state.is_active("sensor_frozen", spot.subject)
