"""The network of the sleep model: several small ones side by side, learned together and joined into one.

A member looks at MARGIN_EPOCHS to each side through convolutions that reach further with every layer; the
mean of members is steadier than any of them. Learning takes the members of all folds at once, as the leading
axis of every array, for a single small network leaves a processor waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.signals.sleep_channels import CHANNELS, standardised
from edge.signals.sleep_stages import FINE_STAGES
from training.stages import COARSE_OF_FINE

if TYPE_CHECKING:
    import keras

DILATIONS: Final = (1, 2, 4, 8, 16)
# The network looks this many epochs to each side, and is asked for the epochs between two such margins.
MARGIN_EPOCHS: Final = sum(DILATIONS)
WINDOW_EPOCHS: Final = 72
WIDTH: Final = 14
BATCH_NIGHTS: Final = 16
BATCH_EPOCHS: Final = 256
WEIGHT_DECAY: Final = 0.03
# How much of the loss asks for the fine stage; the rest asks for the stage of the report.
FINE_SHARE: Final = 0.3
NORM_MOMENTUM: Final = 0.95
NORM_FLOOR: Final = 1e-3

# The channels of a night, float32 (epochs, CHANNELS), and its fine stages, int64 (epochs,), -1 for none.
Night = tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True)
class Lesson:
    """What one network learns from: for each person some versions of the night, and how to scale channels."""

    persons: Sequence[Sequence[Night]]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """How it learns: `steps` batches, falling `learning_rate`; `noise` and `drop` make the task harder.

    `mixup` is the parameter of the beta distribution that two nights are mixed by (Zhang et al., ICLR 2018).
    """

    members: int
    steps: int
    steps_per_epoch: int
    learning_rate: float
    noise: float
    drop: float
    mixup: float


@dataclass(frozen=True)
class Learned:
    """A network for each lesson, and the mean loss of all of them in each epoch of the training."""

    models: list[keras.Model]
    history: list[dict[str, float]]


def learn(lessons: Sequence[Lesson], course: Course, seed: int) -> Learned:
    """Learn all lessons at once; the same lessons, course and seed give the same networks."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng([seed, 2])
    networks = len(lessons) * course.members
    weights = [tf.Variable(values) for values in _initial(networks, rng)]
    zeros = np.zeros((networks, 1, WIDTH), np.float32)
    norms = [(tf.Variable(zeros), tf.Variable(1.0 + zeros)) for _ in range(1 + len(DILATIONS))]
    moments = [(tf.Variable(tf.zeros_like(each)), tf.Variable(tf.zeros_like(each))) for each in weights]
    # Which fine stages belong to the same stage of the report.
    kinship = tf.constant(COARSE_OF_FINE[:, np.newaxis] == COARSE_OF_FINE, tf.float32)

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def step(inputs: Any, stage: Any, mixed: Any, rate: Any, key: Any) -> Any:
        at = tf.cast(key[1] + 1, tf.float32)
        truth = tf.one_hot(stage, len(FINE_STAGES))
        inputs = mixed * inputs + (1.0 - mixed) * tf.reverse(inputs, [1])
        with tf.GradientTape() as tape:
            logits, seen = _forward(weights, inputs, course.drop, key)
            log_fine = tf.nn.log_softmax(logits)

            def surprise(truth: Any) -> Any:
                known = tf.reduce_sum(truth, -1)
                fine = tf.reduce_sum(truth * log_fine, -1)
                # The coarse stage by the logarithm of the sum over its parts.
                kept = tf.reduce_sum(tf.tensordot(truth, kinship, 1) * tf.exp(log_fine), -1)
                return -known * (FINE_SHARE * fine + (1.0 - FINE_SHARE) * tf.math.log(kept + 1e-7))

            each = mixed[..., 0] * surprise(truth)
            each += (1.0 - mixed[..., 0]) * surprise(tf.reverse(truth, [1]))
            # One loss a network, so that they do not learn to lean on each other.
            loss = tf.reduce_sum(each, [1, 2]) / tf.reduce_sum(truth, [1, 2, 3])
            total = tf.reduce_sum(loss)
        for weight, slope, (first, second) in zip(
            weights, tape.gradient(total, weights), moments, strict=True
        ):
            # AdamW, Loshchilov and Hutter, ICLR 2019.
            first.assign(0.9 * first + 0.1 * slope)
            second.assign(0.999 * second + 0.001 * slope**2)
            pace = first / (1.0 - 0.9**at) / (tf.sqrt(second / (1.0 - 0.999**at)) + 1e-7)
            weight.assign_sub(rate * (pace + WEIGHT_DECAY * weight))
        for (mean, variance), (seen_mean, seen_variance) in zip(norms, seen, strict=True):
            mean.assign(NORM_MOMENTUM * mean + (1.0 - NORM_MOMENTUM) * seen_mean)
            variance.assign(NORM_MOMENTUM * variance + (1.0 - NORM_MOMENTUM) * seen_variance)
        return tf.reduce_mean(loss)

    history: list[dict[str, float]] = []
    losses: list[float] = []
    for at in tqdm(range(course.steps), desc="batches", leave=False, disable=None):
        rate = np.float32(0.5 * course.learning_rate * (1.0 + np.cos(np.pi * at / course.steps)))
        inputs, stage = _batch(lessons, course, rng)
        share = rng.beta(course.mixup, course.mixup, (networks, BATCH_NIGHTS, 1, 1))
        mixed = np.maximum(share, 1.0 - share).astype(np.float32)
        losses.append(float(step(inputs, stage, mixed, rate, np.array([seed, at], np.int32))))
        if (at + 1) % course.steps_per_epoch == 0:
            history.append({"loss": round(float(np.mean(losses)), 3)})
            losses.clear()
    arrays = [weight.numpy() for weight in weights]
    scales = [(mean.numpy(), variance.numpy()) for mean, variance in norms]
    models = []
    for first in range(0, networks, course.members):
        own = slice(first, first + course.members)
        models.append(joined([each[own] for each in arrays], [(mean[own], var[own]) for mean, var in scales]))
    return Learned(models, history)


