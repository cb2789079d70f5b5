"""The trial of bundles, in a process of its own: `python -m edge.adapters.litert.trial SHA256 FILE ...`.

A model can hang or crash the interpreter, or fill the memory; here that hurts nobody. Prints one verdict a
bundle, as a line of JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge.adapters.child import limit_this_process
from edge.adapters.litert.interpreters import Kernels
from edge.adapters.litert.verify import verify_golden
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError, RuntimeMissingError, VitalwardError


class Verdict(msgspec.Struct, frozen=True):
    """What came of a bundle's trial: `failure` is None if each golden vector was answered as it must.

    That is exactly under the reference kernels, and within the manifest's tolerance under the optimised.
    """

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
    limit_this_process()
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
        for kernels in Kernels:
            verify_golden(bundle, kernels)
    except RuntimeMissingError as error:
        return str(error)
    except VitalwardError as error:
        return error.what
    except (MemoryError, RuntimeError, ValueError, OSError) as error:
        return f"it failed to run ({error})"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
