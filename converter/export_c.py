"""A bundle as C for a microcontroller: the model with int8 ends, what it must be fed, and a test."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from converter.inspect import operator_counts
from converter.micro import arena_bytes, refuse_missing_operators
from converter.targets.cases import Case, int8_case
from edge.contract.bundle import Bundle
from edge.contract.manifest import Manifest, Tensor

BYTES_A_LINE: Final = 16
# The microcontroller's kernels round a layer here and there otherwise (docs/targets.md).
TOLERANCE: Final = 1


def export_c(bundle: Bundle, out: Path) -> list[Path]:
    """Write `TASK_model` and `TASK_golden`, each as .h and .c, into `out`; gives the paths.

    Raises BundleError for a float model and for operators that tflite-micro does not have.
    """
    case = int8_case(bundle)
    refuse_missing_operators(case.model, bundle.name)
    name = re.sub(r"\W", "_", bundle.manifest.task)
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        f"{name}_model.h": _model_header(name, bundle, case),
        f"{name}_model.c": _model_source(name, case.model),
        f"{name}_golden.h": _golden_header(name, case),
        f"{name}_golden.c": _golden_source(name, case),
    }
    for file, text in texts.items():
        (out / file).write_text(text, encoding="ascii", errors="replace")
    return [out / file for file in texts]


def _model_header(name: str, bundle: Bundle, case: Case) -> str:
    manifest = bundle.manifest
    lines = [
        f"/* {bundle.name}, made by vitalward bundle export-c. Not a medical device. sha256 of the bundle:",
        f"   {bundle.sha256} */",
        *_guard(f"{name}_MODEL_H"),
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        f"extern const unsigned char {name}_model[];",
        f"extern const size_t {name}_model_bytes;",
        "",
        "/* Working memory to give the interpreter, in bytes. */",
        _define(name, "ARENA_BYTES", arena_bytes(case.model)),
        f"/* Operators to register: {', '.join(operator_counts(case.model))}. */",
        "",
        *_ends(name, "INPUT", manifest.inputs),
        *_ends(name, "OUTPUT", manifest.outputs),
        _define(name, "LABELS", ", ".join(f'"{label}"' for label in manifest.labels)),
        _define(name, "LABEL_COUNT", len(manifest.labels)),
        *_stream(name, manifest),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _ends(name: str, kind: str, tensors: tuple[Tensor, ...]) -> Iterable[str]:
    """Sizes and scaling: value = scale * (code - zero point)."""
    for number, tensor in enumerate(tensors):
        prefix = f"{kind}_{number}"
        shape = " x ".join(map(str, tensor.shape))
        yield f"/* {tensor.name}, {shape}: value = scale * (code - zero point) */"
        yield _define(name, f"{prefix}_SIZE", int(np.prod(tensor.shape)))
        yield _define(name, f"{prefix}_SCALE", f"{tensor.scale!r}f" if tensor.scale else "1.0f")
        yield _define(name, f"{prefix}_ZERO_POINT", f"({tensor.zero_point})")


def _stream(name: str, manifest: Manifest) -> Iterable[str]:
    use = manifest.stream
    if use is None:
        return
    yield ""
    yield f"/* Of {', '.join(use.signals)}, a window every hop; its channels are these features, in order. */"
    yield _define(name, "WINDOW", use.window.length)
    yield _define(name, "HOP", use.window.hop)
    yield _define(name, "FEATURES", ", ".join(f'"{feature}"' for feature in use.features))
    yield _define(name, "FEATURE_COUNT", len(use.features))
    yield "/* Present from this threshold of 1 / (1 + exp(-(logit - bias) / temperature)) on; a window whose"
    yield f"   {use.abstention.quality} is below the least is not judged. */"
    yield _define(name, "THRESHOLD", f"{use.threshold!r}f")
    yield _define(name, "TEMPERATURE", f"{use.calibration.temperature!r}f")
    yield _define(name, "BIAS", f"{use.calibration.bias!r}f")
    yield _define(name, "MIN_QUALITY", f"{use.abstention.min_quality!r}f")


def _model_source(name: str, model: bytes) -> str:
    return (
        f'#include "{name}_model.h"\n\n#include <stdalign.h>\n\n'
        f"alignas(16) const unsigned char {name}_model[] = {{\n"
        f"{_rows(np.frombuffer(model, np.uint8))}}};\n"
        f"const size_t {name}_model_bytes = sizeof {name}_model;\n"
    )


def _golden_header(name: str, case: Case) -> str:
    lines = [
        *_guard(f"{name}_GOLDEN_H"),
        "#include <stdint.h>",
        "",
        _define(name, "GOLDEN_VECTORS", len(case.expected)),
        "/* The outputs from FIRST to before STOP, end to end, are compared. */",
        _define(name, "GOLDEN_INPUTS", sum(int(np.prod(part.shape[1:])) for part in case.inputs)),
        _define(name, "GOLDEN_FIRST", case.first),
        _define(name, "GOLDEN_STOP", case.stop),
        "",
        "/* The inputs of each vector end to end, and the outputs of the reference kernels. */",
        f"extern const int8_t {name}_golden_input[];",
        f"extern const int8_t {name}_golden_output[];",
        "",
        "/* Runs the model: all inputs end to end in, all outputs end to end out. */",
        f"typedef void (*{name}_answer)(const int8_t *inputs, int8_t *outputs);",
        "",
        "/* How many compared outputs are more than `tolerance` steps off; 0 is a pass. The kernels of",
        f"   tflite-micro need a tolerance of {TOLERANCE}. `outputs` is room for all outputs of a vector. */",
        f"int {name}_golden_failures({name}_answer answer, int8_t *outputs, int tolerance);",
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _golden_source(name: str, case: Case) -> str:
    inputs = np.hstack([part.reshape(len(part), -1) for part in case.inputs])
    upper = name.upper()
    return (
        f'#include "{name}_golden.h"\n\n'
        f"const int8_t {name}_golden_input[] = {{\n{_rows(inputs.ravel())}}};\n\n"
        f"const int8_t {name}_golden_output[] = {{\n{_rows(case.expected.astype(np.int8).ravel())}}};\n\n"
        f"int {name}_golden_failures({name}_answer answer, int8_t *outputs, int tolerance)\n{{\n"
        f"    const int8_t *expected = {name}_golden_output;\n"
        "    int failures = 0;\n"
        f"    for (int vector = 0; vector < {upper}_GOLDEN_VECTORS; vector++) {{\n"
        f"        answer({name}_golden_input + vector * {upper}_GOLDEN_INPUTS, outputs);\n"
        f"        for (int at = {upper}_GOLDEN_FIRST; at < {upper}_GOLDEN_STOP; at++) {{\n"
        "            const int off = outputs[at] - *expected++;\n"
        "            failures += off > tolerance || off < -tolerance;\n"
        "        }\n    }\n    return failures;\n}\n"
    )


def _guard(name: str) -> list[str]:
    return [f"#ifndef VITALWARD_{name.upper()}", f"#define VITALWARD_{name.upper()}", ""]


def _define(name: str, what: str, value: object) -> str:
    return f"#define {name.upper()}_{what} {value}"


def _rows(values: NDArray[np.integer]) -> str:
    numbers = values.tolist()
    lines = (numbers[at : at + BYTES_A_LINE] for at in range(0, len(numbers), BYTES_A_LINE))
    return "".join(f"    {', '.join(map(str, line))},\n" for line in lines)
