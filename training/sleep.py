"""Trains the sleep model: which epochs of a night are wake, NREM and REM?

Nights -> channels -> networks of the folds -> decoder -> the network of all persons -> run folder, in that
order, on this page. Every figure is of nights that neither the network judging them has seen nor the decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError
from edge.signals.sleep_channels import sleep_channels, standardised
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
from training.datasets.sleep_accel import FOLDER, SLEEP_ACCEL, Night, read_nights
from training.golden import liveliest
from training.hypnograms import Judged, agreement, agreement_intervals, intervals, metrics
from training.report_page import Shown
from training.run_folder import columns, made_with, ranged_and_compared, trained_on, write_run
from training.sleep_card import told
from training.sleep_charts import charts
from training.sleep_decoder import fit_decoder
from training.sleep_equalise import even_out
from training.sleep_evaluation import Hypnogram, compare, in_batches, live
from training.sleep_network import MARGIN_EPOCHS, WINDOW_EPOCHS, Course, Lesson, learn
from training.stages import COARSE_OF_FINE, FINE_OF_PUBLISHED

if TYPE_CHECKING:
    import keras

# The conversion needs no more windows than these to measure ranges, and to compare int8 with float.
CARD: Final = Path(__file__).parent / "cards" / "sleep.md"
KEPT_WINDOWS: Final = 512


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    epochs: int = 25
    folds: int = 10
    seeds: int = 3
    members: int = 4
    batches_per_epoch: int = 14
    learning_rate: float = 1e-2
    variants: int = 16
    drop: float = 0.1
    noise: float = 0.2
    mixup: float = 0.2

    @property
    def course(self) -> Course:
        """How a network learns by this recipe."""
        return Course(
            members=self.members,
            steps=self.epochs * self.batches_per_epoch,
            steps_per_epoch=self.batches_per_epoch,
            learning_rate=self.learning_rate,
            noise=self.noise,
            drop=self.drop,
            mixup=self.mixup,
        )


@dataclass(frozen=True)
class Fold:
    """Nights left out, by their places, and what was made without them; `learned_from` are the others."""

    left_out: list[int]
    learned_from: list[int]
    model: keras.Model
    lesson: Lesson


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the nights under `data` and write the run folder `out`."""
    nights = read_nights(data, recipe.records)
    if len(nights.used) < 2:
        raise DataError(f"{len(nights.used)} persons", where=str(data / FOLDER), allowed="2 or more")
    judged, as_it_goes, probabilities = [], [], []
    for seed in range(recipe.seed, recipe.seed + recipe.seeds):
        parts = fold_networks(nights.used, recipe, seed)
        models = [in_batches(answering(part.model)) for part in parts]
        probabilities.append(out_of_fold(nights.used, parts, models))
        decoders = fold_decoders(nights.used, parts, probabilities[-1])
        judged.append(cross_fitted(nights.used, parts, decoders, probabilities[-1]))
        if seed == recipe.seed:
            as_it_goes = cross_fitted_live(nights.used, parts, decoders, models)

    everyone = lesson_of(nights.used, recipe)
    learned = learn([everyone], recipe.course, recipe.seed)
    (model,) = learned.models
    decoder = fit_decoder([stages_of(night) for night in nights.used], probabilities[0])
    windows, stages, record = windows_of(nights.used, everyone), *labels_of(nights.used)
    order = np.random.default_rng([recipe.seed, 4]).permutation(len(windows))
    ranged, compared = ranged_and_compared(order, KEPT_WINDOWS, KEPT_WINDOWS)
    validation = {
        "protocol": f"{recipe.folds} folds over persons; networks and decoder from the other folds",
        "by_seed": [metrics(parts) for parts in judged],
        "first_seed": {
            "intervals": intervals(judged[0]),
            "agreement": agreement(judged[0]),
            "agreement_intervals": agreement_intervals(judged[0]),
            "live": metrics(as_it_goes),
            "live_intervals": intervals(as_it_goes),
            # In the order of `learned_from`.
            "kappa_of_persons": [metrics([part])["kappa"] for part in judged[0]],
        },
    }
    even_out(model, windows[ranged])
    write_run(
        out,
        model=model,
        representative=windows[ranged],
        golden=_golden(nights.used[0], everyone, answering(model)),
        held_out={
            "input": windows[compared],
            "output": in_batches(answering(model))(windows[compared]),
            "label": stages[compared],
            "group_record": record[compared],
        },
        # Stages of the morning report are three, judged over the whole night; of the five here N2, N3 and REM
        # lie close together, and windows judge epochs near their ends that no report uses.
        gate={"decides": "argmax", "per_class": 2.0, "per_group": 3.0, "flips": 2.0},
        manifest={
            "task": "sleep",
            "version": "1.0.0",
            "stream": None,
            "labels": list(FINE_STAGES),
            "constants": reader_of(everyone, decoder).constants(),
            "parameters": int(model.count_params()),
            # The epochs that are judged in a window; those nearer to its ends are answered too, but not used.
            "golden_outputs": [
                len(FINE_STAGES) * MARGIN_EPOCHS,
                len(FINE_STAGES) * (WINDOW_EPOCHS - MARGIN_EPOCHS),
            ],
            "made_with": made_with(),
            "trained_on": [trained_on(SLEEP_ACCEL, len(nights.used))],
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": [night.name for night in nights.used],
            "skipped": nights.skipped,
            "unscored_epochs": nights.unscored_epochs,
            "history": columns(learned.history),
            "cross_validation": validation,
        },
        card=f"{CARD.read_text()}\n{told(validation)}",
        shown=Shown(
            of=f"Of {len(judged[0])} persons, each by a float model that has not met them; first seed.",
            figures={"whole night known": metrics(judged[0]), "as it goes": metrics(as_it_goes)},
            intervals={"whole night known": intervals(judged[0]), "as it goes": intervals(as_it_goes)},
            charts=charts(judged[0], as_it_goes),
        ),
    )


