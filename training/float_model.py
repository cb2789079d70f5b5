"""The float model of a run folder, to set beside the bundle made from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError, RuntimeMissingError


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
        outputs: NDArray[np.float32] = self._model.predict(inputs, batch_size=8192, verbose=0)
        return outputs
