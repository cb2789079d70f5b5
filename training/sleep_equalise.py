"""Evens out how large the channels of the sleep network run, so that int8 has steps to spare for each.

All channels of a layer share one int8 step, which the largest of them sets. Scaling a channel where it is
made and taking that back where it is read changes nothing in float, for ReLU goes along with any positive
scale (Nagel et al., ICCV 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from training.sleep_network import DILATIONS, WIDTH

if TYPE_CHECKING:
    import keras

# The root leaves some of the unevenness to the weights, whose steps it would cost otherwise.
EVENNESS: Final = 0.5
LARGEST_SCALE: Final = 5.0


def even_out(model: keras.Model, windows: NDArray[np.float32]) -> None:
    """Rescale the channels of a network by `joined`, in place, by how large they run on `windows`."""
    import keras

    carried = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Add)][-1]
    largest = keras.Model(model.inputs, carried).predict(windows, verbose=0).max(axis=(0, 1, 2)) + 1e-6
    scale = (largest / np.exp(np.mean(np.log(largest)))) ** EVENNESS
    scale = np.clip(scale, 1.0 / LARGEST_SCALE, LARGEST_SCALE).astype(np.float32)
    # A grouped convolution reads for each output channel those of its own member.
    by_member = scale.reshape(-1, WIDTH).T.repeat(WIDTH, axis=1)
    for dilation in DILATIONS:
        layer = model.get_layer(f"around_{dilation}")
        layer.set_weights([kernel * by_member for kernel in layer.get_weights()])
    for name in ("first", *(f"around_{dilation}" for dilation in DILATIONS)):
        norm = model.get_layer(f"{name}_norm")
        size, shift, mean, variance = norm.get_weights()
        norm.set_weights([size / scale, shift / scale, mean, variance])
    answer = model.get_layer("answer")
    kernel, shift = answer.get_weights()
    answer.set_weights([kernel * scale[:, np.newaxis], shift])
