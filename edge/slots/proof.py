"""The proof of a bundle: it has answered its golden vectors on this machine, in a process of its own.

What is proven is remembered beside the database, by the hash of the bundle and the versions of all that ran
it, so a start costs a trial only once.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge import __version__
from edge.adapters.child import Child, Ended
from edge.adapters.litert.trial import read_verdicts, trial_command
from edge.contract.errors import BundleError
from edge.contract.whole_file import write_whole

log = logging.getLogger(__name__)

# A Pi Zero 2 takes 6 s to load the libraries alone.
TRIAL_S: Final = 30.0
# As many as a gateway will ever have in use; older ones are tried again.
REMEMBERED: Final = 64

Command = Callable[[Sequence[tuple[str, Path]]], list[str]]


def fingerprint(sha256: str) -> str:
    """Of a bundle and of all that its answers depend on here."""
    made_of = [sha256, __version__, sys.version, platform.machine()]
    for package in ("numpy", "ai_edge_litert", "tflite_runtime"):
        try:
            # Asking the package costs a fraction of the memory that reading its metadata does.
            made_of.append(f"{package} {importlib.import_module(package).__version__}")
        except (ImportError, AttributeError, OSError) as error:
            made_of.append(f"no {package}: {type(error).__name__}")
    return hashlib.sha256("|".join(made_of).encode()).hexdigest()


class Proofs:
    """The proofs remembered in one file; `command` tells how a trial is run."""

    def __init__(self, path: Path, command: Command = trial_command, time_limit_s: float = TRIAL_S) -> None:
        self._path = path
        self._command = command
        self._time_limit_s = time_limit_s

    def require(self, bundles: Sequence[tuple[str, Path]]) -> None:
        """Try those not proven yet, all in one process; BundleError names the first that fails.

        `bundles` are given by their SHA-256 and file.
        """
        new = self.unproven(bundles)
        if new:
            self.accept(new, self.try_out(new).wait())

    def unproven(self, bundles: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
        """Those that have not been tried here yet."""
        known = self._known()
        return [(sha256, path) for sha256, path in bundles if fingerprint(sha256) not in known]

    def try_out(self, bundles: Sequence[tuple[str, Path]]) -> Child:
        """The process that tries them."""
        return Child(self._command(bundles), self._time_limit_s)

    def accept(self, bundles: Sequence[tuple[str, Path]], ended: Ended) -> None:
        """Remember what a trial has proven; BundleError names the first that failed."""
        verdicts = [] if ended.failure else read_verdicts(ended.output)
        found = {verdict.sha256: verdict.failure for verdict in verdicts}
        for sha256, path in bundles:
            failure = ended.failure or found.get(sha256, "the trial gave no verdict")
            if failure is not None:
                raise BundleError(
                    f"the trial load failed: {failure}", where=str(path), allowed="a bundle that works here"
                )
        self._remember([*self._known(), *(fingerprint(sha256) for sha256, _ in bundles)])

    def _known(self) -> list[str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[str])
        except (OSError, msgspec.DecodeError):
            return []

    def _remember(self, proven: list[str]) -> None:
        try:
            write_whole(self._path, msgspec.json.encode(proven[-REMEMBERED:]))
        except OSError as error:
            log.warning("%s cannot be written (%s): the next start tries the models again", self._path, error)