def fold_networks(nights: Sequence[Night], recipe: Recipe, seed: int) -> list[Fold]:
    """For each group of persons a network that has learned from all others."""
    groups = folds(len(nights), recipe.folds, seed)
    others = [[at for at in range(len(nights)) if at not in group] for group in groups]
    lessons = [lesson_of([nights[at] for at in learned], recipe) for learned in others]
    models = learn(lessons, recipe.course, seed).models
    return [Fold(*made) for made in zip(groups, others, models, lessons, strict=True)]


def folds(count: int, wanted: int, seed: int) -> list[list[int]]:
    """The persons, shuffled by the seed, in as many groups as there are folds."""
    order = np.random.default_rng([seed, 1]).permutation(count)
    return [order[first::wanted].tolist() for first in range(min(wanted, count))]


def lesson_of(nights: Sequence[Night], recipe: Recipe) -> Lesson:
    """What a network learns from: each night as it was and as it might have been.

    A night's variants are the same whoever else takes part.
    """
    persons, as_they_were = [], []
    for night in nights:
        rng = np.random.default_rng([recipe.seed, 3, *night.name.encode()])
        own = label(night)
        versions = [own, *(altered(own, rng) for _ in range(recipe.variants))]
        persons.append([(sleep_channels(each.series), each.stage) for each in versions])
        as_they_were.append(persons[-1][0][0].astype(np.float64))
    channels = np.concatenate(as_they_were)
    # The manifest holds these in decimal: training and device must read the same numbers.
    mean, deviation = np.round(channels.mean(axis=0), 4), np.round(channels.std(axis=0), 4)
    return Lesson(persons, mean, np.where(deviation > 0, deviation, 1.0))


def label(night: Night) -> LabelledNight:
    """A night without holes and the fine stage of each of its epochs, -1 where there is none."""
    series = night.series
    stage = np.full(len(series.activity), -1)
    is_scored = night.stage >= 0
    stage[night.places[is_scored]] = FINE_OF_PUBLISHED[night.stage[is_scored]]
    return LabelledNight(series, stage)


def stages_of(night: Night) -> NDArray[np.int64]:
    """The stage of the report of each epoch of a night without holes, -1 where there is none."""
    fine = label(night).stage
    return np.where(fine >= 0, COARSE_OF_FINE[fine], -1)


