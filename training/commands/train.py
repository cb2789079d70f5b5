"""`vitalward train TASK`: recordings in, run folder out."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from training import rhythm

TASKS = {"rhythm": rhythm}


def main(argv: list[str]) -> int:
    """Train the named task."""
    parser = argparse.ArgumentParser(prog="vitalward train", description=__doc__)
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VITALWARD_DATA", ".")),
        help="folder of the databases (default: VITALWARD_DATA)",
    )
    parser.add_argument("--records", nargs="+", help="use these records only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=rhythm.Recipe.epochs)
    parser.add_argument("--windows-per-epoch", type=int, default=rhythm.Recipe.windows_per_epoch)
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    options = parser.parse_args(argv)
    recipe = rhythm.Recipe(
        seed=options.seed,
        records=tuple(options.records) if options.records else None,
        epochs=options.epochs,
        windows_per_epoch=options.windows_per_epoch,
    )
    # TensorFlow tells of its build and of every graph it makes; nothing of it helps here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    TASKS[options.task].train(options.data, options.out, recipe)
    return 0
