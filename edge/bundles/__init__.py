"""The bundles that come with the edge."""

from __future__ import annotations

from pathlib import Path

from edge.contract.errors import BundleError


def shipped_bundle(task: str) -> Path:
    """The newest bundle for `task` in this folder. Raises BundleError if there is none."""
    folder = Path(__file__).parent
    found = {path.name: path for path in folder.glob("*.vwb")}
    fitting = [name for name in found if name.rpartition("-")[0] == task]
    if not fitting:
        raise BundleError(f"none for {task!r}", where=str(folder), allowed=", ".join(sorted(found)))
    return found[max(fitting, key=_version)]


def _version(name: str) -> tuple[int, ...]:
    """`rhythm-1.10.0.vwb` comes after `rhythm-1.9.0.vwb`."""
    return tuple(int(part) for part in name.rpartition("-")[2].removesuffix(".vwb").split("."))
