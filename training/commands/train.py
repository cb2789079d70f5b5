"""`vitalward train TASK`: recordings in, run folder out."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.numbers import whole
from training.tasks import TRAIN


def main(argv: list[str]) -> int:
    """Train the named task."""
    parser = argparse.ArgumentParser(prog="vitalward train", description=__doc__)
    parser.add_argument("task", choices=sorted(TRAIN))
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VITALWARD_DATA", ".")),
        help="folder of the databases (default: VITALWARD_DATA)",
    )
    parser.add_argument("--records", nargs="+", help="use these records only")
    parser.add_argument("--seed", type=whole(0), default=0, help="decides everything random (default: 0)")
    parser.add_argument("--epochs", type=whole(1), help="default: as the shipped bundle was trained")
    parser.add_argument("--windows-per-epoch", type=whole(1), help="rhythm only")
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    options = parser.parse_args(argv)
    # TensorFlow tells of its build and of every graph it makes; nothing of it helps here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    page = importlib.import_module(TRAIN[options.task])
    known = {field.name for field in dataclasses.fields(page.Recipe)}
    choices = {
        "seed": options.seed,
        "records": tuple(options.records) if options.records else None,
        "epochs": options.epochs,
        "windows_per_epoch": options.windows_per_epoch,
    }
    chosen = {name: value for name, value in choices.items() if value is not None}
    for name in chosen:
        if name not in known:
            raise ConfigError(
                f"{options.task} has no such choice",
                where=_option(name),
                allowed=", ".join(_option(choice) for choice in choices if choice in known),
            )
    _require_place(options.out)
    page.train(options.data, options.out, page.Recipe(**chosen))
    return 0


def _require_place(out: Path) -> None:
    """ConfigError where the run folder could not be made once all is learned."""
    nearest = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise ConfigError(
            f"{nearest} is no folder that can be written", where="--out", allowed="a folder, new or there"
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
