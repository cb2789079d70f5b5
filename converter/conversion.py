"""The only page that speaks to TensorFlow; runs as a process of its own, which `converter.quantise` starts.

`python -m converter.conversion TASK MODEL INPUTS OUT`: only a fresh TensorFlow counts its nodes from zero,
and the numbers are in the file's bytes. INPUTS is an .npz: each array is called after a use (`seen`, to
measure ranges on; `examined`, to compare layers on), a slash and an input of the model, one to each row.
TASK is `int8`, `int8-ends`, `float16` or `dynamic`, which write a .tflite file and beside it a .json: names
of the outputs in the file's own order, and for `int8` how far each layer strays from float on the
`examined` inputs, if there are any. Or it is `answers`: it writes the float model's outputs to those as .npz.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from converter.flatbuffer import read_tree
from converter.input_order import input_names, with_inputs_called
from converter.names import plain_names, scope_name

if TYPE_CHECKING:
    import keras

MADE_UP = "input_layer"

Named = dict[str, NDArray[np.float32]]


def convert(task: str, model: keras.Model, seen: Named, called: Mapping[str, str]) -> bytes:
    """The .tflite bytes, inputs as `called` and in that order; `seen` are those to measure ranges on."""
    return with_inputs_called(bytes(_converter(task, model, seen).convert()), called)


def layer_errors(model: keras.Model, seen: Named, examined: Named, scratch: Path) -> list[dict[str, Any]]:
    """Each layer's int8 output against float on the same inputs, by TensorFlow's quantisation debugger."""
    import tensorflow as tf

    def in_order() -> Iterator[list[NDArray[np.float32]]]:
        # The debugger takes inputs in the order of a file of its own, which it has made by then.
        names = input_names(bytes(debugger.quant_model))
        return ([row[name] for name in names] for row in _rows(examined))

    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=_converter("int8", model, seen), debug_dataset=in_order
    )
    debugger.run()
    with scratch.open("w") as file:
        debugger.layer_statistics_dump(file)
    with scratch.open() as file:
        return [
            {
                "operator": row["op_name"],
                "tensor": row["tensor_name"],
                "step": float(row["scale"]),
                "rms": float(row["mean_squared_error"]) ** 0.5,
            }
            for row in csv.DictReader(file)
        ]


def with_batch_of_one(model: keras.Model, plain: Mapping[str, str]) -> keras.Model:
    """The same model for one input at a time, so that no shape arithmetic is left, under plain names."""
    import keras

    inputs = [
        keras.Input(batch_shape=(1, *tensor.shape[1:]), name=plain[tensor.name], dtype=tensor.dtype)
        for tensor in model.inputs
    ]
    _name_plainly(model)
    fixed = keras.models.clone_model(model, input_tensors=_as_asked(model, inputs))
    fixed.set_weights(model.get_weights())
    if isinstance(fixed, keras.Sequential):
        return fixed
    # Of a dict of inputs TensorFlow would take the keys for their names.
    return keras.Model(inputs, fixed.output, name=fixed.name)


def given_name(name: str) -> str:
    """The name of an input, `window` for one whose name Keras has made up."""
    return "window" if name.startswith(MADE_UP) else name


def output_names(model: keras.Model) -> list[str]:
    """What Keras calls the outputs: their layers' names."""
    import keras

    if isinstance(model, keras.Sequential):
        return [str(model.layers[-1].name)]
    return list(model.output_names)


def answers(model: keras.Model, inputs: Named) -> Named:
    """The float model's outputs by name, one row for each input."""
    names = output_names(model)
    _name_plainly(model)
    given = model.predict(_as_asked(model, [inputs[tensor.name] for tensor in model.inputs]), verbose=0)
    if isinstance(given, dict):
        return {name: np.asarray(values) for name, values in given.items()}
    outputs = given if isinstance(given, list | tuple) else [given]
    return dict(zip(names, map(np.asarray, outputs), strict=True))


def _as_asked(model: keras.Model, inputs: list[Any]) -> Any:
    """Inputs in the order of the model's, as it takes them: one alone, a list or a dict."""
    import keras

    if isinstance(model, keras.Sequential):
        return inputs[0]
    return keras.tree.pack_sequence_as(model.input, inputs)


def _name_plainly(model: keras.Model) -> None:
    """Give the model and all its layers names that TensorFlow takes for scopes of its graph."""
    for layer in _with_layers(model):
        layer.name = scope_name(layer.name)


def _with_layers(model: keras.Model) -> Iterator[Any]:
    """The model, its layers, and those of models within."""
    yield model
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _with_layers(layer)
        else:
            yield layer


def _converter(task: str, model: keras.Model, seen: Named) -> Any:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if task == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if task not in {"int8", "int8-ends"}:
        return converter
    converter.representative_dataset = lambda: _rows(seen)
    # Int8 inside or an error: no layer may fall back to float.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    ends = tf.int8 if task == "int8-ends" else tf.float32
    converter.inference_input_type = ends
    converter.inference_output_type = ends
    return converter


def _rows(inputs: Named) -> Iterator[Named]:
    """One input of the model after the other, each with its batch of one."""
    for row in range(len(next(iter(inputs.values())))):
        yield {name: values[row][np.newaxis] for name, values in inputs.items()}


def _order(model: bytes, outputs: list[str]) -> list[str]:
    """What Keras calls the outputs, in the order of the file's tensors."""
    tree = read_tree(model)
    signature, graph = tree.signatureDefs[0], tree.subgraphs[0]
    called = {f"output_{at}": name for at, name in enumerate(outputs)}

    by_tensor = {int(end.tensorIndex): end.name.decode() for end in signature.outputs}
    return [called.get(by_tensor[int(at)], by_tensor[int(at)]) for at in graph.outputs]


def main(task: str, model_file: Path, inputs_file: Path, out: Path) -> None:
    """Do one task; an exception's last line is what the parent shows."""
    import keras

    loaded = keras.models.load_model(model_file, compile=False)
    with np.load(inputs_file, allow_pickle=False) as stored:
        uses: dict[str, Named] = {"seen": {}, "examined": {}}
        for name in stored.files:
            use, _, of = name.partition("/")
            uses[use][of] = stored[name]
    if task == "answers":
        # With a slash no name of an output can be one of the function's own arguments.
        given = answers(loaded, uses["examined"])
        outputs: dict[str, Any] = {f"answers/{name}": rows for name, rows in given.items()}
        np.savez(out, allow_pickle=False, **outputs)
        return
    outputs_called = output_names(loaded)
    plain = plain_names(tensor.name for tensor in loaded.inputs)
    uses = {use: {plain[of]: values for of, values in named.items()} for use, named in uses.items()}
    model = with_batch_of_one(loaded, plain)
    called = {own: given_name(of) if len(plain) == 1 else of for of, own in plain.items()}
    converted = convert(task, model, uses["seen"], called)
    out.write_bytes(converted)
    told: dict[str, Any] = {"outputs": _order(converted, outputs_called)}
    if uses["examined"]:
        told["layers"] = layer_errors(model, uses["seen"], uses["examined"], out.with_suffix(".csv"))
    out.with_suffix(".json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
