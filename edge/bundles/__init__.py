"""The bundles that ship with the edge."""

from __future__ import annotations

from pathlib import Path

SHIPPED = {
    "rhythm": Path(__file__).parent / "rhythm-1.0.0.vwb",
    "sleep": Path(__file__).parent / "sleep-1.0.0.vwb",
}