def joined(
    weights: Sequence[NDArray[np.float32]],
    norms: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> keras.Model:
    """One network that answers the mean of the members: (n, 1, WINDOW_EPOCHS, CHANNELS) -> (..., stages).

    Members side by side are one network with grouped convolutions, and a mean of linear layers is linear.
    """
    import keras
    from keras import layers

    members = len(weights[0])

    def norm(name: str) -> keras.Layer:
        return layers.BatchNormalization(epsilon=NORM_FLOOR, name=f"{name}_norm")

    inputs = keras.Input((1, WINDOW_EPOCHS, CHANNELS))
    hidden = layers.Conv2D(members * WIDTH, 1, use_bias=False, name="first")(inputs)
    hidden = layers.ReLU()(norm("first")(hidden))
    for dilation in DILATIONS:
        around = layers.Conv2D(
            members * WIDTH,
            (1, 3),
            dilation_rate=(1, dilation),
            padding="same",
            groups=members,
            use_bias=False,
            name=f"around_{dilation}",
        )(hidden)
        hidden = layers.Add()([hidden, layers.ReLU()(norm(f"around_{dilation}")(around))])
    model = keras.Model(inputs, layers.Conv2D(len(FINE_STAGES), 1, name="answer")(hidden))

    places = iter(weights)
    for name, (mean, variance) in zip(("first", *(f"around_{d}" for d in DILATIONS)), norms, strict=True):
        kernel, scale, shift = next(places), next(places), next(places)
        taps = kernel.reshape(members, -1, kernel.shape[1] // (1 if name == "first" else 3), WIDTH)
        model.get_layer(name).set_weights([np.concatenate(taps, axis=-1)[np.newaxis]])
        model.get_layer(f"{name}_norm").set_weights([each.ravel() for each in (scale, shift, mean, variance)])
    kernel, shift = places
    answer = [np.concatenate(kernel)[np.newaxis, np.newaxis] / members, shift.mean(axis=0).ravel()]
    model.get_layer("answer").set_weights(answer)
    return model


def _initial(networks: int, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Weights to begin with: kernel, scale and shift of each layer, then kernel and shift of the answer."""

    def kernel(inputs: int, outputs: int) -> NDArray[np.float32]:
        return rng.normal(0.0, np.sqrt(1.0 / inputs), (networks, inputs, outputs)).astype(np.float32)

    layers = []
    for inputs in (CHANNELS, *(3 * WIDTH for _ in DILATIONS)):
        ones = np.ones((networks, 1, WIDTH), np.float32)
        layers += [kernel(inputs, WIDTH), ones, np.zeros_like(ones)]
    return [
        *layers,
        kernel(WIDTH, len(FINE_STAGES)),
        np.zeros((networks, 1, len(FINE_STAGES)), np.float32),
    ]


def _forward(weights: Sequence[Any], inputs: Any, drop: float, key: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Logits (networks, nights, epochs, stages) while learning, and each norm's mean and variance."""
    import tensorflow as tf

    networks, nights, epochs, _ = inputs.shape
    places, seen = iter(weights), []

    def linear(values: Any, kernel: Any) -> Any:
        rows = tf.reshape(values, (networks, nights * epochs, kernel.shape[1]))
        return tf.reshape(tf.matmul(rows, kernel), (networks, nights, epochs, kernel.shape[2]))

    def normed(values: Any) -> Any:
        rows = tf.reshape(values, (networks, nights * epochs, WIDTH))
        mean, variance = tf.nn.moments(rows, [1], keepdims=True)
        seen.append((mean, variance))
        rows = (rows - mean) * tf.math.rsqrt(variance + NORM_FLOOR) * next(places) + next(places)
        return tf.nn.relu(tf.reshape(rows, values.shape))

    def dropped(values: Any, layer: int) -> Any:
        """Whole channels of a night fall out."""
        drawn = tf.random.stateless_uniform((networks, nights, 1, WIDTH), key + tf.constant([1 + layer, 0]))
        return values * tf.cast(drawn >= drop, tf.float32) / (1.0 - drop)

    hidden = normed(linear(inputs, next(places)))
    for layer, dilation in enumerate(DILATIONS):
        wide = tf.pad(dropped(hidden, layer), [[0, 0], [0, 0], [dilation, dilation], [0, 0]])
        taps = [wide[:, :, first : first + epochs] for first in (0, dilation, 2 * dilation)]
        hidden += normed(linear(tf.concat(taps, -1), next(places)))
    logits = linear(dropped(hidden, len(DILATIONS)), next(places))
    return logits + next(places)[:, :, tf.newaxis], seen


def _batch(
    lessons: Sequence[Lesson], course: Course, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Stretches of nights for each network: persons drawn by the root of how long they slept."""
    networks = len(lessons) * course.members
    # Drawn here and not by the compiled step, which would draw it many times over.
    inputs = rng.standard_normal((networks, BATCH_NIGHTS, BATCH_EPOCHS, CHANNELS), dtype=np.float32)
    inputs *= course.noise
    stage = np.full((networks, BATCH_NIGHTS, BATCH_EPOCHS), -1)
    for network in range(networks):
        lesson = lessons[network // course.members]
        share = np.sqrt([len(versions[0][1]) for versions in lesson.persons])
        drawn = rng.choice(len(lesson.persons), BATCH_NIGHTS, p=share / share.sum())
        for row, person in enumerate(drawn.tolist()):
            versions = lesson.persons[person]
            values, labels = versions[int(rng.integers(len(versions)))]
            first = int(rng.integers(0, max(1, len(values) - BATCH_EPOCHS + 1)))
            part = slice(first, first + BATCH_EPOCHS)
            scaled = standardised(values[part], lesson.mean, lesson.deviation)
            inputs[network, row, : len(scaled)] += scaled
            stage[network, row, : len(scaled)] = labels[part]
    return inputs, stage
