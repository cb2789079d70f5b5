"""TOML files of the simulator, read into types: an unknown key or a wrong value is refused with its place."""

from __future__ import annotations

import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from edge.contract.errors import ConfigError
from edge.contract.misfit import misfit

T = TypeVar("T", bound=msgspec.Struct)


def read_text(path: Path) -> str:
    """The text of a file; ConfigError when it cannot be read."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(str(error.strerror), where=str(path), allowed="a readable TOML file") from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", where=str(path), allowed="a TOML file") from None


def parse_toml(text: str, kind: type[T], *, where: str, page: str) -> T:
    """Read text into a type; ConfigError names the key, and where the format is described."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(error), where=where, allowed="TOML 1.0") from None
    for key, what, allowed in _unknown_keys(tree, kind, ""):
        raise ConfigError(what, where=f"{where}: {key}", allowed=allowed)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        found = misfit(tree, kind, error)
        place = f"{where}: {found.key or 'the file'}"
        allowed = f"{found.allowed}; see {page}" if found.allowed else f"see {page}"
        raise ConfigError(found.what, where=place, allowed=allowed) from None


def _unknown_keys(node: Any, expected: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Keys that the expected type lacks: place, what is wrong, those it has. Values are judged later."""
    origin = get_origin(expected)
    if origin is Annotated:
        yield from _unknown_keys(node, get_args(expected)[0], path)
    elif origin is types.UnionType and isinstance(node, dict):
        yield from _unknown_in_union(node, get_args(expected), path)
    elif origin is tuple and isinstance(node, list):
        for index, item in enumerate(node):
            yield from _unknown_keys(item, get_args(expected)[0], f"{path}[{index}]")
    elif origin is dict and isinstance(node, dict):
        for key, item in node.items():
            yield from _unknown_keys(item, get_args(expected)[1], f"{path}.{key}")
    elif isinstance(expected, type) and issubclass(expected, msgspec.Struct) and isinstance(node, dict):
        fields = {field.name: field.type for field in msgspec.structs.fields(expected)}
        tag = expected.__struct_config__.tag_field
        for key, item in node.items():
            place = f"{path}.{key}".removeprefix(".")
            if key in fields:
                yield from _unknown_keys(item, fields[key], place)
            elif key != tag:
                yield place, "unknown key", ", ".join(([tag] if tag else []) + list(fields))


def _unknown_in_union(
    node: dict[str, Any], members: tuple[Any, ...], path: str
) -> Iterator[tuple[str, str, str]]:
    structs = [
        member for member in members if isinstance(member, type) and issubclass(member, msgspec.Struct)
    ]
    kinds = {str(member.__struct_config__.tag): member for member in structs if member.__struct_config__.tag}
    kind = node.get("kind")
    if structs and not kinds:
        # A word or a table: the table is of the one type there is.
        yield from _unknown_keys(node, structs[0], path)
    elif kind in kinds:
        yield from _unknown_keys(node, kinds[kind], path)
    elif kinds:
        yield f"{path}.kind", "missing" if kind is None else f"unknown kind {kind!r}", ", ".join(kinds)
