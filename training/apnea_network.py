"""The apnea network: small networks side by side, which learn as if alone and answer together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.apnea_night import CHANNELS

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Of the stack of convolutions below: what the minute in the middle can depend on.
CONTEXT_MINUTES: Final = 15
DILATIONS: Final = (1, 2, 4)
WIDTH: Final = 12
# Small networks side by side, whose mean errs less than any of them.
MEMBERS: Final = 6


def night_network() -> keras.Model:
    """MEMBERS small networks side by side on a night of any length: (n, 1, minutes, MEMBERS) logits.

    Of each a layer on every minute alone and three convolutions over ever wider neighbourhoods.
    """
    model = _network(None, is_trained=True)
    for layer in model.layers:
        if getattr(layer, "kernel_constraint", None) is not None:
            layer.kernel.assign(layer.kernel_constraint(layer.kernel))
    return model


def window_network(trained: keras.Model) -> keras.Model:
    """The trained members on a window of CONTEXT_MINUTES: the mean of their logits of its middle, (n, 1).

    The logit is that of the same minute in a night, since nothing beyond the window reaches its middle.
    """
    import keras
    from keras import layers

    merged = _network(CONTEXT_MINUTES, is_trained=False)
    for layer in trained.layers:
        weights = layer.get_weights()
        if layer.name.startswith("around_kernel"):
            # Of the blocks on the diagonal, beside each other.
            weights = [np.concatenate(_blocks(weights[0]), axis=-1)]
        elif layer.name == "logit":
            weights = [np.concatenate(_blocks(weights[0]), axis=-2), weights[1].sum(keepdims=True)]
            weights = [part / MEMBERS for part in weights]
        if weights:
            merged.get_layer(layer.name).set_weights(weights)
    middle = layers.Cropping2D((0, CONTEXT_MINUTES // 2))(merged.output)
    return keras.Model(merged.input, layers.Reshape((1,))(middle))


def _network(minutes: int | None, *, is_trained: bool) -> keras.Model:
    """The network to train, or to ship: there the members' parts are groups and their logits are one.

    TensorFlow trains groups seven times as slowly as whole layers in which all that would join members is 0.
    """
    import keras
    from keras import layers

    def around(dilation: int) -> keras.Layer:
        how: dict[str, Any] = {"groups": MEMBERS}
        if is_trained:
            limit = (6.0 / (2 * 3 * WIDTH)) ** 0.5
            how = {"kernel_initializer": keras.initializers.RandomUniform(-limit, limit)}
            how["kernel_constraint"] = _apart(WIDTH)
        return layers.Conv2D(
            MEMBERS * WIDTH,
            (1, 3),
            padding="same",
            dilation_rate=(1, dilation),
            use_bias=False,
            name=f"around_kernel_{dilation}",
            **how,
        )

    inputs = keras.Input((1, minutes, CHANNELS))
    hidden = layers.SpatialDropout2D(0.1)(inputs)
    hidden = layers.Conv2D(MEMBERS * WIDTH, 1, use_bias=False, name="minute")(hidden)
    hidden = layers.BatchNormalization(momentum=0.95, name="minute_norm")(hidden)
    hidden = layers.ReLU()(hidden)
    hidden = layers.Dropout(0.2)(hidden)
    for dilation in DILATIONS:
        beside = around(dilation)(hidden)
        beside = layers.BatchNormalization(momentum=0.95, name=f"around_norm_{dilation}")(beside)
        hidden = layers.ReLU()(layers.Add()([hidden, beside]))
        hidden = layers.Dropout(0.2)(hidden)
    logit = layers.Conv2D(1, 1, name="logit")
    if is_trained:
        logit = layers.Conv2D(MEMBERS, 1, kernel_constraint=_apart(1), name="logit")
    return keras.Model(inputs, logit(hidden))


def _apart(width: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Holds at 0 what would carry one member's values to another; `width` is what each gives."""
    within = np.kron(np.eye(MEMBERS, dtype=np.float32), np.ones((WIDTH, width), dtype=np.float32))

    def constraint(kernel: tf.Tensor) -> tf.Tensor:
        return kernel * within

    return constraint


def _blocks(kernel: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Each member's own part of a kernel (1, k, MEMBERS x in, MEMBERS x out)."""
    width_in, width_out = kernel.shape[-2] // MEMBERS, kernel.shape[-1] // MEMBERS
    return [
        kernel[..., at * width_in : (at + 1) * width_in, at * width_out : (at + 1) * width_out]
        for at in range(MEMBERS)
    ]


def members_loss(label_smoothing: float) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The sum over members, so that each learns as if it were alone: (n, 1, minutes)."""
    import tensorflow as tf

    def loss(target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        smooth = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
        each = tf.nn.sigmoid_cross_entropy_with_logits(tf.broadcast_to(smooth, tf.shape(logits)), logits)
        return tf.reduce_sum(each, axis=-1)

    return loss
