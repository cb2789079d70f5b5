"""`vitalward bundle verify`: is it whole, who vouches for it, and does it answer here as it was evaluated?

Each check is done only if the one before holds, so nothing of a model runs that nobody vouches for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.adapters.litert import Kernels, verify_golden
from edge.bundles import PROJECT_KEYS
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError
from edge.contract.keys import PublicKey, read_public_keys
from edge.contract.signature import require_trust


def main(argv: list[str]) -> int:
    """0 if every bundle passes every check, 1 if one does not."""
    parser = argparse.ArgumentParser(
        prog="vitalward bundle verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, nargs="+", help="the bundles to verify")
    parser.add_argument("--keys", type=Path, default=PROJECT_KEYS, help="PEM file of trusted public keys")
    parser.add_argument("--allow-unsigned", action="store_true", help="go on whatever the signature is worth")
    options = parser.parse_args(argv)
    keys = read_public_keys(options.keys)
    passed = [verify(path, keys, allow_unsigned=options.allow_unsigned) for path in options.bundle]
    return 0 if all(passed) else 1


def verify(path: Path, keys: tuple[PublicKey, ...], *, allow_unsigned: bool) -> bool:
    """Print each check of a bundle as it is done, then the verdict; whether it passed."""
    sys.stdout.write(f"{path}\n")
    try:
        for check, found in _checks(path, keys, allow_unsigned=allow_unsigned):
            sys.stdout.write(f"  {check:<18} {found}\n")
    except BundleError as error:
        sys.stdout.write(f"  REFUSED: {error.what} (allowed: {error.allowed})\n")
        return False
    sys.stdout.write("  PASSED\n")
    return True


def _checks(path: Path, keys: tuple[PublicKey, ...], *, allow_unsigned: bool) -> Iterator[tuple[str, str]]:
    bundle = read_bundle(path)
    parts = bundle.manifest.parts
    yield "whole", f"{bundle.name}, {len(parts)} parts with their hashes, sha256 {bundle.sha256}"
    trust = require_trust(bundle, keys, allow_unsigned=allow_unsigned, where=str(path))
    yield "signature", trust if bundle.signature is None else f"{trust}, key {bundle.signature.key}"
    for kernels in (Kernels.REFERENCE, Kernels.OPTIMISED):
        off = verify_golden(bundle, kernels)
        told = "all exact" if off == 0 else f"at most {off:.0f} steps off"
        yield f"{kernels.name.lower()} kernels", f"{bundle.manifest.golden.vectors} golden vectors, {told}"
