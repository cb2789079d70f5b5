"""Bundles as C: what the compiler makes of them is the model, and its test tells right from wrong."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from converter.export_c import export_c
from converter.int8_ends import with_int8_ends
from converter.targets.cases import int8_case
from edge.adapters.litert import open_model
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.errors import BundleError
from edge.contract.golden import input_sizes
from tests.conftest import absent

Codes = NDArray[np.int8]
ANSWER = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_int8), ctypes.POINTER(ctypes.c_int8))
TASKS = ("rhythm", "risk", "pressure")


class Exported:
    """The C of a bundle, compiled without a warning and loaded."""

    def __init__(self, task: str, folder: Path) -> None:
        self.bundle = read_bundle(SHIPPED[task])
        self.folder = folder
        self.task = task
        sources = [path for path in export_c(self.bundle, folder) if path.suffix == ".c"]
        library = folder / "exported.so"
        flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, "-o", library, *sources], check=True)
        self.library = ctypes.CDLL(str(library))

    def bytes_of(self, name: str, count: int) -> bytes:
        return bytes((ctypes.c_ubyte * count).in_dll(self.library, f"{self.task}_{name}"))

    def failures(self, answer: Callable[[Codes], Codes], tolerance: int) -> int:
        """What the C test says of `answer`, from all inputs end to end to all outputs."""
        inputs = sum(int(np.prod(tensor.shape)) for tensor in self.bundle.manifest.inputs)
        outputs = sum(int(np.prod(tensor.shape)) for tensor in self.bundle.manifest.outputs)

        def call(given: ctypes._Pointer[ctypes.c_int8], room: ctypes._Pointer[ctypes.c_int8]) -> None:
            row = np.ctypeslib.as_array(given, (inputs,))
            np.ctypeslib.as_array(room, (outputs,))[:] = answer(row.copy())

        check = getattr(self.library, f"{self.task}_golden_failures")
        return int(check(ANSWER(call), (ctypes.c_int8 * outputs)(), tolerance))


@pytest.fixture(scope="module", params=TASKS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    if shutil.which("gcc") is None:
        absent(request, None, "gcc is missing")
    return Exported(request.param, tmp_path_factory.mktemp(request.param))


def reference(bundle: Bundle) -> Callable[[Codes], Codes]:
    """The model with int8 ends under the reference kernels."""
    interpreter = open_model(with_int8_ends(bundle.model))
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()

    def answer(row: Codes) -> Codes:
        interpreter.set_tensor(source["index"], row.reshape(source["shape"]))
        interpreter.invoke()
        return interpreter.get_tensor(target["index"]).ravel()

    return answer


def test_the_compiled_array_is_the_model(exported: Exported) -> None:
    """Byte for byte, the model with int8 ends, where 16-byte loads can reach it."""
    model = with_int8_ends(exported.bundle.model)

    size = ctypes.c_size_t.in_dll(exported.library, f"{exported.task}_model_bytes").value
    assert size == len(model)
    assert exported.bytes_of("model", size) == model
    array = (ctypes.c_ubyte * size).in_dll(exported.library, f"{exported.task}_model")
    assert ctypes.addressof(array) % 16 == 0


def test_the_c_test_passes_the_reference_kernels_and_only_them(exported: Exported) -> None:
    """Exact answers give no failure; answers two steps off fail everywhere, unless tolerated."""
    answer = reference(exported.bundle)

    def off(row: Codes) -> Codes:
        codes = answer(row).astype(np.int16)
        return np.where(codes > 0, codes - 2, codes + 2).astype(np.int8)

    golden = exported.bundle.manifest.golden
    assert exported.failures(answer, 0) == 0
    assert exported.failures(off, 1) == golden.vectors * (golden.stop - golden.first)
    assert exported.failures(off, 2) == 0


def test_the_header_tells_what_the_model_is_fed(exported: Exported) -> None:
    """Scaling, sizes, labels and arena are those of the manifest."""
    header = (exported.folder / f"{exported.task}_model.h").read_text()
    told = dict(re.findall(rf"#define {exported.task.upper()}_(\w+) (.*)", header))

    (tensor,) = exported.bundle.manifest.inputs
    assert float(told["INPUT_0_SCALE"].removesuffix("f")) == tensor.scale
    assert int(told["INPUT_0_ZERO_POINT"].strip("()")) == tensor.zero_point
    assert int(told["INPUT_0_SIZE"]) == np.prod(tensor.shape)
    assert int(told["LABEL_COUNT"]) == len(exported.bundle.manifest.labels)
    assert int(told["ARENA_BYTES"]) > np.prod(tensor.shape)
    stream = exported.bundle.manifest.stream
    assert ("WINDOW" in told) == (stream is not None)
    if stream is not None:
        assert (int(told["WINDOW"]), int(told["HOP"])) == (stream.window.length, stream.window.hop)
        assert input_sizes(exported.bundle.manifest) == (stream.window.length,)


def test_golden_inputs_in_c_are_what_the_model_quantises_its_floats_to(exported: Exported) -> None:
    """Int8 ends fed with the stored codes answer as the float ends do for the float vectors."""
    case = int8_case(exported.bundle)
    answer = reference(exported.bundle)
    answered = np.array([answer(row)[case.first : case.stop] for row in case.inputs[0]])

    assert np.array_equal(answered, case.expected)


def test_a_float_model_is_refused(tmp_path: Path) -> None:
    """Without int8 scaling there is nothing a microcontroller could be fed."""
    bundle = read_bundle(SHIPPED["pressure"])
    as_float = tuple(
        msgspec.structs.replace(tensor, scale=None, zero_point=None) for tensor in bundle.manifest.inputs
    )
    manifest = msgspec.structs.replace(bundle.manifest, inputs=as_float)

    with pytest.raises(BundleError, match="a float model"):
        export_c(msgspec.structs.replace(bundle, manifest=manifest), tmp_path)
