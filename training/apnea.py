"""Trains the apnea model: was there sleep apnea in this minute of the night?

Records -> minutes -> model -> fit -> calibrate -> evaluate -> run folder, in that order, on this page.
Learns from the 35 learning records of Apnea-ECG. Each record is judged once by a model that has not seen it
(cross-validation by record); those answers give the figures and the calibration. The model that ships learns
from all 35.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError
from edge.signals.apnea_night import CHANNELS, context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated, fit_calibration
from training.apnea_charts import charts
from training.apnea_figures import JudgedNight, intervals, judged_night, metrics, per_record
from training.apnea_network import CONTEXT_MINUTES, MEMBERS, members_loss, night_network, window_network
from training.datasets.nights import NIGHT_DATASETS, WITHHELD, Night, night_of, read_nights
from training.figure_table import figure_table
from training.golden import liveliest
from training.report_page import Shown
from training.run_folder import columns, made_with, trained_on, write_run

if TYPE_CHECKING:
    import keras

CARD: Final = Path(__file__).parent / "cards" / "apnea.md"
DATASET: Final = "apnea-ecg"
FOLDS: Final = 7
# Minutes in a stretch to learn from; stretches begin up to EDGE before the night and end as much after it.
STRETCH: Final = 64
EDGE: Final = 16
BATCH: Final = 16
THRESHOLD: Final = 0.5
# Minutes whose windows a run folder keeps to measure ranges on, and as many to answer.
SAMPLE: Final = 1000


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


@dataclass(frozen=True)
class Fit:
    """A model, what it learned from and the nights that were kept from it, by their places."""

    learn: list[int]
    held: list[int]
    scaling: Scaling
    model: keras.Model
    history: list[dict[str, float]]


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the recordings under `data` and write the run folder `out`.

    The folder of each model of the cross-validation lies in `folds` in it.
    """
    found = read_nights(NIGHT_DATASETS[DATASET], data, recipe.records)
    # The withheld half may lie in the same folder; it is for testing only.
    nights = [night for night in found.used if not night.name.startswith(WITHHELD)]
    recordings = {night_of(night.name) for night in nights}
    if len(recordings) < 2:
        raise DataError(
            f"{len(recordings)} recordings to learn from",
            where=str(data / DATASET),
            allowed=f"2 or more; {WITHHELD} is withheld, and c05 and c06 are one",
        )
    features = [
        night_features(night.beat_s, len(night.label))
        for night in tqdm(nights, desc="features", unit="night", disable=None)
    ]
    values = [with_usual(each) for each in features]

    folds = _cross_validate(nights, values, recipe)
    logit: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(nights)
    for number, fold in enumerate(folds, start=1):
        for at in fold.held:
            logit[at] = _whole_night(fold.model, fold.scaling.inputs(values[at]))
        _write(out / "folds" / str(number), nights, values, fold, recipe, calibration=(1.0, 0.0), report={})
    # A device judges no minute with too few beats around it, so neither does this page.
    has_beats = [~np.isnan(each[:, 0]) for each in features]
    known = [night.is_scored & has for night, has in zip(nights, has_beats, strict=True)]
    calibration = fit_calibration(
        np.concatenate([part[of] for part, of in zip(logit, known, strict=True)]),
        np.concatenate([night.is_apnea[of] for night, of in zip(nights, known, strict=True)]),
    )
    # Judged as they came, at a logit of 0: calibration has seen the labels.
    judged = [
        judged_night(night, np.where(has, calibrated(part, 1.0, 0.0), np.nan))
        for night, part, has in zip(nights, logit, has_beats, strict=True)
    ]

    figures, bounds = metrics(judged, THRESHOLD), intervals(judged, THRESHOLD)
    fold_of = {nights[at].name: number for number, fold in enumerate(folds, start=1) for at in fold.held}

    everyone = list(range(len(nights)))
    final = _fit(nights, values, learn=everyone, held=everyone, recipe=recipe, number=len(folds))
    report = {
        "recipe": asdict(recipe),
        "learned_from": [night.name for night in nights],
        "skipped": found.skipped,
        "history": columns(final.history),
        "cross_validation": figures,
        "cross_validation_intervals": bounds,
        "cross_validation_per_record": _by_record(judged, fold_of),
    }
    heading = (
        f"**Records left out** ({figures['records']} records, {figures['minutes']} minutes, float, "
        "seven folds; intervals by drawing records anew)"
    )
    _write(
        out,
        nights,
        values,
        final,
        recipe,
        calibration=calibration,
        report=report,
        told=f"\n{figure_table(heading, figures, bounds)}",
        shown=Shown(
            of=f"Of {figures['records']} records, each by a float model that has not met it.",
            figures=figures,
            intervals=bounds,
            charts=charts(judged, THRESHOLD),
        ),
    )


