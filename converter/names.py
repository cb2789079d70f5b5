"""What inputs, outputs and layers are called: by TensorFlow while it converts, and in a bundle."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

LONGEST: Final = 64


def plain_names(given: Iterable[str]) -> dict[str, str]:
    """For each name one in the same order that TensorFlow takes: it fails at blanks, hyphens and keywords."""
    return {name: f"input_{place:03d}" for place, name in enumerate(sorted(given))}


def scope_name(name: str) -> str:
    """The name of a layer as TensorFlow takes it: `_` for what is not a letter, a digit, `_`, `.` or `-`.

    One that begins with neither letter nor digit gets an `x` in front.
    """
    found = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return found if found[:1].isalnum() else f"x{found}"


def bundle_names(given: Sequence[str], kind: str) -> tuple[str, ...]:
    """Names as a manifest takes them, no two alike: lower case, `_` for what is no letter, digit, `.` or `-`.

    One that begins with no letter gets `kind` in front; one that another has already gets a number. The order
    they are given in makes no difference: Keras and a .tflite file have the same outputs in different ones.
    """
    fitting = {name: _fitting(name, kind) for name in given}
    called: dict[str, str] = {}
    for name in sorted(given, key=lambda name: (name != fitting[name], name)):
        called[name] = _unlike(called.values(), fitting[name])
    return tuple(called[name] for name in given)


def _fitting(name: str, kind: str) -> str:
    found = re.sub(r"[^a-z0-9_.-]", "_", name.lower())
    return found if re.match("[a-z]", found) else f"{kind}_{found}"


def _unlike(taken: Collection[str], name: str) -> str:
    """The name itself, or the first of name_2, name_3... that is not taken."""
    found, number = name[:LONGEST], 1
    while found in taken:
        number += 1
        found = f"{name[: LONGEST - 1 - len(str(number))]}_{number}"
    return found
