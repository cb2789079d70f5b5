"""From a run folder to a verified bundle."""

from __future__ import annotations

import dataclasses
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from converter.examine import Examination, answers_of, examine, require
from converter.freeze import freeze
from converter.golden import Answer, not_recorded, record_golden
from converter.names import bundle_names
from converter.quantise import Precision, quantise
from converter.report import conversion_report, write_report
from converter.run_folder import HeldOut, Run, RunManifest
from converter.slim import slim
from converter.tensors import tensors_of
from edge.adapters.litert import Kernels, Model, Network, load_model, load_network, open_model
from edge.contract.bundle import Bundle, decode_bundle, encode_bundle, write_bundle
from edge.contract.manifest import Manifest, StreamUse, Tensor
from edge.signals.calibration import calibrated
from edge.signals.features import channels

# How far other kernels than the reference ones may stray: the farthest seen is 3 steps, on aarch64.
GOLDEN_MAX_STEPS: Final = 4

# Held-out inputs on which each layer is compared with float: 64 settle a root mean square to a few percent.
EXAMINED: Final = 64
TIMED_CALLS: Final = 1_000


def pack_run(run: Run, out: Path) -> Bundle:
    """The bundle of `packed` alone."""
    return packed(run, out)[0]


def packed(run: Run, out: Path) -> tuple[Bundle, Examination]:
    """Quantise, let the int8 model answer, fix what depends on its answers, pass the gate, pack and verify.

    A report of the conversion is left beside the bundle, whether the gate opens or not. Raises DataError or
    BundleError, and leaves no bundle, if any step does not hold.
    """
    use = run.manifest.stream
    held_out = _inputs(run.held_out.input, use)
    converted = quantise(
        run.model,
        _inputs(run.representative, use),
        examined=held_out[:: max(1, len(held_out) // EXAMINED)][:EXAMINED],
    )
    model_inputs, model_outputs = tensors_of(converted.model)
    if run.held_out.widths is not None:
        model_outputs = _named(model_outputs, converted.outputs)
        run = _in_order(run, run.held_out.widths, converted.outputs)
    model = slim(converted.model)
    manifest = Manifest(
        format=2,
        task=run.manifest.task,
        version=run.manifest.version,
        stream=use,
        labels=run.manifest.labels,
        inputs=model_inputs,
        outputs=model_outputs,
        constants=run.manifest.constants,
        parameters=run.manifest.parameters,
        golden=not_recorded(GOLDEN_MAX_STEPS),
        made_with={**run.manifest.made_with, **_converted_with()},
        trained_on=run.manifest.trained_on,
        parts=(),
        finding=run.manifest.finding,
    )
    # The reference kernels are exact on every processor, so what is fixed by their answers is too.
    network = Network(manifest, open_model(model, Kernels.REFERENCE))
    answer = network.answer if use is None else Model(network, use).answer
    answered = _answers(answer, run.held_out.input)
    shipped = _differences(answered, run.held_out)
    if use is not None:
        use, figures = _frozen(use, answered[:, 0], run)
        manifest, shipped = msgspec.structs.replace(manifest, stream=use), {**figures, **shipped}
    answers = answers_of(manifest, run.held_out, answered, run.gate)
    examination = examine(manifest, converted, held_out, answers, run.gate)
    latency_us = _latency_us(Network(manifest, open_model(model)).answer, held_out[0])
    write_report(conversion_report(manifest, model, examination, answers, latency_us), out)
    require(examination, str(run.model))
    manifest, golden_input, golden_output = record_golden(
        manifest, run.golden, answer, run.manifest.golden_outputs
    )
    data = encode_bundle(
        manifest,
        model=model,
        golden_input=golden_input,
        golden_output=golden_output,
        card=f"{run.card}\n{_as_shipped(shipped, run.manifest)}",
        card_data=msgspec.json.encode({**run.report, "as_shipped": shipped}),
    )
    (load_network if use is None else load_model)(decode_bundle(data, where=str(out)))
    return write_bundle(out, data), examination


def model_in(precision: Precision, run: Run) -> bytes:
    """The model alone as TFLite in another precision than a bundle's; DataError if that cannot be made."""
    return quantise(run.model, _inputs(run.representative, run.manifest.stream), precision).model


def _inputs(rows: NDArray[np.float32], use: StreamUse | None) -> NDArray[np.float32]:
    """What the model sees of rows of a run folder, (n, ...): of windows their features."""
    if use is None:
        return rows
    parts = np.array_split(rows, max(1, len(rows) // 4096))
    return np.concatenate([channels(part, use.features) for part in parts])


def _named(tensors: tuple[Tensor, ...], names: tuple[str, ...]) -> tuple[Tensor, ...]:
    """Outputs under the names Keras has for them, as a bundle takes these."""
    return tuple(
        msgspec.structs.replace(tensor, name=name)
        for tensor, name in zip(tensors, bundle_names(names, "output"), strict=True)
    )


def _in_order(run: Run, widths: dict[str, int], names: tuple[str, ...]) -> Run:
    """The run with float's outputs and their widths in the order of the converted model's."""
    parts = np.split(run.held_out.output, np.cumsum(list(widths.values()))[:-1], axis=1)
    by_name = dict(zip(widths, parts, strict=True))
    held_out = dataclasses.replace(
        run.held_out,
        output=np.hstack([by_name[name] for name in names]),
        widths={name: widths[name] for name in names},
    )
    return dataclasses.replace(run, held_out=held_out)


def _latency_us(answer: Answer, row: NDArray[np.float32]) -> dict[str, float]:
    """Of one call with the kernels the edge uses; for the report only, no byte of the bundle knows it."""
    timings = []
    for _ in range(TIMED_CALLS):
        began = time.perf_counter_ns()
        answer(row)
        timings.append((time.perf_counter_ns() - began) / 1000.0)
    return {"p50": round(float(np.median(timings)), 1), "p99": round(float(np.percentile(timings, 99)), 1)}


def _converted_with() -> dict[str, str]:
    """The versions that decide the bytes besides those of the training."""
    return {name: version(name) for name in ("vitalward", "ai-edge-litert", "flatbuffers")}


def _answers(answer: Answer, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What int8 answers to each input, float32 (n, m)."""
    return np.array([answer(row) for row in tqdm(inputs, desc="int8", disable=None)], np.float32)


def _differences(answered: NDArray[np.float32], held_out: HeldOut) -> dict[str, Any]:
    """How far int8 strays from float on held-out inputs, in the unit of the outputs; of several by name."""
    strays = np.abs(answered - held_out.output)
    if held_out.widths is None:
        return {"held_out": len(answered), **_difference(strays)}
    parts = np.split(strays, np.cumsum(list(held_out.widths.values()))[:-1], axis=1)
    outputs = {name: _difference(part) for name, part in zip(held_out.widths, parts, strict=True)}
    return {"held_out": len(answered), "outputs": outputs}


def _difference(strays: NDArray[np.float32]) -> dict[str, float]:
    return {
        "output_difference_mean": round(float(np.mean(strays)), 5),
        "output_difference_p99": round(float(np.percentile(strays, 99)), 5),
    }


def _frozen(use: StreamUse, logit: NDArray[np.float32], run: Run) -> tuple[StreamUse, dict[str, float]]:
    """Calibration by int8's own answers, what it does with them, and where float differs."""
    is_positive = run.held_out.is_positive
    assert is_positive is not None, "read_run refuses a run of a stream without labels"
    calibration = freeze(logit, is_positive)
    called, float_called = (
        calibrated(values, calibration.temperature, calibration.bias) >= use.threshold
        for values in (logit, run.held_out.output[:, 0])
    )
    figures = {
        "se": round(100.0 * float(np.mean(called[is_positive])), 3),
        "sp": round(100.0 * float(np.mean(~called[~is_positive])), 3),
        "decisions_changed_by_int8": round(100.0 * float(np.mean(called != float_called)), 3),
    }
    return msgspec.structs.replace(use, calibration=calibration), figures


def _as_shipped(figures: dict[str, Any], manifest: RunManifest) -> str:
    """The figures as the card's last paragraph."""
    elsewhere = f"`vitalward evaluate {manifest.task}` gives more.\n"
    beside = (
        f"**As shipped** (int8, beside float on {figures['held_out']} inputs): outputs differ from float's"
    )
    if "outputs" in figures:
        strays = ",\n".join(f"`{name}` by {_strays(of)}" for name, of in figures["outputs"].items())
        return f"{beside}:\n{strays}. {elsewhere}"
    if manifest.stream is None:
        return f"{beside} by\n{_strays(figures)}. {elsewhere}"
    return (
        f"**As shipped** (int8, {figures['held_out']} windows of the persons held out, who also fixed\n"
        f"the calibration): sensitivity {figures['se']} %, specificity {figures['sp']} %; float decides\n"
        f"otherwise in {figures['decisions_changed_by_int8']} % of the windows. {elsewhere}"
    )


def _strays(of: dict[str, float]) -> str:
    return (
        f"{of['output_difference_mean']} on average and by at most {of['output_difference_p99']} in 99 of 100"
    )
