"""The bundles that ship with the edge, and the public key of the project that signs them."""

from __future__ import annotations

from pathlib import Path

SHIPPED = {
    task: Path(__file__).parent / f"{task}-1.0.0.vwb"
    for task in ("rhythm", "apnea", "sleep", "pressure", "risk")
}

PROJECT_KEYS = Path(__file__).parent / "vitalward.pem"
