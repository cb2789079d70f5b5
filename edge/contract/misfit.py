"""Where values written by hand do not fit their types: the key at fault, and what its type admits."""

from __future__ import annotations

import re
import types
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<place>\d+|\.\.\.)\]")
_BOUNDS = (("gt", "above"), ("ge", "from"), ("le", "to"))
_PLAIN = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}


class Misfit(NamedTuple):
    """The key with dots, what is wrong with its value, and what is allowed; "" where that cannot be said."""

    key: str
    what: str
    allowed: str


def misfit(tree: Any, kind: Any, error: msgspec.ValidationError) -> Misfit:
    """What `error` says, which came of `tree` being converted to `kind`, in the terms of who wrote `tree`."""
    what, _, path = str(error).partition(" - at ")
    key, declared = "", kind
    for step in _STEP.finditer(path.strip("`").removeprefix("$")):
        declared = _bare(declared)
        if step["name"]:
            name = step["name"]
            declared = _fields(declared).get(name)
            tree = tree.get(name) if isinstance(tree, dict) else None
            key += f".{name}"
        elif step["place"] == "...":
            # Of a table whose keys are free the error does not say which.
            declared = get_args(declared)[-1]
            name = next((one for one in tree if not _fits(tree[one], declared)), step["place"])
            tree = tree.get(name)
            key += f".{name}"
        else:
            place = int(step["place"])
            declared = _item(declared, place)
            tree = tree[place]
            key += f"[{place}]"
    return Misfit(key.removeprefix("."), what, _words(declared))


def _words(declared: Any) -> str:
    """What a type admits."""
    declared = _bare(declared)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return _bounded(_bare(arguments[0]), arguments[1])
    if origin is Literal or (isinstance(declared, type) and issubclass(declared, StrEnum)):
        members = [str(member) for member in arguments or declared]
        return " or ".join(f'"{member}"' for member in members) if len(members) < 4 else ", ".join(members)
    if origin is dict:
        return f"a table of your own names, each {_words(arguments[1])}"
    if origin is tuple:
        return f"a list, each {_words(arguments[0])}"
    fields = _fields(declared)
    return f"a table with the keys {', '.join(fields)}" if fields else _PLAIN.get(declared, "")


def _bounded(base: Any, meta: Any) -> str:
    if base is str:
        if meta.pattern is not None:
            return f"text that matches {meta.pattern}"
        return f"text of {meta.min_length or 0} to {meta.max_length} characters"
    bounds = [
        f"{word} {_number(getattr(meta, field))}"
        for field, word in _BOUNDS
        if getattr(meta, field) is not None
    ]
    return " ".join([_words(base), *bounds])


def _number(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else str(bound)


def _bare(declared: Any) -> Any:
    """The type without the None that stands for a key left out."""
    if get_origin(declared) in {types.UnionType, Union}:
        kinds = [kind for kind in get_args(declared) if kind is not types.NoneType]
        return _bare(kinds[0]) if len(kinds) == 1 else declared
    return declared


def _fields(declared: Any) -> dict[str, Any]:
    if isinstance(declared, type) and issubclass(declared, msgspec.Struct):
        hints = get_type_hints(declared, include_extras=True)
        return {field.name: hints[field.name] for field in msgspec.structs.fields(declared)}
    return {}


def _item(declared: Any, place: int) -> Any:
    if get_origin(declared) is Annotated:
        declared = get_args(declared)[0]
    arguments = get_args(declared)
    if not arguments:
        return None
    return arguments[0] if arguments[-1] is Ellipsis or place >= len(arguments) else arguments[place]


def _fits(value: Any, declared: Any) -> bool:
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError:
        return False
    return True
