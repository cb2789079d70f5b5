"""Files that are there whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of what `path` held, on the disk when it returns; OSError leaves that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    try:
        with scratch.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        rename_whole(scratch, path)
    except BaseException:
        # On a full disk what was begun would take the room of what is to come.
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise


def rename_whole(path: Path, to: Path) -> None:
    """Rename a file within its folder, on the disk when it returns. Raises OSError."""
    path.replace(to)
    _sync_folder(path.parent)


def remove_whole(path: Path) -> None:
    """Remove a file if it is there, off the disk when it returns. Raises OSError."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
