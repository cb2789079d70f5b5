"""Judges nights with a sleep model: the whole of it in the morning, the latest epoch while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.sleep_channels import EpochSeries, sleep_channels, standardised
from edge.signals.sleep_stages import Decoder, WindowModel, night_logits, stage_probability

# What a live epoch is compared with: the last eight and a half hours, as long as the nights learned from.
REFERENCE_EPOCHS: Final = 1020


@dataclass(frozen=True)
class NightReader:
    """All that belongs to a sleep model besides its network; `mean` and `deviation` are (channels,)."""

    window_epochs: int
    margin_epochs: int
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    decoder: Decoder

    @classmethod
    def from_constants(cls, constants: Mapping[str, tuple[float, ...]], window_epochs: int) -> NightReader:
        """Read a bundle's constants; `window_epochs` is the length of its model's input."""
        return cls(
            window_epochs=window_epochs,
            margin_epochs=int(constants["margin_epochs"][0]),
            mean=np.array(constants["channel_mean"]),
            deviation=np.array(constants["channel_deviation"]),
            decoder=Decoder(
                transition=np.array(constants["transition"]).reshape(3, 3),
                start=np.array(constants["start"]),
                prior=np.array(constants["prior"]),
                weight=constants["weight"][0],
                lift=np.array(constants["lift"]),
            ),
        )

    def constants(self) -> dict[str, list[float]]:
        """What `from_constants` reads."""
        return {
            "margin_epochs": [float(self.margin_epochs)],
            "channel_mean": self.mean.tolist(),
            "channel_deviation": self.deviation.tolist(),
            "transition": self.decoder.transition.ravel().tolist(),
            "start": self.decoder.start.tolist(),
            "prior": self.decoder.prior.tolist(),
            "weight": [self.decoder.weight],
            "lift": self.decoder.lift.tolist(),
        }

    def inputs(self, night: EpochSeries) -> NDArray[np.float32]:
        """The night as the network takes it, (epochs, channels)."""
        return standardised(sleep_channels(night), self.mean, self.deviation)

    def probability(self, night: EpochSeries, model: WindowModel) -> NDArray[np.float64]:
        """Wake, NREM and REM for each epoch by the model alone, with the whole night known; (epochs, 3)."""
        return stage_probability(
            night_logits(
                self.inputs(night), model, window_epochs=self.window_epochs, margin_epochs=self.margin_epochs
            )
        )

    def live_probability(self, so_far: EpochSeries, model: WindowModel) -> NDArray[np.float64]:
        """Wake, NREM and REM for the latest epoch of a night that goes on, (3,)."""
        logits = model(self.live_window(so_far)[np.newaxis, np.newaxis])
        return stage_probability(logits[0, 0, self.live_place])

    @property
    def live_place(self) -> int:
        """Where in its window the latest epoch stands."""
        return self.window_epochs - self.margin_epochs - 1

    def live_window(self, so_far: EpochSeries) -> NDArray[np.float32]:
        """The window that judges the latest epoch of a night that goes on, (window epochs, channels).

        Its reference, for what is much movement or an unsteady heart, rolls on with the night.
        """
        latest = slice(-REFERENCE_EPOCHS, None)
        inputs = self.inputs(
            EpochSeries(
                so_far.since_lights_out_h[latest],
                so_far.activity[latest],
                so_far.swing[latest],
                so_far.is_known[latest],
            )
        )
        window = np.zeros((self.window_epochs, inputs.shape[1]), dtype=np.float32)
        # After the latest epoch comes what comes after the end of a night: nothing.
        end = self.live_place + 1
        seen = inputs[-end:]
        window[end - len(seen) : end] = seen
        return window
