"""spec.toml: what the converter must be told of a model of the user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from converter.limits import Limits
from edge.contract.errors import ConfigError
from edge.contract.manifest import Finding, Name, TrainingData, Version


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


KEYS: Final = tuple(field.name for field in msgspec.structs.fields(Spec))


def read_spec(path: Path) -> Spec:
    """Read a spec file. Raises ConfigError naming the key that is wrong."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Spec)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(error), where=str(path), allowed="a TOML file") from error
    except msgspec.ValidationError as error:
        raise ConfigError(str(error), where=str(path), allowed=f"the keys {', '.join(KEYS)}") from error
