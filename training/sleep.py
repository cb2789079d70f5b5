"""Trains the sleep model: which epochs of a night are wake, NREM and REM?

Nights -> channels -> network -> folds over persons -> decoder -> the network of all persons -> run folder,
in that order, on this page. Every choice is made on nights that the network judging them has not seen.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError
from edge.signals.sleep_channels import (
    CHANNELS,
    EpochSeries,
    sleep_channels,
    standardised,
)
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_stages import (
    FINE_STAGES,
    Decoder,
    WindowModel,
    night_logits,
    night_windows,
    stage_probability,
)
from edge.signals.windows import sliding
from training.augment_nights import LabelledNight, altered
from training.datasets import sleep_accel
from training.datasets.sleep_accel import Night, read_nights
from training.golden import liveliest
from training.run_folder import write_run
from training.sleep_evaluation import (
    Hypnogram,
    Judged,
    agreement,
    compare,
    confusion,
    in_batches,
    kappa,
    metrics,
)

if TYPE_CHECKING:
    import keras

WINDOW_EPOCHS: Final = 72
# The network looks this many epochs to each side.
MARGIN_EPOCHS: Final = 31
DILATIONS: Final = (1, 2, 4, 8, 16)
# Wake, N1, N2, N3, N4 and REM as published -> FINE_STAGES; N4 is N3 since 2007.
FINE_OF: Final = np.array([0, 1, 2, 3, 3, 4])
BATCH_NIGHTS: Final = 16
BATCH_EPOCHS: Final = 256
_COARSE: Final = np.array([0, 1, 1, 1, 2])
# Small networks side by side, each with weights of its own; their mean is steadier than any of them.
MEMBERS: Final = 3
WIDTH: Final = 14


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    epochs: int = 25
    folds: int = 5
    seeds: int = 3
    batches_per_epoch: int = 14
    learning_rate: float = 1e-2
    variants: int = 16
    drop: float = 0.1
    noise: float = 0.2


@dataclass(frozen=True)
class Scale:
    """The mean and standard deviation of each channel over the nights learned from, (channels,)."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the nights under `data` and write the run folder `out`."""
    nights = read_nights(data, recipe.records)
    if len(nights.used) < 2:
        raise DataError(
            f"{len(nights.used)} persons", where=str(data / sleep_accel.FOLDER), allowed="2 or more"
        )
    labelled = [label(night) for night in nights.used]
    probabilities = [
        out_of_fold(labelled, recipe, seed) for seed in range(recipe.seed, recipe.seed + recipe.seeds)
    ]
    by_seed = [cross_fitted(nights.used, labelled, found, recipe) for found in probabilities]
    decoder = fit_decoder(labelled, probabilities[0])

    pool = variants_of(labelled, recipe)
    scale = scale_of(labelled)
    model = fit(pool, scale, recipe, recipe.seed)
    windows = _windows(labelled, scale)
    rng = np.random.default_rng([recipe.seed, 4])
    write_run(
        out,
        model=model,
        representative=windows[rng.permutation(len(windows))[:512]],
        golden=_golden(labelled[0], scale, in_batches(model)),
        held_out={"input": windows, "output": in_batches(model)(windows)},
        manifest={
            "task": "sleep",
            "version": "1.0.0",
            "stream": None,
            "labels": list(FINE_STAGES),
            "constants": NightReader(
                WINDOW_EPOCHS, MARGIN_EPOCHS, scale.mean, scale.deviation, decoder
            ).constants(),
            "parameters": int(model.count_params()),
            # The epochs that are judged in a window; those nearer to its ends are answered too, but not used.
            "golden_outputs": [
                len(FINE_STAGES) * MARGIN_EPOCHS,
                len(FINE_STAGES) * (WINDOW_EPOCHS - MARGIN_EPOCHS),
            ],
            "made_with": {"python": platform.python_version(), "tensorflow": _tensorflow_version()}
            | {name: version(name) for name in ("keras", "numpy")},
            "trained_on": [
                {
                    "dataset": sleep_accel.NAME,
                    "title": sleep_accel.TITLE,
                    "records": len(nights.used),
                    "licence": sleep_accel.LICENCE,
                    "citation": sleep_accel.CITATION,
                    "url": sleep_accel.URL,
                }
            ],
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": [night.name for night in nights.used],
            "skipped": nights.skipped,
            "unscored_epochs": nights.unscored_epochs,
            "cross_validation": {
                "protocol": f"{recipe.folds} folds over persons; decoder fitted on the other folds",
                "by_seed": [metrics(judged) for judged in by_seed],
                "agreement": agreement(by_seed[0]),
                "per_record": {part.name: metrics([part]) for part in by_seed[0]},
            },
        },
        card=(Path(__file__).parent / "cards" / "sleep.md").read_text(),
    )


