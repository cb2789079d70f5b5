"""A bundle that somebody wanted to install was refused, or was taken out again; the one before is in use."""

from __future__ import annotations

from typing import Final

from edge.contract.messages import Evidence

CODE: Final = "bundle_refused"
SUBJECT: Final = "bundles"


def explain(name: str, reason: str) -> Evidence:
    """Which bundle, and why."""
    return Evidence(values={"refused": name, "reason": reason})
