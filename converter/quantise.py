"""Float Keras model -> int8 TFLite model with float input and output.

Runs as its own process, `python -m converter.quantise MODEL REPRESENTATIVE OUT`: only a fresh TensorFlow
numbers its nodes from zero, and the numbers are in the file's bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError


def quantise(model: Path, representative: NDArray[np.float32]) -> bytes:
    """The int8 model's bytes; `representative` float32 (n, ...) are inputs to measure activation ranges on.

    Raises DataError if the conversion fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        inputs, out = Path(scratch) / "representative.npy", Path(scratch) / "model.tflite"
        np.save(inputs, representative)
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "converter.quantise", str(model), str(inputs), str(out)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise DataError(
                f"its conversion failed: {last}",
                where=str(model),
                allowed="a Keras model of layers with int8 kernels",
            )
        return out.read_bytes()


def _convert(model_file: Path, representative: NDArray[np.float32]) -> bytes:
    import keras
    import tensorflow as tf

    model = keras.models.load_model(model_file, compile=False)
    # With the batch fixed at one, no shape arithmetic is left in the graph.
    fixed = keras.models.clone_model(
        model, input_tensors=keras.Input(batch_shape=(1, *model.input_shape[1:]), name="window")
    )
    fixed.set_weights(model.get_weights())

    def samples() -> Iterator[list[NDArray[np.float32]]]:
        for sample in representative:
            yield [sample[np.newaxis]]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    # Int8 inside or an error: no layer may fall back to float.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.float32
    converter.inference_output_type = tf.float32
    return bytes(converter.convert())


if __name__ == "__main__":
    model_path, inputs_path, out_path = map(Path, sys.argv[1:])
    out_path.write_bytes(_convert(model_path, np.load(inputs_path)))
