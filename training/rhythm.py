"""Trains the rhythm model: does this window of 64 RR intervals look like atrial fibrillation?

Records -> windows -> model -> fit -> calibrate -> evaluate -> run folder, in that order, on this page.
Learns from LTAFDB, whose persons all have AF, and from the nights of persons who have none; some of both
are held out for the calibration. Networks that differ by luck only differ in what they call AF wrongly, and
their mean errs less than any of them. So several learn from the labels, and the one that ships learns what
they answer together: docs/decisions/0021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError
from edge.signals.calibration import calibrated, fit_calibration
from edge.signals.features import channels
from edge.signals.rr import rr_quality
from training.augment import SPARE_BEATS, augment
from training.charts import corruption
from training.datasets.catalogue import BEAT_DATASETS
from training.datasets.nights import (
    NIGHT_DATASETS,
    SAME_NIGHT,
    WITHHELD,
    Night,
    night_of,
    read_nights,
)
from training.datasets.wfdb import BeatRecord, read_records
from training.epochs import Drawn, learn, seeded
from training.figure_table import figure_table
from training.golden import spread_runs
from training.report_page import Shown
from training.rhythm_charts import charts
from training.rhythm_figures import intervals, judge_corrupted, judge_record, metrics
from training.run_folder import columns, made_with, trained_on, write_run
from training.splits import split_by_record
from training.windows import Windows, is_organised, label_windows, without_doubtful

if TYPE_CHECKING:
    import keras

CARD: Final = Path(__file__).parent / "cards" / "rhythm.md"
DATASET: Final = "ltafdb"
WINDOW_BEATS: Final = 64
HOP_BEATS: Final = 16
FEATURES: Final = (
    "log_ratio_local",
    "difference",
    "ratio_recent",
    "sorted_change",
    "sorted_ratio",
    "level",
)
MIN_QUALITY: Final = 0.75
# AF is called where it is more likely than not: docs/decisions/0018.
THRESHOLD: Final = 0.5


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about a training; together with the data it decides every byte of the outcome."""

    seed: int
    records: tuple[str, ...] | None = None
    teachers: int = 8
    epochs: int = 16
    windows_per_epoch: int = 120_000
    batch: int = 512
    learning_rate: float = 4e-3
    weight_decay: float = 1e-3
    held_out: float = 0.2


def train(data: Path, out: Path, recipe: Recipe) -> None:
    """Train as `recipe` says on the recordings under `data` and write the run folder `out`."""
    records = read_records(BEAT_DATASETS[DATASET], data, recipe.records)
    learned, held = _split(records.used, recipe)
    sources, skipped = [trained_on(records.dataset, len(records.used))], dict(records.skipped)
    for dataset in NIGHT_DATASETS.values() if recipe.records is None else ():
        nights = read_nights(dataset, data)
        in_sinus = _sinus_nights(nights.used)
        parts = _split(in_sinus, recipe)
        learned, held = learned + parts[0], held + parts[1]
        sources.append(trained_on(dataset, len(in_sinus)))
        skipped |= nights.skipped
    # Augmentation uses up beats.
    pool = Pool([_judged(without_doubtful(record), hop=8, spare=SPARE_BEATS) for record in learned])
    held_windows = [_judged(record, hop=HOP_BEATS) for record in held]
    held_rr_ms = np.concatenate([windows.rr_ms for windows in held_windows])
    held_is_af = np.concatenate([windows.is_af for windows in held_windows])
    held_record = np.repeat(
        [record.name for record in held], [len(windows.is_af) for windows in held_windows]
    )

    _check_kinds(held_is_af, held)

    rng = seeded(recipe.seed)
    teachers = [
        _fit(lambda: _labelled(pool, recipe, rng), recipe, rng)[0]
        for _ in tqdm(range(recipe.teachers), desc="teachers", disable=None)
    ]
    teacher = _together(teachers)
    model, history = _fit(lambda: _taught(teacher, pool, recipe, rng), recipe, rng)

    logit = _logits(model, _inputs(held_rr_ms))
    temperature, bias = fit_calibration(logit, held_is_af)

    def score(rr_ms: NDArray[np.float32]) -> NDArray[np.float64]:
        if not len(rr_ms):
            return np.empty(0)
        answers = calibrated(_logits(model, _inputs(rr_ms)), temperature, bias)
        return np.where(rr_quality(rr_ms) >= MIN_QUALITY, answers, np.nan)

    scored = [judge_record(record, score, length=WINDOW_BEATS, hop=HOP_BEATS) for record in held]
    figures, bounds = metrics(scored, THRESHOLD)["afl_non_af"], intervals(scored, THRESHOLD)["afl_non_af"]
    by_percent = judge_corrupted(held, score, length=WINDOW_BEATS, hop=HOP_BEATS)
    curve = {name: metrics(parts, THRESHOLD) for name, parts in by_percent.items()}
    heading = (
        f"**Held out** ({len(held)} records, {figures['windows']} windows, float; intervals by drawing\n"
        "records anew; they fixed the calibration)"
    )

    seen, _ = pool.draw(1024, np.random.default_rng([recipe.seed, 2]))
    write_run(
        out,
        model=model,
        representative=seen,
        golden=held_rr_ms[spread_runs(logit)],
        held_out={
            "input": held_rr_ms,
            "output": logit,
            "is_positive": held_is_af,
            "group_record": held_record,
        },
        manifest={
            "task": "rhythm",
            "version": "1.0.0",
            "stream": {
                "signals": ["rr"],
                "window": {"length": WINDOW_BEATS, "hop": HOP_BEATS},
                "features": list(FEATURES),
                "threshold": THRESHOLD,
                "calibration": {"temperature": temperature, "bias": bias},
                "abstention": {"quality": "rr_quality", "min_quality": MIN_QUALITY},
                "conditions": ["irregular_rhythm"],
            },
            "labels": ["other", "af"],
            "constants": {},
            "parameters": int(model.count_params()),
            "made_with": made_with(),
            "trained_on": sources,
        },
        report={
            "recipe": asdict(recipe),
            "learned_from": [record.name for record in learned],
            "held_out": [record.name for record in held],
            "skipped": skipped,
            "history": columns(history),
            "held_out_figures": figures,
            "held_out_intervals": bounds,
        },
        card=f"{CARD.read_text()}\n{figure_table(heading, figures, bounds)}",
        shown=Shown(
            of=f"Of the {len(held)} records held out, which fixed the calibration; the float model.",
            figures=figures,
            intervals=bounds,
            charts={**charts(scored, THRESHOLD), "Corrupted beats": [corruption(curve)]},
        ),
    )


