"""`vitalward bundle diff`: where two bundles differ: manifest, model, golden answers, card."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edge.contract.bundle import Bundle, read_bundle
from edge.contract.golden import output_steps


def main(argv: list[str]) -> int:
    """A line for each difference; 0 if there is none, else 1."""
    parser = argparse.ArgumentParser(prog="vitalward bundle diff", description=__doc__)
    parser.add_argument("a", type=Path, help="a bundle")
    parser.add_argument("b", type=Path, help="another")
    options = parser.parse_args(argv)
    a, b = read_bundle(options.a), read_bundle(options.b)
    lines = list(differences(a, b))
    sys.stdout.writelines(f"{line}\n" for line in lines or ["no difference"])
    return 1 if lines else 0


def differences(a: Bundle, b: Bundle) -> Iterator[str]:
    """What stands in `a` and what in `b`, wherever they differ."""
    # The parts are compared themselves; their hashes would only say so again.
    manifests = [msgspec.to_builtins(msgspec.structs.replace(one.manifest, parts=())) for one in (a, b)]
    yield from _trees("manifest", *manifests)
    if a.model != b.model:
        yield f"model: {_bytes(a.model, b.model)}"
    yield from _answers(a, b)
    yield from _trees("card", json.loads(a.card_data), json.loads(b.card_data))
    if a.card != b.card:
        yield "card.md: another text"
    if a.signature != b.signature:
        yield f"signature: {_signer(a)} -> {_signer(b)}"


def _trees(path: str, a: Any, b: Any) -> Iterator[str]:
    """The leaves that differ, by the path to them."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            if key not in b:
                yield f"{path}.{key}: only in the first"
            elif key not in a:
                yield f"{path}.{key}: only in the second"
            else:
                yield from _trees(f"{path}.{key}", a[key], b[key])
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for place, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _trees(f"{path}[{place}]", one, other)
    elif a != b:
        yield f"{path}: {_short(a)} -> {_short(b)}"


def _short(value: Any) -> str:
    return f"{len(value)} values" if isinstance(value, list | tuple | dict) else json.dumps(value)


def _bytes(a: bytes, b: bytes) -> str:
    if len(a) != len(b):
        return f"{len(a)} bytes -> {len(b)} bytes"
    changed = sum(one != other for one, other in zip(a, b, strict=True))
    return f"{changed} of {len(a)} bytes differ"


def _answers(a: Bundle, b: Bundle) -> Iterator[str]:
    if not np.array_equal(a.golden_input, b.golden_input):
        yield "golden: other vectors"
    elif a.golden_output.shape != b.golden_output.shape:
        yield "golden: other outputs are kept"
    else:
        off = np.abs(a.golden_output.astype(np.float64) - b.golden_output) / output_steps(a.manifest)
        changed = int(np.count_nonzero(off.max(axis=1)))
        if changed:
            yield f"golden: {changed} of {len(off)} answers differ, by at most {off.max():.1f} steps"


def _signer(bundle: Bundle) -> str:
    return "unsigned" if bundle.signature is None else f"key {bundle.signature.key}"
