"""Faults in a file of their own, to be laid over a recording."""

from __future__ import annotations

from pathlib import Path

import msgspec

from device_sim.faults.kinds import AnyFault, WrongIdentity
from device_sim.toml_files import parse_toml, read_text
from edge.contract.errors import ConfigError


class FaultFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of faults; times count from the start of the recording."""

    faults: tuple[AnyFault, ...]


def load_faults(path: Path) -> tuple[AnyFault, ...]:
    """Read `[[faults]]`; ConfigError names file, key and what is allowed there."""
    faults = parse_toml(read_text(path), FaultFile, where=str(path), page="docs/faults.md").faults
    if any(isinstance(fault, WrongIdentity) for fault in faults):
        raise ConfigError(
            "wrong_identity needs a second wearer", where=str(path), allowed="in scenarios only"
        )
    return faults