def _sinus_nights(nights: Sequence[Night]) -> list[BeatRecord]:
    """The nights as records in sinus rhythm; those that test the apnea model are not among them."""
    return [
        BeatRecord(
            night.name,
            (1000.0 * np.diff(night.beat_s)).astype(np.float32),
            np.full(len(night.beat_s) - 1, "N", dtype=object),
        )
        for night in nights
        if not night.name.startswith(WITHHELD) and night.name not in SAME_NIGHT
    ]


def _judged(record: BeatRecord, *, hop: int, spare: int = 0) -> Windows:
    """The labelled windows of a record that a device would judge."""
    windows = label_windows(record, length=WINDOW_BEATS, hop=hop, spare=spare)
    return windows.where(rr_quality(windows.rr_ms) >= MIN_QUALITY)


class Pool:
    """The windows to learn from, drawn so that every subject and every kind of window has its say."""

    def __init__(self, windows: Sequence[Windows]) -> None:
        self._windows = windows
        # Per kind, for each record that has any: where they are and how likely each is to be drawn.
        self._kinds = {
            "af": [_places((record.af_share == 1.0) & ~is_organised(record.rr_ms)) for record in windows],
            "mixed": [_places((record.af_share > 0.0) & (record.af_share < 1.0)) for record in windows],
            "other": [_places(record.af_share == 0.0) for record in windows],
        }
        self._irregular = [
            _irregular(record.rr_ms, places)
            for record, places in zip(windows, self._kinds["other"], strict=True)
        ]

    def draw(self, size: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Augmented windows, float32 (size, WINDOW_BEATS), in random order, and the share of AF in each."""
        parts = [
            self._draw_kind(self._kinds["af"], int(0.42 * size), rng),
            self._draw_kind(self._kinds["mixed"], int(0.10 * size), rng),
            self._draw_kind(self._irregular, int(0.24 * size), rng),
        ]
        parts.append(self._draw_kind(self._kinds["other"], size - sum(len(part[1]) for part in parts), rng))
        rr_ms = np.concatenate([part[0] for part in parts])
        af_share = np.concatenate([part[1] for part in parts])
        order = rng.permutation(len(af_share))
        rr_ms, af_share = rr_ms[order], af_share[order]
        return augment(rr_ms, af_share > 0.0, rng)[:, :WINDOW_BEATS], af_share

    def _draw_kind(
        self, places: Sequence[NDArray[np.int64]], size: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`size` windows: each first draws a record among those that have this kind, then a window of it."""
        having = [record for record, found in enumerate(places) if len(found)]
        if not having:
            return np.empty((0, WINDOW_BEATS + SPARE_BEATS), np.float32), np.empty(0, np.float32)
        drawn = rng.integers(0, len(having), size)
        rr_ms, af_share = [], []
        for at, record in enumerate(having):
            chosen = rng.choice(places[record], int(np.sum(drawn == at)))
            rr_ms.append(self._windows[record].rr_ms[chosen])
            af_share.append(self._windows[record].af_share[chosen])
        return np.concatenate(rr_ms), np.concatenate(af_share)


def build() -> keras.Model:
    """The network: a convolution, four depthwise separable ones, two poolings, a hidden layer, one logit."""
    import keras
    from keras import layers

    def separable(inputs: keras.KerasTensor, width: int) -> keras.KerasTensor:
        hidden = layers.DepthwiseConv2D((1, 5), padding="same", use_bias=False)(inputs)
        hidden = layers.BatchNormalization(momentum=0.95)(hidden)
        hidden = layers.ReLU()(hidden)
        hidden = layers.Conv2D(width, 1, use_bias=False)(hidden)
        hidden = layers.BatchNormalization(momentum=0.95)(hidden)
        if inputs.shape[-1] == width:
            hidden = layers.Add()([inputs, hidden])
        return layers.ReLU()(hidden)

    inputs = keras.Input((1, WINDOW_BEATS, len(FEATURES)))
    hidden = layers.Conv2D(24, (1, 5), padding="same", use_bias=False)(inputs)
    hidden = layers.BatchNormalization(momentum=0.95)(hidden)
    hidden = layers.ReLU()(hidden)
    hidden = separable(hidden, 32)
    hidden = layers.AveragePooling2D((1, 2))(hidden)
    hidden = separable(hidden, 32)
    hidden = layers.AveragePooling2D((1, 2))(hidden)
    hidden = separable(hidden, 32)
    hidden = separable(hidden, 32)
    pooled = layers.Concatenate()(
        [layers.GlobalAveragePooling2D()(hidden), layers.GlobalMaxPooling2D()(hidden)]
    )
    hidden = layers.Dense(16, activation="relu")(pooled)
    return keras.Model(inputs, layers.Dense(1)(hidden))


def _labelled(pool: Pool, recipe: Recipe, rng: np.random.Generator) -> Drawn:
    """Windows and what their labels say of them."""
    rr_ms, af_share = pool.draw(recipe.windows_per_epoch, rng)
    # Which beat a transition falls on is a matter of taste, so windows around the half are half right.
    target = np.clip(0.5 + 2.5 * (af_share - 0.5), 0.02, 0.98)
    return [_inputs(rr_ms)], target[:, np.newaxis]


def _taught(teacher: keras.Model, pool: Pool, recipe: Recipe, rng: np.random.Generator) -> Drawn:
    """Windows and what the teacher says of them."""
    inputs = _inputs(pool.draw(recipe.windows_per_epoch, rng)[0])
    probability = calibrated(_logits(teacher, inputs), 1.0, 0.0).astype(np.float32)
    return [inputs], probability[:, np.newaxis]


def _together(networks: Sequence[keras.Model]) -> keras.Model:
    """One model that answers the mean of the networks' logits."""
    import keras
    from keras import layers

    inputs = keras.Input(networks[0].input_shape[1:])
    return keras.Model(inputs, layers.Average()([network(inputs) for network in networks]))


def _fit(
    draw: Callable[[], Drawn], recipe: Recipe, rng: np.random.Generator
) -> tuple[keras.Model, list[dict[str, float]]]:
    """A network that has learned from what `draw` gives for each epoch."""
    import keras

    model = build()
    return model, learn(model, keras.losses.BinaryCrossentropy(from_logits=True), recipe, draw, rng)


def _split(records: Sequence[BeatRecord], recipe: Recipe) -> tuple[list[BeatRecord], list[BeatRecord]]:
    """The records to learn from and those held out; no night is on both sides."""
    shares: dict[str, list[float]] = {}
    for record in records:
        shares.setdefault(night_of(record.name), []).append(float(np.mean(record.rhythm == "AFIB")))
    share_af = [float(np.mean(share)) for share in shares.values()]
    _, held = split_by_record(list(shares), share_af, held_out=recipe.held_out, seed=recipe.seed)
    is_held = [night_of(record.name) in held for record in records]
    return (
        [record for record, is_out in zip(records, is_held, strict=True) if not is_out],
        [record for record, is_out in zip(records, is_held, strict=True) if is_out],
    )


def _check_kinds(is_af: NDArray[np.bool_], held: Sequence[BeatRecord]) -> None:
    """Raise DataError unless the held-out windows can judge both kinds of mistakes."""
    if is_af.all() or not is_af.any():
        raise DataError(
            "one kind of windows only",
            where=f"held-out records {', '.join(record.name for record in held)}",
            allowed="records with atrial fibrillation and without, enough that both are held out",
        )


def _inputs(rr_ms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows as the network takes them: float32 (n, 1, WINDOW_BEATS, features)."""
    parts = [channels(part, FEATURES) for part in np.array_split(rr_ms, max(1, len(rr_ms) // 4096))]
    return np.concatenate(parts)[:, np.newaxis]


def _logits(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = np.array_split(inputs, max(1, len(inputs) // 4096))
    return np.concatenate([model.predict_on_batch(part)[:, 0] for part in parts])


def _places(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.flatnonzero(chosen)


def _irregular(rr_ms: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fifth of the windows at `places` that change most from beat to beat: the hard negatives."""
    windows = rr_ms[places]
    change = np.mean(np.abs(np.diff(windows, axis=1)), axis=1) / np.mean(windows, axis=1)
    return places[np.argsort(-change, kind="stable")[: max(1, len(places) // 5)]]
