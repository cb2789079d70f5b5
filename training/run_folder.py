"""The run folder: what a training leaves behind, and all that the conversion needs.

model.keras              the float model
representative.f32       windows to measure activation ranges on (float32, one window a row)
golden.f32               windows for the golden vectors
held_out.npz             rr_ms, is_af and the float model's logit of the held-out windows
run.json                 the manifest's values so far, the recipe, the figures
card.md                  the card's text
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras


def write_run(
    out: Path,
    *,
    model: keras.Model,
    representative_rr_ms: NDArray[np.float32],
    golden_rr_ms: NDArray[np.float32],
    held_out_rr_ms: NDArray[np.float32],
    held_out_is_af: NDArray[np.bool_],
    held_out_logit: NDArray[np.float32],
    manifest: dict[str, Any],
    report: dict[str, Any],
    card: str,
) -> None:
    """Write a run folder, making it if need be."""
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / "model.keras")
    (out / "representative.f32").write_bytes(representative_rr_ms.astype("<f4").tobytes())
    (out / "golden.f32").write_bytes(golden_rr_ms.astype("<f4").tobytes())
    np.savez(out / "held_out.npz", rr_ms=held_out_rr_ms, is_af=held_out_is_af, logit=held_out_logit)
    (out / "run.json").write_text(json.dumps({"manifest": manifest, "report": report}, indent=1))
    (out / "card.md").write_text(card)
