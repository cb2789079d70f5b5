"""Learning epoch by epoch: the inputs drawn anew for each, in batches of random order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract.errors import DataError

if TYPE_CHECKING:
    import keras

# The inputs of an epoch, one array for each input of the model, and its targets; all (rows, ...).
Drawn = tuple[Sequence[NDArray[np.float32]], NDArray[np.float32]]


class Pace(Protocol):
    """What a recipe says of its learning."""

    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def batch(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102


def seeded(seed: int) -> np.random.Generator:
    """Make every step of TensorFlow repeat itself; a generator for what is drawn besides."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    return np.random.default_rng([seed, 1])


def learn(
    model: keras.Model,
    loss: Callable[[Any, Any], Any],
    pace: Pace,
    draw: Callable[[], Drawn],
    rng: np.random.Generator,
) -> list[dict[str, float]]:
    """Fit by AdamW with a cosine schedule; the mean loss of each epoch's batches."""
    import keras

    inputs, targets = draw()
    batches = len(targets) // pace.batch
    if not batches:
        raise DataError(
            f"{len(targets)} windows an epoch",
            where="what is to be learned from",
            allowed=f"{pace.batch} or more: name more --records, or none",
        )
    schedule = keras.optimizers.schedules.CosineDecay(pace.learning_rate, pace.epochs * batches)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=pace.weight_decay)
    model.compile(optimizer=optimizer, loss=loss, jit_compile=False)
    history = []
    progress = tqdm(range(pace.epochs), desc="epochs", disable=None)
    for epoch in progress:
        if epoch:
            inputs, targets = draw()
        order, total = rng.permutation(len(targets)), 0.0
        for first in range(0, batches * pace.batch, pace.batch):
            rows = order[first : first + pace.batch]
            batch = [part[rows] for part in inputs]
            seen = batch if len(batch) > 1 else batch[0]
            total += float(model.train_on_batch(seen, targets[rows]))
        history.append({"loss": round(total / batches, 3)})
        progress.set_postfix(loss=history[-1]["loss"])
    return history
