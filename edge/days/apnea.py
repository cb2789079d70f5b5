"""The apnea of a night: how many of its minutes hold likely pauses of breath, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert import Network, load_network
from edge.contract.bundle import Bundle
from edge.contract.durations import MINUTE_S
from edge.contract.errors import BundleError
from edge.contract.reports import ApneaNight
from edge.signals.apnea_night import CHANNELS, context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated

# A test at home needs as much (AASM 2017, Kapur, J Clin Sleep Med 13:479: four hours of good recording).
LEAST_MINUTES: Final = 240
# From the mean error to the error that four of five do not exceed: 1.61 for normal (1.282 x 1.253) and for
# Laplace distributed errors (ln 5) alike.
ERRORS_OF_MEAN: Final = 1.61


class _Validation(msgspec.Struct):
    index_mae: float


class _Card(msgspec.Struct):
    cross_validation: _Validation


@dataclass(frozen=True)
class ApneaJudge:
    """How an apnea bundle is read; `error_per_hour` is its mean error of nights it had not seen.

    Its network is made ready for a night only.
    """

    name: str
    open_network: Callable[[], Network]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    calibration: tuple[float, float]
    threshold: float
    window_minutes: int
    error_per_hour: float

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> ApneaJudge:
        """BundleError for a bundle of another making than this edge's features."""
        constants, shape = bundle.manifest.constants, bundle.manifest.inputs[0].shape
        if shape[-1] != CHANNELS:
            raise BundleError(
                f"takes {shape[-1]} channels",
                where=bundle.name,
                allowed=f"{CHANNELS}, as this edge makes them",
            )
        try:
            centre, scale = (np.array(constants[name], dtype=np.float32) for name in ("centre", "scale"))
            temperature, bias = constants["calibration"]
            error_per_hour = msgspec.json.decode(bundle.card_data, type=_Card).cross_validation.index_mae
            (threshold,) = constants["threshold"]
        except (KeyError, ValueError, msgspec.DecodeError) as error:
            raise BundleError(
                "does not say how its answers are to be read", where=bundle.name, allowed="a bundle for apnea"
            ) from error
        return cls(
            bundle.name,
            partial(load_network, bundle),
            centre,
            scale,
            (temperature, bias),
            threshold,
            shape[2],
            error_per_hour,
        )

    def judge(self, beat_s: NDArray[np.float64], from_s: float, until_s: float) -> ApneaNight | str:
        """The minutes between two times; where too few of them can be judged, why."""
        minutes = int((until_s - from_s) // MINUTE_S)
        features = night_features(beat_s - from_s, minutes)
        is_known = ~np.isnan(features[:, 0])
        if np.sum(is_known) < LEAST_MINUTES:
            return "too few heartbeats" if len(beat_s) else "no heartbeats (signal rr)"
        inputs = network_inputs(with_usual(features), self.centre, self.scale)
        windows = context_windows(inputs, self.window_minutes)[is_known]
        network = self.open_network()
        logit = np.array([network.run(window).item() for window in windows])
        is_apnea = calibrated(logit, *self.calibration) >= self.threshold
        known, found = len(is_apnea), int(np.sum(is_apnea))
        per_hour = 60.0 * found / known
        reach = ERRORS_OF_MEAN * self.error_per_hour
        return ApneaNight(
            bundle=self.name,
            minutes=known,
            apnea_minutes=found,
            per_hour=round(per_hour, 2),
            low_per_hour=round(max(per_hour - reach, 0.0), 2),
            high_per_hour=round(min(per_hour + reach, 60.0), 2),
        )
