"""From the model's answers for a night to its hypnogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.hidden_markov import evidence_from, filtered, smoothed
from edge.signals.windows import sliding

# What the model tells apart, in the order of its logits, and the stage of the report that each belongs to.
FINE_STAGES: Final = ("wake", "n1", "n2", "n3", "rem")
STAGE_OF_FINE: Final = ((0,), (1, 2, 3), (4,))

# Gives the logits of windows: float32 (n, 1, window epochs, channels) -> (n, 1, window epochs, stages).
WindowModel = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Decoder:
    """How a night's probabilities become stages: a hidden Markov model, and how readily each stage is called.

    `transition` (3, 3), `start` and `lift` (3,); `prior` (3,) is what the model's probabilities have
    already counted in, `weight` how much of an epoch's evidence is its own.
    """

    transition: NDArray[np.float64]
    start: NDArray[np.float64]
    prior: NDArray[np.float64]
    weight: float
    lift: NDArray[np.float64]

    def posterior(self, probability: NDArray[np.floating]) -> NDArray[np.float64]:
        """The stages' probabilities given the whole night, (epochs, 3)."""
        return smoothed(self._evidence(probability), self.transition, self.start)

    def stages(self, probability: NDArray[np.floating]) -> NDArray[np.int64]:
        """The hypnogram given the whole night, (epochs,), indices into STAGES."""
        return self._called(self.posterior(probability))

    def live_stages(self, probability: NDArray[np.floating]) -> NDArray[np.int64]:
        """The stage at each epoch given those up to it, (epochs,)."""
        return self._called(self.live_posterior(probability))

    def live_posterior(
        self, probability: NDArray[np.floating], before: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The stages' probabilities at each epoch given those up to it, (epochs, 3).

        `before` (3,) is what this gave for the epoch before the first; None at the beginning of a night.
        """
        expected = self.start if before is None else before @ self.transition
        return filtered(self._evidence(probability), self.transition, expected)

    def called(self, posterior: NDArray[np.floating]) -> int:
        """The stage that these probabilities (3,) are told as, an index into STAGES."""
        return int(self._called(np.asarray(posterior)[np.newaxis])[0])

    def _called(self, posterior: NDArray[np.floating]) -> NDArray[np.int64]:
        stage: NDArray[np.int64] = np.argmax(posterior * self.lift, axis=1)
        return stage

    def _evidence(self, probability: NDArray[np.floating]) -> NDArray[np.float64]:
        return evidence_from(probability, self.prior, self.weight)


def night_logits(
    channels: NDArray[np.float32], model: WindowModel, *, window_epochs: int, margin_epochs: int
) -> NDArray[np.float32]:
    """The model's logits for every epoch of a night, (epochs, stages).

    An epoch is judged in the window where the model sees at least `margin_epochs` on either side of it.
    """
    logits = model(night_windows(channels, window_epochs=window_epochs, margin_epochs=margin_epochs))
    kept = logits[:, 0, margin_epochs : window_epochs - margin_epochs]
    return kept.reshape(-1, kept.shape[-1])[: len(channels)]


def night_windows(
    channels: NDArray[np.float32], *, window_epochs: int, margin_epochs: int
) -> NDArray[np.float32]:
    """A night (epochs, channels) as windows that overlap by twice the margin, with zeros around the night."""
    kept = window_epochs - 2 * margin_epochs
    count = -(-len(channels) // kept)
    padded = np.zeros((count * kept + 2 * margin_epochs, channels.shape[1]), dtype=np.float32)
    padded[margin_epochs : margin_epochs + len(channels)] = channels
    windows = sliding(padded, length=window_epochs, hop=kept)
    return np.ascontiguousarray(windows.transpose(0, 2, 1))[:, np.newaxis]


def stage_probability(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Softmax over the fine stages, summed into wake, NREM and REM: (epochs, 5) -> (epochs, 3)."""
    shifted = np.exp(np.asarray(logits, dtype=np.float64) - np.max(logits, axis=-1, keepdims=True))
    fine = shifted / np.sum(shifted, axis=-1, keepdims=True)
    return np.stack([fine[..., list(places)].sum(axis=-1) for places in STAGE_OF_FINE], axis=-1)
