"""What the page of the pressure task shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from edge.signals.pressure import KINDS, QUANTILES, categorise
from training.charts import Bar, Chart, coverage, groups, reliability, roc
from training.pressure_cases import Cases, read_schemes
from training.pressure_losses import Forecast, losses

# Both schemes call a pressure high from their third category on.
HIGH_FROM: Final = 2


def forecast_charts(cases: Cases, own: Forecast, theirs: Mapping[str, Forecast]) -> list[Chart]:
    """What the page shows: coverage, the probability of a high category, and everyone's losses."""
    others = cases.others_mmhg
    said = {"this model": own} | {name.replace("_", " "): other for name, other in theirs.items()}
    below = {
        kind: np.mean(others[:, [place]] <= own.quantiles_mmhg[:, place], axis=0).tolist()
        for place, kind in enumerate(KINDS)
    }
    shown: list[Chart] = [coverage(QUANTILES, below)]
    for name, limits in read_schemes().items():
        is_high = categorise(limits, *others.T) >= HIGH_FROM
        high = {method: told.categories[name][:, HIGH_FROM:].sum(axis=1) for method, told in said.items()}
        titled = {"who is": roc(is_high, high), "how likely": reliability(is_high, high)}
        shown += [
            msgspec.structs.replace(chart, title=f"High by {name}: {words}")
            for words, chart in titled.items()
        ]
    for loss, unit in (("pinball", "mmHg"), ("log_loss", "nats")):
        means = {name: {loss: Bar(float(np.mean(losses(cases, told)[loss])))} for name, told in said.items()}
        shown.append(groups(f"Mean {loss.replace('_', ' ')}", unit, means))
    return shown


def homes_charts(homes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[Chart]:
    """Balanced accuracy of averaging, model and limit for each design, a chart a scheme."""
    methods = {"averaging": "averaging", "model over days": "model", "exact posterior": "exact_posterior"}
    return [
        groups(
            f"Usual category, {scheme}",
            "balanced accuracy, %",
            {
                design.replace("_", " "): {
                    words: Bar(found[scheme][method], *(found[scheme]["intervals"][method] or ()))
                    for words, method in methods.items()
                }
                for design, found in homes.items()
            },
        )
        for scheme in next(iter(homes.values()))
    ]