def out_of_fold(
    nights: Sequence[Night], parts: Sequence[Fold], models: Sequence[WindowModel]
) -> list[NDArray[np.float64]]:
    """For each night the probabilities (epochs, 3) by the model, one a fold, that has not learned from it."""
    found: dict[int, NDArray[np.float64]] = {}
    for part, model in zip(parts, models, strict=True):
        for at in part.left_out:
            inputs = standardised(sleep_channels(nights[at].series), part.lesson.mean, part.lesson.deviation)
            logits = night_logits(inputs, model, window_epochs=WINDOW_EPOCHS, margin_epochs=MARGIN_EPOCHS)
            found[at] = stage_probability(logits)
    return [found[at] for at in range(len(nights))]


def fold_decoders(
    nights: Sequence[Night], parts: Sequence[Fold], probability: Sequence[NDArray[np.float64]]
) -> list[Decoder]:
    """For each fold a decoder fitted to the persons not left out."""
    return [
        fit_decoder(
            [stages_of(nights[at]) for at in part.learned_from],
            [probability[at] for at in part.learned_from],
        )
        for part in parts
    ]


def cross_fitted(
    nights: Sequence[Night],
    parts: Sequence[Fold],
    decoders: Sequence[Decoder],
    probability: Sequence[NDArray[np.float64]],
) -> list[Judged]:
    """Every night with its whole known, judged by a network and a decoder of other persons."""
    judged: dict[int, Judged] = {}
    for part, decoder in zip(parts, decoders, strict=True):
        for at in part.left_out:
            epochs = nights[at].places
            said = Hypnogram(decoder.stages(probability[at])[epochs], probability[at][epochs, 0])
            judged[at] = compare(nights[at], said)
    return [judged[at] for at in range(len(nights))]


def cross_fitted_live(
    nights: Sequence[Night],
    parts: Sequence[Fold],
    decoders: Sequence[Decoder],
    models: Sequence[WindowModel],
) -> list[Judged]:
    """Every epoch judged with the night up to it, by a network and a decoder of other persons."""
    judged: dict[int, Judged] = {}
    for part, decoder, model in zip(parts, decoders, models, strict=True):
        predict = live(reader_of(part.lesson, decoder), model)
        for at in tqdm(part.left_out, desc="nights as they go", leave=False, disable=None):
            judged[at] = compare(nights[at], predict(nights[at]))
    return [judged[at] for at in range(len(nights))]


def reader_of(lesson: Lesson, decoder: Decoder) -> NightReader:
    """All that belongs to a network of this lesson."""
    return NightReader(WINDOW_EPOCHS, MARGIN_EPOCHS, lesson.mean, lesson.deviation, decoder)


def windows_of(nights: Sequence[Night], lesson: Lesson) -> NDArray[np.float32]:
    """The windows that the device would cut from the nights, (n, 1, WINDOW_EPOCHS, CHANNELS)."""
    return np.concatenate(
        [
            night_windows(
                standardised(sleep_channels(night.series), lesson.mean, lesson.deviation),
                window_epochs=WINDOW_EPOCHS,
                margin_epochs=MARGIN_EPOCHS,
            )
            for night in nights
        ]
    )


def labels_of(nights: Sequence[Night]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Of each of these windows the fine stages (n, WINDOW_EPOCHS), -1 where unknown, and whose it is."""
    stages = [
        # As one more channel, counted from 1, so that what is around the night has 0 there.
        night_windows(
            (label(night).stage + 1.0)[:, np.newaxis].astype(np.float32),
            window_epochs=WINDOW_EPOCHS,
            margin_epochs=MARGIN_EPOCHS,
        ).reshape(-1, WINDOW_EPOCHS)
        for night in nights
    ]
    record = np.repeat([night.name for night in nights], [len(part) for part in stages])
    return np.concatenate(stages).astype(np.int64) - 1, record


def _golden(night: Night, lesson: Lesson, model: WindowModel) -> NDArray[np.float32]:
    """Windows an epoch apart, where the stages change most in a night."""
    channels = standardised(sleep_channels(night.series), lesson.mean, lesson.deviation)
    windows = sliding(channels, length=WINDOW_EPOCHS, hop=1).transpose(0, 2, 1)[:, np.newaxis]
    return windows[liveliest(in_batches(model)(np.ascontiguousarray(windows)))]


def answering(model: keras.Model) -> WindowModel:
    """A Keras model as a function of windows, compiled once: Keras alone compiles layers at every call."""
    import tensorflow as tf

    compiled = tf.function(lambda windows: model(windows, training=False))
    return lambda windows: np.asarray(compiled(windows))
