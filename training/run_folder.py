"""The run folder: what a training leaves behind, and all that the conversion needs.

model.keras              the float model
representative.npy       what to measure activation ranges on: windows in the signal's unit for a model of a
                         stream, inputs for any other; float32, one a row
golden.npy               the same for the golden vectors
held_out.npz             `input`s to compare int8 with float on, and the float model's `output`; for a model
                         of a stream those of persons held out, also `is_positive`; for any other maybe
                         `label`, the right class of each decision; maybe `group_NAME`, what each row
                         belongs to, as text
run.json                 the manifest's values so far, the recipe, the figures, and maybe `gate`: how outputs
                         become decisions, and what int8 may lose (converter.limits)
card.md                  the card's text
report.html              figures and plots of whom the model has not learned from, and how it learned
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from training.report_page import Shown, render_run

if TYPE_CHECKING:
    import keras


class Source(Protocol):
    """What a dataset says of itself."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def citation(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102


def write_run(
    out: Path,
    *,
    model: keras.Model,
    representative: NDArray[np.float32],
    golden: NDArray[np.float32],
    held_out: dict[str, NDArray[Any]],
    manifest: dict[str, Any],
    report: dict[str, Any],
    card: str,
    gate: dict[str, Any] | None = None,
    shown: Shown | None = None,
) -> None:
    """Write a run folder, making it if need be; without `shown`, as for a fold's model, no page."""
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / "model.keras")
    np.save(out / "representative.npy", representative.astype(np.float32))
    np.save(out / "golden.npy", golden.astype(np.float32))
    np.savez(out / "held_out.npz", allow_pickle=False, **held_out)
    described = {"manifest": manifest, "report": report, "gate": gate or {}}
    (out / "run.json").write_text(json.dumps(described, indent=1))
    (out / "card.md").write_text(card)
    if shown is not None:
        (out / "report.html").write_text(render_run(manifest["task"], shown, report, card), encoding="utf-8")


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The rows' values by name, None where a row has none: a bundle carries each name once."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def ranged_and_compared(
    order: NDArray[np.int64], ranged: int, compared: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """So many rows to measure ranges on, and so many others to compare int8 with float on, if there are."""
    ranged = min(ranged, len(order) // 2)
    return order[:ranged], order[ranged : ranged + compared]


def trained_on(source: Source, records: int) -> dict[str, str | int]:
    """What a manifest tells of the data a model has learned from: so many records or persons of a dataset."""
    return {
        "dataset": source.name,
        "title": source.title,
        "records": records,
        "licence": source.licence,
        "citation": source.citation,
        "url": source.url,
    }


def made_with() -> dict[str, str]:
    """The versions a manifest names."""
    import tensorflow as tf

    # TensorFlow comes as more than one distribution.
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("keras", "numpy")},
        "tensorflow": str(tf.__version__),
    }
