"""What the commands of the simulator have in common on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from device_sim.scoring.page import page
from edge.contract.errors import ConfigError


def output(text: str) -> Path:
    """A file to be written at the end; ConfigError at once if it cannot be."""
    path = Path(text)
    if not path.parent.is_dir():
        raise ConfigError("no such folder", where=str(path.parent), allowed="a folder that exists")
    if path.is_dir():
        raise ConfigError("it is a folder", where=str(path), allowed="a file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigError("it may not be written", where=str(path), allowed="a file that can be written")
    return path


def check_once(names: list[str], each: str) -> None:
    """ConfigError for a name that stands there twice; `each` says what may be named once."""
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("named twice", where=name, allowed=f"each {each} once")


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Write a report for machines; ConfigError when the file cannot be written."""
    write_bytes(path, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def write_page(path: Path, report: dict[str, Any]) -> None:
    """Write a score as an HTML page that needs nothing else; ConfigError when the file cannot be written."""
    write_bytes(path, page(report).encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file the user asked for; ConfigError when it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigError(
            str(error.strerror), where=str(path), allowed="a file that can be written"
        ) from None
