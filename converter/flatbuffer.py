"""A .tflite file as a tree that can be read and changed, and back; the only page that knows its schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

# Kernels load constants in steps of 16 bytes (schema.fbs, table Buffer, force_align).
ALIGNMENT: Final = 16
FILE_IDENTIFIER: Final = b"TFL3"


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of the graph: its builtin name, the tensors it reads and writes, what they are called.

    `types` and `tensor_names` go through the inputs, then the outputs, constants included.
    """

    name: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    tensor_names: tuple[str, ...]
    types: tuple[str, ...]


class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """Stores equal vectors of numbers once: a fifth of a small model's file is the same few zero points."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._made: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - the library's name
        """The place of this vector in the file."""
        key = (x.dtype.str, x.tobytes())
        if key not in self._made:
            self._made[key] = super().CreateNumpyVector(x)
        return self._made[key]


def read_tree(model: bytes) -> Any:
    """The file's tables as objects of the schema's own Python classes (`ModelT` and those under it)."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))


def write_tree(tree: Any) -> bytes:
    """The bytes of a tree; equal trees give equal bytes. Equal vectors of numbers are stored once."""
    for buffer in tree.buffers:
        buffer.Pack = _aligned(buffer)
    builder = SharingBuilder(1024)
    builder.Finish(tree.Pack(builder), file_identifier=FILE_IDENTIFIER)
    return bytes(builder.Output())


def operators(tree: Any) -> list[Operator]:
    """The steps of the one graph, in the order they run."""
    graph = tree.subgraphs[0]
    codes = tree.operatorCodes
    steps = []
    for step in graph.operators:
        inputs = tuple(int(at) for at in step.inputs if at >= 0)
        outputs = tuple(int(at) for at in step.outputs)
        tensors = [graph.tensors[at] for at in (*inputs, *outputs)]
        code = codes[step.opcodeIndex]
        steps.append(
            Operator(
                name=_names(schema.BuiltinOperator).get(code.builtinCode, "CUSTOM"),
                version=int(code.version),
                inputs=inputs,
                outputs=outputs,
                tensor_names=tuple((tensor.name or b"").decode() for tensor in tensors),
                types=tuple(_names(schema.TensorType)[tensor.type] for tensor in tensors),
            )
        )
    return steps


@cache
def _names(enumeration: Any) -> dict[int, str]:
    return {code: name for name, code in vars(enumeration).items() if isinstance(code, int)}


def _aligned(buffer: Any) -> Any:
    """Packing of a buffer that heeds its alignment, which the generated one forgets."""

    def pack(builder: Any) -> Any:
        data = None
        if buffer.data is not None:
            builder.StartVector(1, len(buffer.data), ALIGNMENT)
            builder.head -= len(buffer.data)
            builder.Bytes[builder.head : builder.head + len(buffer.data)] = bytes(buffer.data)
            data = builder.EndVector()
        schema.BufferStart(builder)
        if data is not None:
            schema.BufferAddData(builder, data)
        return schema.BufferEnd(builder)

    return pack
