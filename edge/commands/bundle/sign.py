"""`vitalward bundle sign`: a signature over a bundle's manifest, and so over all of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.contract.bundle import read_bytes, write_bundle
from edge.contract.keys import read_private_key
from edge.contract.signature import sign_bundle


def main(argv: list[str]) -> int:
    """Sign each bundle where it stands; a signature it had gives way."""
    parser = argparse.ArgumentParser(prog="vitalward bundle sign", description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="+", help="the bundles to sign, each written anew")
    parser.add_argument("--key", type=Path, required=True, help="the private key, by vitalward bundle keygen")
    options = parser.parse_args(argv)
    secret = read_private_key(options.key)
    for path in options.bundle:
        bundle = write_bundle(path, sign_bundle(read_bytes(path), secret, where=str(path)))
        assert bundle.signature is not None, "sign_bundle gives a signature"
        sys.stdout.write(f"{path}: signed by key {bundle.signature.key}, sha256 {bundle.sha256}\n")
    return 0
