"""What the apnea model sees of a night: a row for each minute, set against the hours around it.

Persons differ more than their minutes do: a swing of the heart rate that is apnea in one is rest in another.
So each row tells, beside what was measured, how far that is from the person's usual, where it stands among
the minutes of the hours around, and how widely those differ.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import MINUTE_S
from edge.signals.apnea import FEATURES, LAYOUT, minute_features
from edge.signals.windows import sliding

# Groups that say how much: a person's own measure for it is the hours around. The others have no unit.
AMOUNTS: Final = (
    *("long_bands", "minute_bands", "width", "minute_width", "speed_width"),
    *("breath_bands", "breath", "level"),
)
IS_AMOUNT: Final = np.repeat([name in AMOUNTS for name in LAYOUT], list(LAYOUT.values()))
# The features, and of the amounts among them the distance from the usual, the rank and the spread around.
CHANNELS: Final = FEATURES + 3 * int(IS_AMOUNT.sum())
# A minute is set against this many before it and after it.
USUAL_MINUTES: Final = 120
# The spread around is that between these quantiles.
SPREAD: Final = (0.1, 0.9)
INPUT_LIMIT: Final = 3.0


def night_features(beat_s: NDArray[np.float64], minutes: int) -> NDArray[np.float32]:
    """The features of the first `minutes` minutes, a row each; NaN where there are too few beats."""
    rows = [minute_features(beat_s, MINUTE_S * minute) for minute in range(minutes)]
    return np.array(rows, dtype=np.float32).reshape(minutes, FEATURES)


def with_usual(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """The features of a night (minutes, FEATURES), and the amounts among them set against 2 h on both sides.

    Told are the distance from the median there, the share of minutes there that have less, and how wide the
    middle four fifths there are. float32 (minutes, CHANNELS), NaN where the features are.
    """
    amount = features[:, IS_AMOUNT]
    against = np.full((len(amount), 3, amount.shape[1]), np.nan, dtype=np.float32)
    is_known = ~np.isnan(features[:, 0])
    for minute in np.flatnonzero(is_known).tolist():
        around = slice(max(0, minute - USUAL_MINUTES), minute + USUAL_MINUTES + 1)
        known = amount[around][is_known[around]]
        low, middle, high = np.quantile(known, (SPREAD[0], 0.5, SPREAD[1]), axis=0)
        against[minute] = amount[minute] - middle, np.mean(known < amount[minute], axis=0), high - low
    return np.concatenate([features, against.reshape(len(features), -1)], axis=1)


def network_inputs(
    values: NDArray[np.float32], centre: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the network takes: what `with_usual` gives, less `centre` and over `scale`, held to -3 to 3.

    Minutes without features are 0 throughout: they tell nothing.
    """
    held: NDArray[np.float32] = np.clip(np.nan_to_num((values - centre) / scale), -INPUT_LIMIT, INPUT_LIMIT)
    return held


def context_windows(inputs: NDArray[np.float32], minutes: int) -> NDArray[np.float32]:
    """Each minute in the middle of `minutes` rows, zeros beyond the night: (n, 1, minutes, channels)."""
    half = minutes // 2
    padded = np.pad(inputs, ((half, half), (0, 0)))
    windows = sliding(padded, length=minutes, hop=1)
    return np.ascontiguousarray(windows.transpose(0, 2, 1))[:, np.newaxis]
