"""Small Keras models with fixed weights, saved by a process of its own: TensorFlow stays out of the tests.

`python -m tests.support.keras_models FOLDER NAME...` writes NAME.keras for each, and to the samples in a
NAME.npz, where there is one, the model's answers by output as NAME.answers.npz.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def save_models(folder: Path, *names: str) -> None:
    """Write `FOLDER/NAME.keras` for each name of the table below, and what each answers to its samples."""
    subprocess.run(
        [sys.executable, "-m", "tests.support.keras_models", str(folder), *names],
        check=True,
        capture_output=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )


def _table(name: str) -> keras.Model:
    import keras
    from keras import layers

    constant = keras.initializers.Constant

    def conv() -> keras.Model:
        inputs = keras.Input((16, 4))
        hidden = layers.Conv1D(8, 3, activation="relu", name="look")(inputs)
        return keras.Model(inputs, layers.Dense(1, name="logit")(layers.Flatten()(hidden)))

    def layer_norm() -> keras.Model:
        inputs = keras.Input((16, 4))
        hidden = layers.LayerNormalization(name="even_out")(layers.Conv1D(8, 3)(inputs))
        return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(hidden)))

    def first_value() -> keras.Model:
        """The logit is the first of two inputs, unchanged."""
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1, name="weigh")])
        model.set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
        return model

    def lstm() -> keras.Model:
        return keras.Sequential([keras.Input((16, 4)), layers.LSTM(4, name="memory"), layers.Dense(1)])

    def erf() -> keras.Model:
        inputs = keras.Input((8,))
        return keras.Model(inputs, layers.Dense(1)(keras.ops.erf(layers.Dense(4)(inputs))))

    def image() -> keras.Model:
        """Of 64 x 64 x 3, present where it is bright."""
        inputs = keras.Input((64, 64, 3), name="image")
        hidden = layers.Conv2D(32, 3, activation="relu", kernel_initializer="ones")(inputs)
        hidden = layers.Flatten()(layers.MaxPooling2D()(hidden))
        hidden = layers.Dense(64, activation="relu", kernel_initializer=constant(2.3e-6))(hidden)
        outputs = layers.Dense(1, activation="sigmoid", kernel_initializer=constant(0.25))(hidden)
        model = keras.Model(inputs, outputs)
        model.layers[-1].bias.assign([-8.5])
        return model

    def table() -> keras.Model:
        """Of 10 values."""
        model = keras.Sequential(
            [
                keras.Input((10,), name="values"),
                layers.Dense(128, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(1, activation="sigmoid", kernel_initializer=constant(0.1)),
            ]
        )
        model.layers[-1].bias.assign([-3.0])
        return model

    def two_in_two_out() -> keras.Model:
        vitals, history = keras.Input((8,), name="vitals"), keras.Input((4,), name="history")
        both = layers.Concatenate()([layers.Dense(8, activation="relu")(vitals), history])
        risk = layers.Dense(1, activation="sigmoid", name="risk")(both)
        stage = layers.Dense(3, activation="softmax", name="stage")(both)
        return keras.Model([vitals, history], [risk, stage])

    def pair(*names: str) -> keras.Model:
        """The logit is the sum of input a and three times input b, one number each."""
        ends = {name: keras.Input((1,), name=name) for name in "ab"}
        logit = layers.Dense(1, name="weigh")(layers.Concatenate()([ends["a"], ends["b"]]))
        model = keras.Model([ends[name] for name in names], logit)
        model.set_weights([np.array([[1.0], [3.0]]), np.zeros(1)])
        return model

    def picture(*names: str) -> keras.Model:
        """The logit is the mean of an image of 8 x 8 x 1 less that of the two numbers beside it."""
        ends = {"image": keras.Input((8, 8, 1), name="image"), "meta": keras.Input((2,), name="meta")}
        bright = layers.GlobalAveragePooling2D()(ends["image"])
        logit = layers.Dense(1, name="weigh")(layers.Concatenate()([bright, ends["meta"]]))
        model = keras.Model([ends[name] for name in names], logit)
        model.set_weights([np.array([[1.0], [-0.5], [-0.5]]), np.zeros(1)])
        return model

    models = {
        "conv": conv,
        "a_b": lambda: pair("a", "b"),
        "b_a": lambda: pair("b", "a"),
        "image_meta": lambda: picture("image", "meta"),
        "meta_image": lambda: picture("meta", "image"),
        "layer_norm": layer_norm,
        "first_value": first_value,
        "image": image,
        "table": table,
        "lstm": lstm,
        "erf": erf,
        "two_in_two_out": two_in_two_out,
    }
    return models[name]()


def main(folder: Path, names: list[str]) -> None:
    """Save each model; its weights depend on nothing but its name."""
    import keras

    from converter.conversion import answers

    for name in names:
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        model = _table(name)
        model.save(folder / f"{name}.keras")
        samples = folder / f"{name}.npz"
        if samples.exists():
            with np.load(samples, allow_pickle=False) as stored:
                outputs: dict[str, Any] = dict(answers(model, dict(stored)))
            np.savez(folder / f"{name}.answers.npz", allow_pickle=False, **outputs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