def label(night: Night) -> LabelledNight:
    """A night without holes and the fine stage of each of its epochs, -1 where there is none."""
    series = night.series
    stage = np.full(len(series.activity), -1)
    is_scored = night.stage >= 0
    stage[night.places[is_scored]] = FINE_OF[night.stage[is_scored]]
    return LabelledNight(series, stage)


def out_of_fold(nights: Sequence[LabelledNight], recipe: Recipe, seed: int) -> list[NDArray[np.float64]]:
    """For each night the probabilities (epochs, 3) by a network that has learned from other persons only."""
    pool = variants_of(nights, recipe)
    found: dict[int, NDArray[np.float64]] = {}
    for fold in tqdm(folds(len(nights), recipe), desc=f"folds, seed {seed}", disable=None):
        learn = [at for at in range(len(nights)) if at not in fold]
        scale = scale_of([nights[at] for at in learn])
        model = fit([pool[at] for at in learn], scale, recipe, seed)
        for at in fold:
            found[at] = _probability(model, nights[at].series, scale)
    return [found[at] for at in range(len(nights))]


def folds(count: int, recipe: Recipe) -> list[list[int]]:
    """The persons, shuffled by the recipe's seed, in as many groups as there are folds."""
    order = np.random.default_rng([recipe.seed, 1]).permutation(count)
    return [order[first :: recipe.folds].tolist() for first in range(min(recipe.folds, count))]


def cross_fitted(
    nights: Sequence[Night],
    labelled: Sequence[LabelledNight],
    probability: Sequence[NDArray[np.float64]],
    recipe: Recipe,
) -> list[Judged]:
    """Every night judged by a network and a decoder that have learned from other persons only."""
    judged: dict[int, Judged] = {}
    for fold in folds(len(nights), recipe):
        others = [at for at in range(len(nights)) if at not in fold]
        decoder = fit_decoder([labelled[at] for at in others], [probability[at] for at in others])
        for at in fold:
            epochs = nights[at].places
            said = Hypnogram(decoder.stages(probability[at])[epochs], probability[at][epochs, 0])
            judged[at] = compare(nights[at], said)
    return [judged[at] for at in range(len(nights))]


def fit_decoder(nights: Sequence[LabelledNight], probability: Sequence[NDArray[np.float64]]) -> Decoder:
    """Transitions and priors counted from the nights; weight and lift by the best agreement with them.

    `probability` must come from networks that have not learned from the night they judge.
    """
    stage = [_coarse(night.stage) for night in nights]
    share = np.bincount(np.concatenate([part[part >= 0] for part in stage]), minlength=3) + 1.0
    share = (share / share.sum()).astype(np.float64)
    pairs = np.ones((3, 3))
    for part in stage:
        is_pair = (part[:-1] >= 0) & (part[1:] >= 0)
        np.add.at(pairs, (part[:-1][is_pair], part[1:][is_pair]), 1.0)
    begun = np.bincount([part[part >= 0][0] for part in stage], minlength=3) + 1.0
    truth = np.concatenate(stage)
    is_scored = truth >= 0
    best, chosen = -np.inf, None
    # How much of the prior the chain already brings, and of an epoch's evidence its neighbours have too.
    for prior_share, weight in product((0.3, 0.5), (0.25, 0.5)):
        decoder = Decoder(
            transition=pairs / pairs.sum(axis=1, keepdims=True),
            start=begun / begun.sum(),
            prior=share**prior_share,
            weight=weight,
            lift=np.ones(3),
        )
        posterior = np.concatenate([decoder.posterior(part) for part in probability])[is_scored]
        for wake, rem in product(np.arange(0.0, 2.01, 0.2), np.arange(-0.4, 1.61, 0.2)):
            lift = np.exp([wake, 0.0, rem])
            gain = _agreement_gain(truth[is_scored], np.argmax(posterior * lift, axis=1))
            if gain > best:
                best, chosen = gain, Decoder(decoder.transition, decoder.start, decoder.prior, weight, lift)
    assert chosen is not None, "the grid is not empty"
    return chosen


