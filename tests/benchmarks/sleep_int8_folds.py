"""What int8 costs the sleep model on persons left out: `python -m tests.benchmarks.sleep_int8_folds DATA`.

Training and conversion never meet in one command, so this brings them together: the networks of each fold
are trained as `vitalward train sleep` does, quantised as `vitalward convert` does, and both judge the persons
left out, with the decoder fitted to the float network's answers. Prints the figures of both and where they
differ most, in percentage points (kappas in hundredths). Needs TensorFlow and some minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converter.quantise import quantise
from edge.adapters.litert import open_model
from edge.signals.sleep_stages import WindowModel
from training.datasets.sleep_accel import read_nights
from training.hypnograms import agreement, metrics
from training.int8_beside_float import worst_difference
from training.sleep import (
    KEPT_WINDOWS,
    Fold,
    Recipe,
    answering,
    cross_fitted,
    fold_decoders,
    fold_networks,
    out_of_fold,
    windows_of,
)
from training.sleep_equalise import even_out
from training.sleep_evaluation import in_batches


def main(argv: list[str]) -> None:
    """Train, quantise, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=Recipe(seed=0).folds)
    options = parser.parse_args(argv)
    recipe = Recipe(seed=options.seed, folds=options.folds)
    nights = read_nights(options.data).used
    parts = fold_networks(nights, recipe, recipe.seed)
    by_float = out_of_fold(nights, parts, [in_batches(answering(part.model)) for part in parts])
    decoders = fold_decoders(nights, parts, by_float)
    learned = [windows_of([nights[at] for at in part.learned_from], part.lesson) for part in parts]
    quantised = [in_int8(part, windows) for part, windows in zip(parts, learned, strict=True)]
    by_int8 = out_of_fold(nights, parts, quantised)
    float_nights, int8_nights = (
        cross_fitted(nights, parts, decoders, probability) for probability in (by_float, by_int8)
    )
    changed = [a.stage != b.stage for a, b in zip(float_nights, int8_nights, strict=True)]
    found = {
        "float": metrics(float_nights),
        "int8": metrics(int8_nights),
        "worst_difference": worst_difference(metrics(float_nights), metrics(int8_nights)),
        "epochs_called_otherwise_percent": round(100.0 * float(np.mean(np.concatenate(changed))), 3),
        "int8_agreement": agreement(int8_nights),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def in_int8(part: Fold, windows: NDArray[np.float32]) -> WindowModel:
    """A fold's network as the device would run it, its ranges measured on windows it has learned from."""
    kept = np.random.default_rng(0).permutation(len(windows))[:KEPT_WINDOWS]
    even_out(part.model, windows[kept])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        part.model.save(file)
        interpreter = open_model(quantise(file, windows[kept]).model)
    into = interpreter.get_input_details()[0]["index"]
    out_of = interpreter.get_output_details()[0]["index"]

    def answer(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        answers = []
        for window in inputs:
            interpreter.set_tensor(into, window[np.newaxis])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(out_of))
        return np.concatenate(answers)

    return answer


if __name__ == "__main__":
    main(sys.argv[1:])
