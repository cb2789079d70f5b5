"""Reads the samples that measure and judge a model of the user's own."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from converter.run_folder import GROUP
from edge.contract.errors import DataError

# Fewer rows than these can neither measure ranges nor judge.
LEAST_ROWS: Final = 32
LABEL: Final = "label"


@dataclass(frozen=True)
class Samples:
    """Rows with all inputs end to end in the order of their names, labels if given, and groups by name."""

    rows: NDArray[np.float32]
    label: NDArray[Any] | None
    groups: dict[str, NDArray[np.str_]]


def read_samples(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Samples:
    """The arrays of an .npz; `shapes` are the model's inputs by name, in alphabetical order.

    Raises DataError naming the array that does not fit.
    """
    arrays = _arrays(path, shapes)
    for name, shape in shapes.items():
        _check_input(name, arrays.get(name), shape, path, _allowed(shapes))
    about = {name: array for name, array in arrays.items() if name not in shapes}
    for name, array in about.items():
        _check_about(name, array, path, shapes)
    lengths = {len(array) for array in arrays.values()}
    if len(lengths) != 1 or min(lengths) < LEAST_ROWS:
        raise DataError(
            f"arrays of {', '.join(map(str, sorted(lengths)))} rows",
            where=str(path),
            allowed=f"as many for each, at least {LEAST_ROWS}",
        )
    flat = [arrays[name].reshape(len(arrays[name]), -1).astype(np.float32) for name in shapes]
    return Samples(
        rows=np.hstack(flat) if len(flat) > 1 else arrays[next(iter(shapes))].astype(np.float32),
        label=about.get(LABEL),
        groups={
            name.removeprefix(GROUP): array.astype(np.str_)
            for name, array in about.items()
            if name.startswith(GROUP)
        },
    )


def _arrays(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise ValueError("one array without a name")
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"it cannot be read ({error})", where=str(path), allowed=_allowed(shapes)) from error


def _allowed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return f"an .npz with {', '.join(f'{name} (n, {shape})' for name, shape in shapes.items())}"


def _check_input(
    name: str, array: NDArray[Any] | None, shape: tuple[int, ...], path: Path, allowed: str
) -> None:
    if array is None or array.ndim == 0 or array.shape[1:] != shape:
        found = "no array" if array is None else f"an array of shape {array.shape}"
        raise DataError(f"{found} for input {name!r}", where=str(path), allowed=allowed)
    # Compared as they are: a cast to float32 would warn of what is too large for it.
    if array.dtype.kind not in "fiub" or not (np.abs(array) <= np.finfo(np.float32).max).all():
        raise DataError(
            f"values that are no finite numbers for input {name!r}", where=str(path), allowed="numbers"
        )


def _check_about(name: str, array: NDArray[Any], path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise DataError for what is neither a label nor a group, one for each row."""
    if name != LABEL and not name.startswith(GROUP):
        raise DataError(
            f"an array {name!r} that nothing asks for",
            where=str(path),
            allowed=f"{', '.join(shapes)}, {LABEL}, or a name that begins with {GROUP}",
        )
    if array.ndim == 0 or (name != LABEL and array.ndim > 1):
        raise DataError(
            f"an array of shape {array.shape} for {name!r}",
            where=str(path),
            allowed="(n,), one for each row" if name != LABEL else "(n,) or (n, ...), one for each decision",
        )