def fit(pool: Sequence[Sequence[LabelledNight]], scale: Scale, recipe: Recipe, seed: int) -> keras.Model:
    """The network that has learned from every person's night and its variants."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng([seed, 2])
    channels = [
        [
            (standardised(sleep_channels(night.series), scale.mean, scale.deviation), night.stage)
            for night in variants
        ]
        for variants in pool
    ]
    apart = build(recipe)
    steps = recipe.epochs * recipe.batches_per_epoch
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps), weight_decay=0.03
    )
    # Which fine stages belong to the same stage of the report.
    kinship = tf.constant(_COARSE[:, np.newaxis] == _COARSE, dtype=tf.float32)

    @tf.function  # type: ignore[untyped-decorator]
    def learn(inputs: Any, stage: Any) -> Any:
        with tf.GradientTape() as tape:
            log_fine = tf.nn.log_softmax(apart(inputs, training=True))
            truth = tf.one_hot(stage, len(FINE_STAGES))[:, tf.newaxis]
            # The fine stage by its own logarithm, the coarse one by that of the sum over its parts.
            fine = tf.reduce_sum(truth * log_fine, axis=-1)
            alike = tf.tensordot(truth, kinship, axes=1)
            kept = tf.reduce_sum(alike * tf.exp(log_fine), axis=-1)
            known = tf.cast(stage >= 0, tf.float32)[:, tf.newaxis]
            each = -(0.3 * fine + 0.7 * tf.math.log(kept + 1e-7)) * known
            # One loss a member, so that they do not learn to lean on each other.
            loss = tf.reduce_sum(each) / tf.reduce_sum(known)
        gradients = tape.gradient(loss, apart.trainable_variables)
        optimizer.apply_gradients(zip(gradients, apart.trainable_variables, strict=True))
        return loss

    for _ in tqdm(range(steps), desc="batches", leave=False, disable=None):
        learn(*_batch(channels, rng))
    return joined(apart)


def build(recipe: Recipe) -> keras.Model:
    """The members side by side, for learning: answers (n, members, epochs, stages)."""
    import keras
    from keras import layers

    def member(inputs: keras.KerasTensor, name: str) -> keras.KerasTensor:
        hidden = layers.GaussianNoise(recipe.noise)(inputs)
        hidden = layers.Conv2D(WIDTH, 1, use_bias=False, name=f"first_{name}")(hidden)
        hidden = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name=f"first_norm_{name}")(hidden))
        for dilation in DILATIONS:
            around = layers.SpatialDropout2D(recipe.drop)(hidden)
            around = layers.Conv2D(
                WIDTH,
                (1, 3),
                dilation_rate=(1, dilation),
                padding="same",
                use_bias=False,
                name=f"around_{dilation}_{name}",
            )(around)
            norm = layers.BatchNormalization(momentum=0.95, name=f"around_{dilation}_norm_{name}")
            hidden = layers.Add()([hidden, layers.ReLU()(norm(around))])
        hidden = layers.SpatialDropout2D(recipe.drop)(hidden)
        return layers.Conv2D(len(FINE_STAGES), 1, name=f"answer_{name}")(hidden)

    inputs = keras.Input((1, None, CHANNELS))
    members = [member(inputs, str(at)) for at in range(MEMBERS)]
    return keras.Model(inputs, layers.Concatenate(axis=1)(members))


def joined(apart: keras.Model) -> keras.Model:
    """One network that answers the mean of the members, (n, 1, window epochs, stages), for use.

    Members side by side are one member with grouped convolutions, and a mean of linear layers is linear.
    """
    import keras
    from keras import layers

    width = MEMBERS * WIDTH
    inputs = keras.Input((1, WINDOW_EPOCHS, CHANNELS))
    hidden = layers.Conv2D(width, 1, use_bias=False, name="first")(inputs)
    hidden = layers.ReLU()(layers.BatchNormalization(name="first_norm")(hidden))
    for dilation in DILATIONS:
        around = layers.Conv2D(
            width,
            (1, 3),
            dilation_rate=(1, dilation),
            padding="same",
            groups=MEMBERS,
            use_bias=False,
            name=f"around_{dilation}",
        )(hidden)
        norm = layers.BatchNormalization(name=f"around_{dilation}_norm")
        hidden = layers.Add()([hidden, layers.ReLU()(norm(around))])
    model = keras.Model(inputs, layers.Conv2D(len(FINE_STAGES), 1, name="answer")(hidden))

    for layer in model.layers:
        parts = [
            apart.get_layer(f"{layer.name}_{at}").get_weights() for at in range(MEMBERS) if layer.weights
        ]
        if layer.name == "answer":
            kernel = np.concatenate([weights[0] for weights in parts], axis=2) / MEMBERS
            layer.set_weights([kernel, np.mean([weights[1] for weights in parts], axis=0)])
        elif parts:
            layer.set_weights([np.concatenate(weights, axis=-1) for weights in zip(*parts, strict=True)])
    return model


def variants_of(nights: Sequence[LabelledNight], recipe: Recipe) -> list[list[LabelledNight]]:
    """For each person the night as it was and as it might have been, the same whoever else takes part."""
    return [
        [night, *(altered(night, rng) for _ in range(recipe.variants))]
        for night, rng in (
            (night, np.random.default_rng([recipe.seed, 3, at])) for at, night in enumerate(nights)
        )
    ]


def scale_of(nights: Sequence[LabelledNight]) -> Scale:
    """Each channel's mean and deviation; one that never changes keeps its size."""
    channels = np.concatenate([sleep_channels(night.series) for night in nights]).astype(np.float64)
    # The manifest holds these in decimal: training and device must read the same numbers.
    deviation = np.round(channels.std(axis=0), 4)
    return Scale(np.round(channels.mean(axis=0), 4), np.where(deviation > 0, deviation, 1.0))


