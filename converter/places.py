"""The places of what a conversion leaves, tried before the long work."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.contract.errors import DataError
from edge.contract.whole_file import write_whole

ALLOWED: Final = "a file that can be written"


def require_place(path: Path) -> None:
    """Make the folder of a file to be written. Raises DataError if the file could not be."""
    if path.is_dir():
        raise DataError("it is a folder", where=str(path), allowed=ALLOWED)
    tried = path.with_name(f".{path.name}.tried")
    try:
        tried.parent.mkdir(parents=True, exist_ok=True)
        tried.touch()
        tried.unlink()
    except OSError as error:
        raise _refusal(path, error) from error


def leave(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all. Raises DataError, and leaves what was there, if that fails."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> DataError:
    return DataError(error.strerror or "cannot be written", where=str(path), allowed=ALLOWED)
