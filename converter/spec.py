"""spec.toml: what the converter must be told of a model of the user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from converter.limits import Limits
from edge.contract.errors import ConfigError
from edge.contract.manifest import Finding, Name, TrainingData, Version
from edge.contract.misfit import misfit


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The values of a spec file; `samples` and `card` are files beside it.

    `labels` say what the outputs mean. `finding` is there if an answer can be worth an alert.
    """

    task: Name
    version: Version
    labels: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    samples: str
    trained_on: Annotated[tuple[TrainingData, ...], Meta(min_length=1)]
    card: str | None = None
    finding: Finding | None = None
    gate: Limits = Limits()


def read_spec(path: Path) -> Spec:
    """Read a spec file. Raises ConfigError naming the key that is wrong."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            str(error.strerror), where=str(path), allowed="a TOML file that is there"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(error), where=str(path), allowed="a TOML file") from error
    try:
        return msgspec.convert(tree, Spec)
    except msgspec.ValidationError as error:
        found = misfit(tree, Spec, error)
        where = f"{path}: {found.key}" if found.key else str(path)
        raise ConfigError(found.what, where=where, allowed=found.allowed) from error
