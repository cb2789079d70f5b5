"""The trial of bundles, in a process of its own: `python -m edge.adapters.litert.trial SHA256 FILE ...`.

A model can hang or crash the interpreter, or fill the memory; here that hurts nobody. Prints one verdict a
bundle, as a line of JSON.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters.litert.interpreters import Kernels
from edge.adapters.litert.verify import verify_golden
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError, RuntimeMissingError, VitalwardError

# Of addresses, of which libraries reserve far more than they use.
MOST_MEMORY_BYTES: Final = 2_000_000_000
MOST_PROCESSOR_S: Final = 60


class Verdict(msgspec.Struct, frozen=True):
    """What came of a bundle's trial: `failure` is None if each golden vector was answered as it must."""

    sha256: str
    failure: str | None = None


def trial_command(bundles: Sequence[tuple[str, Path]]) -> list[str]:
    """The command that tries bundles, given by the SHA-256 they must have and their files."""
    arguments = [argument for sha256, path in bundles for argument in (sha256, str(path))]
    return [sys.executable, "-m", "edge.adapters.litert.trial", *arguments]


def read_verdicts(output: bytes) -> list[Verdict]:
    """The verdicts that a trial has printed; BundleError if that is none."""
    try:
        return [msgspec.json.decode(line, type=Verdict) for line in output.splitlines()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(str(error), where="trial load", allowed="one verdict a bundle") from error


def main(arguments: list[str]) -> int:
    """Try each bundle; what fails is a verdict, not an error."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MOST_PROCESSOR_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    for sha256, path in zip(arguments[::2], arguments[1::2], strict=True):
        verdict = Verdict(sha256, _failure(sha256, Path(path)))
        sys.stdout.buffer.write(msgspec.json.encode(verdict) + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _failure(sha256: str, path: Path) -> str | None:
    try:
        bundle = read_bundle(path)
        if bundle.sha256 != sha256:
            return f"the file has changed since it was checked, to sha256 {bundle.sha256}"
        verify_golden(bundle, Kernels.REFERENCE)
    except RuntimeMissingError as error:
        return str(error)
    except VitalwardError as error:
        return error.what
    except (MemoryError, RuntimeError, ValueError, OSError) as error:
        return f"it failed to run ({error})"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
