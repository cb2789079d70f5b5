"""`vitalward bundle pack`: a bundle of its parts in a folder, as unzipping a bundle gives them.

Unzip, change a card, pack and sign: the model needs no conversion for that. The hashes are made anew, a
signature is left out. A bundle of a new model comes from `vitalward convert`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.contract.bundle import MANIFEST_PART, PARTS, repack, write_bundle
from edge.contract.errors import DataError


def main(argv: list[str]) -> int:
    """Read the parts, describe them in the manifest, check the whole and write it."""
    parser = argparse.ArgumentParser(
        prog="vitalward bundle pack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--parts", type=Path, required=True, help=f"a folder with {MANIFEST_PART}, {', '.join(PARTS)}"
    )
    parser.add_argument("--out", type=Path, required=True, help="the bundle to write, TASK-VERSION.vwb")
    options = parser.parse_args(argv)
    try:
        parts = {name: (options.parts / name).read_bytes() for name in (MANIFEST_PART, *PARTS)}
    except OSError as error:
        raise DataError(
            error.strerror or "cannot be read",
            where=str(error.filename),
            allowed=f"the parts {MANIFEST_PART}, {', '.join(PARTS)}",
        ) from error
    bundle = write_bundle(options.out, repack(parts, where=str(options.parts)))
    sys.stdout.write(f"{options.out}: {bundle.name}, unsigned, sha256 {bundle.sha256}\n")
    return 0