def _by_record(judged: Sequence[JudgedNight], fold_of: Mapping[str, int]) -> dict[str, Any]:
    """Figures in the order of `learned_from`, a class being a letter; folds count as their folders."""
    rows = per_record(judged, THRESHOLD).values()
    found = columns([{"fold": fold_of[night.name], **row} for night, row in zip(judged, rows, strict=True)])
    letters = {name: "".join(found[name]) for name in ("class", "class_found")}
    return found | letters | {"acc": [value and round(value, 1) for value in found["acc"]]}


def _write(
    out: Path,
    nights: Sequence[Night],
    values: Sequence[NDArray[np.float32]],
    fit: Fit,
    recipe: Recipe,
    *,
    calibration: tuple[float, float],
    report: dict[str, Any],
    told: str = "",
    shown: Shown | None = None,
) -> None:
    """The run folder of one model: ranges from what it learned from, answers on what was kept from it."""
    model = window_network(fit.model)
    rng = np.random.default_rng([recipe.seed, 2])
    seen = _drawn(nights, values, fit.learn, fit.scaling, rng)
    kept = _drawn(nights, values, fit.held, fit.scaling, rng)
    minutes = context_windows(fit.scaling.inputs(values[fit.learn[0]]), CONTEXT_MINUTES)
    golden = minutes[liveliest(model.predict(minutes, batch_size=1000, verbose=0))]
    temperature, bias = calibration
    write_run(
        out,
        model=model,
        representative=seen["input"],
        golden=golden,
        held_out={**kept, "output": model.predict(kept["input"], batch_size=1000, verbose=0)},
        gate={"decides": "sign"},
        manifest={
            "task": "apnea",
            "version": "1.0.0",
            "stream": None,
            "labels": ["apnea"],
            "constants": {
                "centre": _rounded(fit.scaling.centre),
                "scale": _rounded(fit.scaling.scale),
                "calibration": [round(temperature, 6), round(bias, 6)],
                "threshold": [round(float(calibrated(np.zeros(1), temperature, bias)[0]), 6)],
            },
            "parameters": int(model.count_params()),
            "made_with": made_with(),
            "trained_on": [trained_on(NIGHT_DATASETS[DATASET], len(fit.learn))],
        },
        report=report,
        card=CARD.read_text() + told,
        shown=shown,
    )


