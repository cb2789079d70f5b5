"""`vitalward bundle inspect`: what a bundle holds and who signed it. Whether that counts, verify tells."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.adapters.litert import operator_counts
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.manifest import Codes, Tensor


def main(argv: list[str]) -> int:
    """Print it for people, or as JSON."""
    parser = argparse.ArgumentParser(prog="vitalward bundle inspect", description=__doc__)
    parser.add_argument("bundle", type=Path, help="the bundle to look into")
    parser.add_argument("--json", action="store_true", help="manifest, card and all as one JSON object")
    options = parser.parse_args(argv)
    bundle = read_bundle(options.bundle)
    size, operators = options.bundle.stat().st_size, operator_counts(bundle.model)
    if options.json:
        sys.stdout.write(json.dumps(_tree(bundle, size, operators), indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{what:<12}{told}\n" for what, told in _lines(bundle, size, operators))
    return 0


def _tree(bundle: Bundle, size: int, operators: dict[str, int]) -> dict[str, Any]:
    return {
        "name": bundle.name,
        "bytes": size,
        "sha256": bundle.sha256,
        "signature": msgspec.to_builtins(bundle.signature),
        "operators": operators,
        "manifest": msgspec.to_builtins(bundle.manifest),
        "card": json.loads(bundle.card_data),
    }


def _lines(bundle: Bundle, size: int, operators: dict[str, int]) -> Iterator[tuple[str, str]]:
    manifest, golden = bundle.manifest, bundle.manifest.golden
    yield "bundle", f"{bundle.name}, format {manifest.format}, {size} bytes"
    yield "sha256", bundle.sha256
    yield "signature", "none" if bundle.signature is None else f"by key {bundle.signature.key}"
    for part in manifest.parts:
        yield "part", f"{part.name}, {part.bytes} bytes"
    yield "operators", ", ".join(f"{count} {name}" for name, count in operators.items())
    yield "parameters", str(manifest.parameters)
    for kind, tensors in (("input", manifest.inputs), ("output", manifest.outputs)):
        for tensor in tensors:
            yield kind, _tensor(tensor)
    yield "labels", ", ".join(manifest.labels)
    use = manifest.stream
    if use is not None:
        yield "stream", f"{', '.join(use.signals)}: {use.window.length} samples every {use.window.hop}"
        yield "features", ", ".join(use.features)
        yield "threshold", f"{use.threshold:g}, temperature {use.calibration.temperature:g}"
        yield "abstains", f"below {use.abstention.min_quality:g} of {use.abstention.quality}"
        yield "conditions", ", ".join(use.conditions)
    for name, values in manifest.constants.items():
        yield "constant", f"{name}, {len(values)} numbers"
    yield "golden", f"{golden.vectors} vectors: {_codes(golden.inputs)} in, {_codes(golden.outputs)} out"
    yield "made with", ", ".join(f"{name} {version}" for name, version in manifest.made_with.items())
    for data in manifest.trained_on:
        yield "trained on", f"{data.title}, {data.records} records, {data.licence}, {data.url}"


def _tensor(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape))
    inside = "" if tensor.scale is None else f", inside int8 x {tensor.scale:g} from {tensor.zero_point}"
    return f"{tensor.name}, float32 {shape}{inside}"


def _codes(codes: Codes) -> str:
    return f"{codes.type} x {', '.join(f'{scale:g}' for scale in codes.scales)}"
