"""Trains the apnea model: was there sleep apnea in this minute of the night?

Records -> minutes -> model -> fit -> calibrate -> evaluate -> run folder, in that order, on this page.
Learns from the 35 learning records of Apnea-ECG. Each record is judged once by a model that has not seen it
(cross-validation by record); those answers give the figures and the calibration. The model that ships learns
from all 35.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.signals.apnea import CHANNELS, context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated, fit_calibration
from training.apnea_evaluation import judged_night, metrics, per_record
from training.datasets.nights import NIGHT_DATASETS, Night, read_nights
from training.golden import liveliest
from training.run_folder import write_run

if TYPE_CHECKING:
    import keras

DATASET: Final = "apnea-ecg"
# The withheld half may lie in the same folder; it is for testing only.
WITHHELD: Final = "x"
# Two names of one recording (c05 begins 80 s into c06): never on both sides of a split.
SAME_NIGHT: Final = {"c06": "c05"}
# Of the stack of convolutions below: what the minute in the middle can depend on.
CONTEXT_MINUTES: Final = 15
DILATIONS: Final = (1, 2, 4)
WIDTH: Final = 12
# Small networks side by side, whose mean errs less than any of them.
MEMBERS: Final = 3
FOLDS: Final = 7
# Minutes in a stretch to learn from; stretches begin up to EDGE before the night and end as much after it.
STRETCH: Final = 64
EDGE: Final = 16
BATCH: Final = 16
THRESHOLD: Final = 0.5


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    epochs: int = 30
    learning_rate: float = 3e-3
    noise: float = 0.15
    label_smoothing: float = 0.05


@dataclass(frozen=True)
class Scaling:
    """The mean and spread of each channel over the minutes that were learned from."""

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    def inputs(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's inputs of a night."""
        return network_inputs(values, self.centre, self.scale)


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the recordings under `data` and write the run folder `out`."""
    dataset = NIGHT_DATASETS[DATASET]
    nights = read_nights(dataset, data, recipe.records)
    learn = [night for night in nights.used if not night.name.startswith(WITHHELD)]
    values = [
        with_usual(night_features(night.beat_s, len(night.label)))
        for night in tqdm(learn, desc="features", unit="night", disable=None)
    ]

    logit, folds = _cross_validate(learn, values, recipe)
    is_apnea = np.concatenate([night.is_apnea[night.is_scored] for night in learn])
    known = np.concatenate([part[night.is_scored] for part, night in zip(logit, learn, strict=True)])
    temperature, bias = fit_calibration(known, is_apnea)
    # Judged as they came, at a logit of 0: calibration has seen the labels.
    judged = [
        judged_night(night, calibrated(part, 1.0, 0.0)) for night, part in zip(learn, logit, strict=True)
    ]

    scaling = _scaling(values)
    members, history = _fit(learn, values, scaling, recipe, fold=FOLDS)
    model = window_network(members)
    windows = np.concatenate([context_windows(scaling.inputs(part), CONTEXT_MINUTES) for part in values])
    rng = np.random.default_rng([recipe.seed, 2])
    seen, kept = rng.permutation(len(windows))[:1000], rng.permutation(len(windows))[:1000]
    answered = model.predict(windows, batch_size=1000, verbose=0)

    write_run(
        out,
        model=model,
        representative=windows[seen],
        golden=windows[liveliest(answered)],
        held_out={"input": windows[kept], "output": answered[kept]},
        manifest={
            "task": "apnea",
            "version": "1.0.0",
            "stream": None,
            "labels": ["apnea"],
            "constants": {
                "centre": _rounded(scaling.centre),
                "scale": _rounded(scaling.scale),
                "calibration": [round(temperature, 6), round(bias, 6)],
                "threshold": [round(float(calibrated(np.zeros(1), temperature, bias)[0]), 6)],
            },
            "parameters": int(model.count_params()),
            "made_with": {"python": platform.python_version()}
            | {name: version(name) for name in ("keras", "numpy")}
            | {"tensorflow": _tensorflow_version()},
            "trained_on": [
                {
                    "dataset": dataset.name,
                    "title": dataset.title,
                    "records": len(learn),
                    "licence": dataset.licence,
                    "citation": dataset.citation,
                    "url": dataset.url,
                }
            ],
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": [night.name for night in learn],
            "skipped": nights.skipped,
            "folds": folds,
            "history": history,
            "cross_validation": metrics(judged, THRESHOLD),
            "cross_validation_per_record": per_record(judged, THRESHOLD),
        },
        card=(Path(__file__).parent / "cards" / "apnea.md").read_text(),
    )


def stretch_network(member: int) -> keras.Model:
    """One member over a stretch of any length: the logit of each minute, (n, minutes, 1)."""
    import keras
    from keras import layers

    inputs = keras.Input((1, None, CHANNELS))
    return keras.Model(inputs, layers.Reshape((-1, 1))(_member(inputs, member)))


def window_network(members: Sequence[keras.Model]) -> keras.Model:
    """All members on a window of CONTEXT_MINUTES: the mean of their logits of its middle minute, (n, 1).

    The logit is that of the same minute in a stretch, since nothing beyond the window reaches its middle.
    """
    import keras
    from keras import layers

    inputs = keras.Input((1, CONTEXT_MINUTES, CHANNELS))
    middle = layers.Cropping2D((0, CONTEXT_MINUTES // 2))
    logits = [middle(_member(inputs, member)) for member in range(len(members))]
    model = keras.Model(inputs, layers.Reshape((1,))(layers.Average()(logits)))
    for trained in members:
        for layer in trained.layers:
            if layer.weights:
                model.get_layer(layer.name).set_weights(layer.get_weights())
    return model


def _member(inputs: keras.KerasTensor, member: int) -> keras.KerasTensor:
    """A layer on each minute alone, three convolutions over ever wider neighbourhoods, a logit."""
    from keras import layers

    hidden = layers.SpatialDropout2D(0.1)(inputs)
    hidden = layers.Conv2D(WIDTH, 1, use_bias=False, name=f"minute_{member}")(hidden)
    hidden = layers.BatchNormalization(momentum=0.95, name=f"minute_norm_{member}")(hidden)
    hidden = layers.ReLU()(hidden)
    hidden = layers.Dropout(0.2)(hidden)
    for dilation in DILATIONS:
        around = layers.Conv2D(
            WIDTH,
            (1, 3),
            padding="same",
            dilation_rate=(1, dilation),
            use_bias=False,
            name=f"around_{dilation}_{member}",
        )(hidden)
        around = layers.BatchNormalization(momentum=0.95, name=f"around_norm_{dilation}_{member}")(around)
        hidden = layers.ReLU()(layers.Add()([hidden, around]))
        hidden = layers.Dropout(0.2)(hidden)
    return layers.Conv2D(1, 1, name=f"logit_{member}")(hidden)


def _cross_validate(
    nights: Sequence[Night], values: Sequence[NDArray[np.float32]], recipe: Recipe
) -> tuple[list[NDArray[np.float32]], list[list[str]]]:
    """The logit of every minute by a model that has not seen its night, and who was judged together."""
    groups = sorted({SAME_NIGHT.get(night.name, night.name) for night in nights})
    fold_of = {group: place % FOLDS for place, group in enumerate(groups)}
    fold = np.array([fold_of[SAME_NIGHT.get(night.name, night.name)] for night in nights])
    logit: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(nights)
    for held in np.unique(fold).tolist():
        learn = np.flatnonzero(fold != held).tolist()
        scaling = _scaling([values[at] for at in learn])
        members, _ = _fit(
            [nights[at] for at in learn], [values[at] for at in learn], scaling, recipe, fold=held
        )
        for at in np.flatnonzero(fold == held).tolist():
            logit[at] = _whole_night(members, scaling.inputs(values[at]))
    return logit, [
        [nights[at].name for at in np.flatnonzero(fold == held).tolist()] for held in np.unique(fold)
    ]


def _fit(
    nights: Sequence[Night],
    values: Sequence[NDArray[np.float32]],
    scaling: Scaling,
    recipe: Recipe,
    *,
    fold: int,
) -> tuple[list[keras.Model], list[list[float]]]:
    """Train each member, and tell the loss of each of its epochs; `fold` makes its luck its own."""
    inputs = [scaling.inputs(part) for part in values]
    fitted = [_fit_member(nights, inputs, member, recipe, fold) for member in range(MEMBERS)]
    return [model for model, _ in fitted], [losses for _, losses in fitted]


def _fit_member(
    nights: Sequence[Night], inputs: Sequence[NDArray[np.float32]], member: int, recipe: Recipe, fold: int
) -> tuple[keras.Model, list[float]]:
    """Learn from stretches of the nights, some of them backwards, all a little blurred."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(100 * recipe.seed + 10 * fold + member)
    rng = np.random.default_rng([recipe.seed, 1, member, fold])
    share = np.array([len(part) for part in inputs]) / sum(len(part) for part in inputs)
    steps = max(1, round(sum(len(part) for part in inputs) / STRETCH / BATCH))
    total = recipe.epochs * steps
    model = stretch_network(member)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                1e-4, total - total // 10, warmup_target=recipe.learning_rate, warmup_steps=total // 10
            ),
            weight_decay=0.02,
        ),
        loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        jit_compile=False,
    )
    losses = []
    for _ in tqdm(range(recipe.epochs), desc=f"member {member + 1} of {MEMBERS}", disable=None):
        model.reset_metrics()
        for _ in range(steps):
            drawn = rng.choice(len(nights), BATCH, p=share)
            parts = [_stretch(inputs[at], nights[at], rng) for at in drawn.tolist()]
            stretch, target, weight = (np.stack(column) for column in zip(*parts, strict=True))
            # Of each minute for itself, and of the whole stretch, as persons differ.
            blur = rng.normal(0.0, recipe.noise, stretch.shape)
            blur += rng.normal(0.0, recipe.noise, (BATCH, 1, CHANNELS))
            blurred = (stretch + blur * weight[..., np.newaxis]).astype(np.float32)
            loss = model.train_on_batch(blurred[:, np.newaxis], target[..., np.newaxis], sample_weight=weight)
        losses.append(round(float(loss), 5))
    return model, losses


