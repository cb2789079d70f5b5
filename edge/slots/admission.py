"""Whether a bundle may be tried at all: form, hashes and signature first, then whether this edge wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from edge.contract.bundle import Bundle, decode_bundle
from edge.contract.errors import BundleError
from edge.contract.signature import Trust
from edge.slots.equipment import Equipment, Loaded
from edge.slots.folder import Request
from edge.slots.versions import is_newer


class Admitted(NamedTuple):
    """A bundle that may be tried, and the one that is in use."""

    bundle: Bundle
    trust: Trust
    in_use: Loaded

    @property
    def is_in_use(self) -> bool:
        """Whether it is the very same."""
        return self.bundle.sha256 == self.in_use.status.sha256


def admit(request: Request, equipment: Equipment, in_force: Mapping[str, str | None]) -> Admitted:
    """Check what somebody wants installed; nothing of its model runs. BundleError says why it may not be."""
    bundle = decode_bundle(request.data, where=request.file)
    trust = equipment.trust_in(bundle, where=request.file)
    task, version = bundle.manifest.task, bundle.manifest.version
    if task not in equipment.tasks:
        raise BundleError(
            f"a model for {task}, which this edge does not use",
            where=request.file,
            allowed=", ".join(equipment.tasks),
        )
    admitted = Admitted(bundle, trust, equipment.in_use(task, in_force))
    used = admitted.in_use.version
    if not (admitted.is_in_use or request.allow_downgrade or is_newer(version, used)):
        raise BundleError(
            f"version {version} is not above {used}, which is in use",
            where=request.file,
            allowed="a higher version, or any with --allow-downgrade",
        )
    return admitted
