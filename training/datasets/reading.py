"""Reads the records of a folder one after another: what can be used, and of all others why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from edge.contract.errors import DataError

Record = TypeVar("Record")


def found_in(folder: Path, *endings: str, sources: str) -> list[str]:
    """The names of the records that have a file with any of these endings, in order.

    Raises DataError, with `sources` saying where to get them, if there are none.
    """
    # A dot in front is how some systems keep notes beside a file.
    found = {
        path.name.removesuffix(ending)
        for ending in endings
        for path in (folder.glob(f"*{ending}") if folder.is_dir() else ())
        if not path.name.startswith(".")
    }
    if not found:
        raise DataError("no records", where=str(folder), allowed=f"{sources}; --data names the parent folder")
    return sorted(found)


def read_each(
    found: list[str],
    names: Iterable[str] | None,
    read: Callable[[str], Record | str],
    *,
    folder: Path,
    title: str,
) -> tuple[tuple[Record, ...], dict[str, str]]:
    """The records found, or those named, and of each that `read` cannot use or refuses, why.

    Raises DataError if a named record is not there, or none can be used.
    """
    wanted = found if names is None else list(dict.fromkeys(names))
    if missing := sorted(set(wanted) - set(found)):
        raise DataError(f"no record {', '.join(missing)}", where=str(folder), allowed=", ".join(found))
    used, skipped = [], {}
    for name in tqdm(wanted, desc=f"reading {title}", unit="record", disable=None):
        try:
            record = read(name)
        except DataError as error:
            record = str(error)
        except OSError as error:
            record = f"it cannot be read ({error})"
        if isinstance(record, str):
            skipped[name] = record
        else:
            used.append(record)
    if not used:
        why = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise DataError(
            f"no record can be used ({why})", where=str(folder), allowed="whole, labelled records"
        )
    return tuple(used), skipped