def _drawn(
    nights: Sequence[Night],
    values: Sequence[NDArray[np.float32]],
    places: Sequence[int],
    scaling: Scaling,
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    """SAMPLE labelled minutes of these nights at random: the windows around them, labels and records."""
    some = [nights[at] for at in places]
    windows = np.concatenate([context_windows(scaling.inputs(values[at]), CONTEXT_MINUTES) for at in places])
    record = np.repeat([night.name for night in some], [len(night.label) for night in some])
    labelled = np.flatnonzero(np.concatenate([night.is_scored for night in some]))
    drawn = labelled[rng.permutation(len(labelled))[:SAMPLE]]
    is_apnea = np.concatenate([night.is_apnea for night in some])
    return {
        "input": windows[drawn],
        "label": is_apnea[drawn].astype(np.int64),
        "group_record": record[drawn],
    }


def _cross_validate(
    nights: Sequence[Night], values: Sequence[NDArray[np.float32]], recipe: Recipe
) -> list[Fit]:
    """Of each fold the model that has not seen its nights."""
    groups = sorted({night_of(night.name) for night in nights})
    fold_of = {group: place % FOLDS for place, group in enumerate(groups)}
    fold = np.array([fold_of[night_of(night.name)] for night in nights])
    return [
        _fit(
            nights,
            values,
            learn=np.flatnonzero(fold != number).tolist(),
            held=np.flatnonzero(fold == number).tolist(),
            recipe=recipe,
            number=number,
        )
        for number in np.unique(fold).tolist()
    ]


def _fit(
    nights: Sequence[Night],
    values: Sequence[NDArray[np.float32]],
    *,
    learn: list[int],
    held: list[int],
    recipe: Recipe,
    number: int,
) -> Fit:
    """Learn from stretches of the nights `learn`, some of them backwards, all a little blurred.

    All members learn from the same stretches and differ by where they began and what dropout hid from them.
    `number` makes the luck of a fit its own.
    """
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(100 * recipe.seed + number)
    rng = np.random.default_rng([recipe.seed, 1, number])
    scaling = _scaling([values[at] for at in learn])
    inputs = [scaling.inputs(values[at]) for at in learn]
    share = np.array([len(part) for part in inputs]) / sum(len(part) for part in inputs)
    steps = max(1, round(sum(len(part) for part in inputs) / STRETCH / BATCH))
    total = recipe.epochs * steps
    model = night_network()
    model.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                1e-4, total - total // 10, warmup_target=recipe.learning_rate, warmup_steps=total // 10
            ),
            weight_decay=0.02,
        ),
        loss=members_loss(recipe.label_smoothing),
        jit_compile=False,
    )
    history = []
    for _ in tqdm(range(recipe.epochs), desc=f"fit {number + 1}", unit="epoch", disable=None):
        loss = 0.0
        for _ in range(steps):
            drawn = rng.choice(len(learn), BATCH, p=share)
            parts = [_stretch(inputs[at], nights[learn[at]], rng) for at in drawn.tolist()]
            stretch, target, weight = (np.stack(column) for column in zip(*parts, strict=True))
            # Of each minute for itself, and of the whole stretch, as persons differ.
            blur = rng.normal(0.0, recipe.noise, stretch.shape)
            blur += rng.normal(0.0, recipe.noise, (BATCH, 1, CHANNELS))
            blurred = (stretch + blur * weight[..., np.newaxis]).astype(np.float32)
            model.reset_metrics()
            loss += model.train_on_batch(
                blurred[:, np.newaxis],
                target[:, np.newaxis, :, np.newaxis],
                sample_weight=weight[:, np.newaxis],
            )
        history.append({"loss": round(float(loss) / steps / MEMBERS, 2)})
    return Fit(learn, held, scaling, model, history)


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


def _whole_night(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logit of each minute, as windows around each would give it."""
    half = CONTEXT_MINUTES // 2
    padded = np.pad(inputs, ((half, half), (0, 0)))[np.newaxis, np.newaxis]
    # Called directly: predict would make a new graph for each length of night.
    logits = np.asarray(model(padded, training=False))[0, 0, half:-half]
    return np.asarray(np.mean(logits, axis=-1), dtype=np.float32)


def _scaling(values: Sequence[NDArray[np.float32]]) -> Scaling:
    known = np.concatenate(values)
    return Scaling(
        np.asarray(np.nanmean(known, axis=0, dtype=np.float64).round(4), dtype=np.float32),
        np.asarray(np.nanstd(known, axis=0, dtype=np.float64).round(4) + 1e-4, dtype=np.float32),
    )


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]