def _batch(
    channels: Sequence[Sequence[tuple[NDArray[np.float32], NDArray[np.int64]]]], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Stretches of nights: persons drawn by the root of how long they slept, so that short ones count."""
    share = np.sqrt([len(variants[0][1]) for variants in channels])
    inputs = np.zeros((BATCH_NIGHTS, 1, BATCH_EPOCHS, CHANNELS), dtype=np.float32)
    stage = np.full((BATCH_NIGHTS, BATCH_EPOCHS), -1)
    drawn = rng.choice(len(channels), BATCH_NIGHTS, p=share / share.sum())
    for row, person in enumerate(drawn.tolist()):
        values, labels = channels[person][int(rng.integers(len(channels[person])))]
        first = int(rng.integers(0, max(1, len(values) - BATCH_EPOCHS + 1)))
        part = slice(first, first + BATCH_EPOCHS)
        inputs[row, 0, : len(values[part])] = values[part]
        stage[row, : len(labels[part])] = labels[part]
    return inputs, stage


def _probability(model: keras.Model, night: EpochSeries, scale: Scale) -> NDArray[np.float64]:
    """What the float model says of every epoch of a night, (epochs, 3)."""
    logits = night_logits(
        standardised(sleep_channels(night), scale.mean, scale.deviation),
        in_batches(model),
        window_epochs=WINDOW_EPOCHS,
        margin_epochs=MARGIN_EPOCHS,
    )
    return stage_probability(logits)


def _windows(nights: Sequence[LabelledNight], scale: Scale) -> NDArray[np.float32]:
    """The windows that the device would cut from the nights, (n, 1, WINDOW_EPOCHS, CHANNELS)."""
    return np.concatenate(
        [
            night_windows(
                standardised(sleep_channels(night.series), scale.mean, scale.deviation),
                window_epochs=WINDOW_EPOCHS,
                margin_epochs=MARGIN_EPOCHS,
            )
            for night in nights
        ]
    )


def _golden(night: LabelledNight, scale: Scale, model: WindowModel) -> NDArray[np.float32]:
    """Windows an epoch apart, where the stages change most in a night."""
    channels = standardised(sleep_channels(night.series), scale.mean, scale.deviation)
    windows = sliding(channels, length=WINDOW_EPOCHS, hop=1).transpose(0, 2, 1)[:, np.newaxis]
    return windows[liveliest(model(np.ascontiguousarray(windows)))]


def _coarse(fine: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fine stages as those of the report; -1 stays."""
    return np.where(fine >= 0, _COARSE[fine], -1)


def _agreement_gain(truth: NDArray[np.int64], stage: NDArray[np.int64]) -> float:
    """What the decoder is chosen by: accuracy plus kappa, both of 1."""
    table = confusion(truth, stage)
    return float(np.trace(table)) / float(np.sum(table)) + (kappa(table) or 0.0)


def _tensorflow_version() -> str:
    import tensorflow as tf

    return str(tf.__version__)
