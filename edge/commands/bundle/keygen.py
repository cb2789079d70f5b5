"""`vitalward bundle keygen`: a private key that signs bundles and the public key that checks them."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.keys import KEY_BYTES, private_pem, public_pem
from edge.contract.signature import public_key_of

NEW_FILE = "a new file in a folder that is there"


def main(argv: list[str]) -> int:
    """Write both files, never over others; the private one is readable by its owner alone."""
    parser = argparse.ArgumentParser(prog="vitalward bundle keygen", description=__doc__)
    parser.add_argument("--private", type=Path, required=True, help="the file to sign with: keep it secret")
    parser.add_argument("--public", type=Path, required=True, help="the file to check with: give it away")
    options = parser.parse_args(argv)
    for path in (options.private, options.public):
        if path.exists():
            raise ConfigError("File exists", where=str(path), allowed=NEW_FILE)
    secret = secrets.token_bytes(KEY_BYTES)
    key = public_key_of(secret)
    _write(options.private, private_pem(secret), mode=0o600)
    try:
        _write(options.public, public_pem(key), mode=0o644)
    except ConfigError:
        # Of no use without the other, and in the way of the next try.
        options.private.unlink()
        raise
    sys.stdout.write(f"key {key.id}: private in {options.private}, public in {options.public}\n")
    return 0


def _write(path: Path, text: str, *, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(error.strerror or "cannot be written", where=str(path), allowed=NEW_FILE) from error