def _stretch(
    inputs: NDArray[np.float32], night: Night, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """A stretch of a night: inputs, whether apnea, and the weight, 0 where there is no scored minute."""
    minutes = len(night.label)
    first = int(rng.integers(-EDGE, max(1 - EDGE, minutes - STRETCH + EDGE)))
    at = np.arange(first, first + STRETCH)
    if rng.random() < 0.5:
        at = at[::-1]
    is_inside = (at >= 0) & (at < minutes)
    at = at.clip(0, minutes - 1)
    values = np.where(is_inside[:, np.newaxis], inputs[at], np.float32(0.0))
    weight = (is_inside & night.is_scored[at]).astype(np.float32)
    return values, night.is_apnea[at].astype(np.float32), weight


def _whole_night(members: Sequence[keras.Model], inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logit of each minute, as windows around each would give it."""
    half = CONTEXT_MINUTES // 2
    padded = np.pad(inputs, ((half, half), (0, 0)))[np.newaxis, np.newaxis]
    # Called directly: predict would make a new graph for each length of night.
    logits = [np.asarray(member(padded, training=False))[0, half:-half, 0] for member in members]
    return np.asarray(np.mean(logits, axis=0), dtype=np.float32)


def _scaling(values: Sequence[NDArray[np.float32]]) -> Scaling:
    known = np.concatenate(values)
    return Scaling(
        np.asarray(np.nanmean(known, axis=0, dtype=np.float64).round(4), dtype=np.float32),
        np.asarray(np.nanstd(known, axis=0, dtype=np.float64).round(4) + 1e-4, dtype=np.float32),
    )


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _tensorflow_version() -> str:
    import tensorflow as tf

    return str(tf.__version__)
