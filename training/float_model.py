"""What a float model answers: the one just trained, or that of a run folder beside its bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError, RuntimeMissingError

if TYPE_CHECKING:
    import keras


def answers(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The model's outputs for all rows of inputs, (n, ...)."""
    outputs: NDArray[np.float32] = model.predict(inputs, batch_size=8192, verbose=0)
    return outputs


class FloatModel:
    """Answers rows of inputs with rows of outputs, both float32."""

    def __init__(self, run: Path) -> None:
        """Load the model; RuntimeMissingError without Keras, DataError if the folder holds none."""
        try:
            import keras
        except ModuleNotFoundError as error:
            raise RuntimeMissingError(
                f"{error.name} is not installed",
                where="--float",
                allowed="pip install 'vitalward[training]'",
            ) from error
        if not (run / "model.keras").is_file():
            raise DataError("no model.keras", where=str(run), allowed="a folder written by vitalward train")
        self._model = keras.models.load_model(run / "model.keras", compile=False)

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Answer all rows."""
        return answers(self._model, inputs)
