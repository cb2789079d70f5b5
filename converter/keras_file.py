"""Reads a .keras file without TensorFlow: its layers by name, and which of them int8 cannot follow."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from converter.names import scope_name
from edge.contract.errors import DataError

# Full int8 conversion of these ends in a crash of the converter or leaves a model of hundreds of kB.
RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D")
MODELS: Final = ("Functional", "Sequential")
# What does the same work and has int8 kernels everywhere; by layer class, else by operator.
INSTEAD: Final = {
    **dict.fromkeys(RECURRENT, "dilated Conv1D layers over a fixed window"),
    "LayerNormalization": "BatchNormalization, which is folded into the layer before it",
    "GroupNormalization": "BatchNormalization, which is folded into the layer before it",
    "RMSNormalization": "BatchNormalization, which is folded into the layer before it",
    "UnitNormalization": "BatchNormalization, which is folded into the layer before it",
    "ELU": "relu, or swish where negative values matter",
    "CUMSUM": "a Conv1D or Dense layer, or the sum as a feature",
    "TOPK_V2": "sorting in the features, before the model",
    "Erf": "tanh",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the model: the name it was given and its Keras class."""

    name: str
    kind: str


def read_layers(model: Path) -> list[Layer]:
    """All layers, those of models within the model too. Raises DataError for what is no .keras file."""
    return list(_layers(_config(model)))


def read_inputs(model: Path) -> dict[str, tuple[int, ...]]:
    """The model's inputs by name, in alphabetical order, each with its shape for one input.

    Rows and converted files have them in that order. Raises DataError for a shape that is not fixed.
    """
    found = {}
    for layer in _config(model)["config"]["layers"]:
        if layer["class_name"] == "InputLayer":
            shape = layer["config"].get("batch_shape") or layer["config"]["batch_input_shape"]
            if None in shape[1:]:
                raise DataError(
                    f"input {layer['config']['name']!r} of shape {tuple(shape[1:])}",
                    where=str(model),
                    allowed="fixed sizes; only the batch may be open",
                )
            found[str(layer["config"]["name"])] = tuple(int(size) for size in shape[1:])
    return dict(sorted(found.items()))


def _config(model: Path) -> Any:
    try:
        with zipfile.ZipFile(model) as archive:
            config = json.loads(archive.read("config.json"))
        if "layers" not in config["config"]:
            raise ValueError(f"a model of class {config['class_name']}, not of layers")
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"it cannot be read ({error})",
            where=str(model),
            allowed="a Sequential or Functional model written by model.save(...)",
        ) from error
    return config


def refuse_recurrent(layers: list[Layer], model: Path) -> None:
    """Raise DataError for a layer known to break the int8 conversion, before it is tried."""
    for layer in layers:
        if layer.kind in RECURRENT:
            raise DataError(
                f"layer {layer.name!r} ({layer.kind}) has no int8 form",
                where=str(model),
                allowed=INSTEAD[layer.kind],
            )


def layer_of(tensor_names: tuple[str, ...], layers: list[Layer]) -> Layer | None:
    """The layer that made a tensor: names look like `model_1/layer_1/Operation`, counters added by Keras."""
    by_name = {scope_name(layer.name): layer for layer in layers if layer.kind not in MODELS}
    for tensor_name in reversed(tensor_names):
        for word in reversed(re.split(r"[/;]", tensor_name)):
            found = by_name.get(re.sub(r"_\d+$", "", word)) or by_name.get(word) or by_name.get(word.lower())
            if found is not None:
                return found
    return None


def instead_of(operator: str, layer: Layer | None) -> str:
    """What to use in place of an operator that has no int8 kernel."""
    general = "convolutions, dense layers, pooling, ReLU, swish, tanh, sigmoid, softmax"
    if layer is not None and layer.kind in INSTEAD:
        return INSTEAD[layer.kind]
    return INSTEAD.get(operator, general)


def _layers(config: Any) -> Iterator[Layer]:
    """Every part of a configuration that is named and has a class, depth first."""
    if isinstance(config, dict):
        inner = config.get("config")
        if isinstance(inner, dict) and "name" in inner and "class_name" in config:
            yield Layer(name=str(inner["name"]), kind=str(config["class_name"]))
        for value in config.values():
            yield from _layers(value)
    elif isinstance(config, list):
        for value in config:
            yield from _layers(value)
