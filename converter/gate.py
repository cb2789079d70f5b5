"""The gate: a conversion fails where int8 loses more against float than the recipe allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from converter.coverage import Coverage
from converter.limits import Limits

Floats = NDArray[np.floating]
Classes = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Answers:
    """What both models answer to the same held-out inputs, and what is known about these.

    `by_float` and `by_int8` are outputs (n, m); `scores` are those of both that decisions come from, (n, k).
    `decided` holds the class each decides for, (n, d); None where outputs are quantities. `truth` (n, d) are
    the right classes, None where unknown: then float's decisions stand in for them. `groups` name what each
    row belongs to: (n,) strings by the name of the grouping (sex, age band, record).
    """

    by_float: Floats
    by_int8: Floats
    scores: tuple[Floats, Floats]
    classes: tuple[str, ...]
    decided: tuple[Classes, Classes] | None
    truth: Classes | None
    groups: Mapping[str, NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. `loss` may be at most `limit`; a limit of None means it is shown and not judged."""

    what: str
    of: str
    rows: int
    by_float: float | None
    by_int8: float | None
    loss: float
    limit: float | None

    @property
    def holds(self) -> bool:
        """Whether int8 loses no more than it may."""
        return self.limit is None or self.loss <= self.limit

    def __str__(self) -> str:
        sides = "" if self.by_float is None else f" (float {self.by_float:.2f}, int8 {self.by_int8:.2f})"
        unit = "," if "," in self.what else ""
        return f"{self.what}{unit} of {self.of}: {self.loss:.2f}{sides}, at most {self.limit:g}"


def judge(answers: Answers, coverage: Sequence[Coverage], limits: Limits) -> list[Check]:
    """Every check, in the order of the report: metrics, classes, groups, flips, outputs, inputs."""
    checks = list(_of_decisions(answers, limits)) if answers.decided is not None else []
    spread = float(np.std(answers.by_float)) or 1.0
    strays = np.abs(answers.by_int8 - answers.by_float)
    checks.append(_stray("all", strays, spread, limits.output_p99))
    for grouping, group in _groups(answers):
        # The tail of a part is heavier than that of the whole.
        checks.append(_stray(grouping, strays[group], spread, 2.0 * limits.output_p99))
    checks += [
        Check(
            "input values beyond the range, in percent",
            of=part.name,
            rows=part.rows,
            by_float=None,
            by_int8=None,
            loss=round(part.saturated_percent, 4),
            limit=limits.saturated,
        )
        for part in coverage
    ]
    return checks


def area_under_roc(score: Floats, is_positive: NDArray[np.bool_]) -> float | None:
    """The share of pairs a score puts in the right order, ties counted half; None with one class only."""
    from sklearn.metrics import roc_auc_score

    if is_positive.all() or not is_positive.any():
        return None
    return float(roc_auc_score(is_positive, score))


def _of_decisions(answers: Answers, limits: Limits) -> Iterator[Check]:
    assert answers.decided is not None
    by_float, by_int8 = answers.decided
    truth = by_float if answers.truth is None else answers.truth
    areas = _areas(answers)
    if areas is not None:
        yield _loss("area under ROC", "all", truth.size, areas, limits.metric)
    yield _right("accuracy", "all", (by_float == truth, by_int8 == truth), limits.metric, limits)
    for number, name in enumerate(answers.classes):
        of_class = truth == number
        if of_class.any():
            right = by_float[of_class] == number, by_int8[of_class] == number
            yield _right("recall", f"class {name}", right, limits.per_class, limits)
    for name, group in _groups(answers):
        right = by_float[group] == truth[group], by_int8[group] == truth[group]
        yield _right("accuracy", name, right, limits.per_group, limits)
    flips = 100.0 * float(np.mean(by_float != by_int8))
    yield Check("decisions changed, in percent", "all", truth.size, None, None, round(flips, 4), limits.flips)


def _areas(answers: Answers) -> tuple[float, float] | None:
    """The areas under ROC of both, in percent, where the outputs are scores of two classes."""
    truth = answers.truth
    if truth is None or len(answers.classes) != 2 or truth.shape != answers.scores[0].shape:
        return None
    by_float, by_int8 = (area_under_roc(scores.ravel(), truth.ravel() == 1) for scores in answers.scores)
    return None if by_float is None or by_int8 is None else (100.0 * by_float, 100.0 * by_int8)


def _groups(answers: Answers) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for grouping, belongs in answers.groups.items():
        for value in sorted(set(belongs.tolist())):
            yield f"{grouping} {value}", belongs == value


def _right(
    what: str, of: str, right: tuple[NDArray[np.bool_], NDArray[np.bool_]], limit: float, limits: Limits
) -> Check:
    rows = right[0].size
    shares = 100.0 * float(np.mean(right[0])), 100.0 * float(np.mean(right[1]))
    return _loss(what, of, rows, shares, limit if rows >= limits.min_rows else None)


def _loss(what: str, of: str, rows: int, both: tuple[float, float], limit: float | None) -> Check:
    by_float, by_int8 = (round(value, 4) for value in both)
    return Check(what, of, rows, by_float, by_int8, round(by_float - by_int8, 4), limit)


def _stray(of: str, strays: Floats, spread: float, limit: float) -> Check:
    loss = round(float(np.percentile(strays, 99)) / spread, 5)
    return Check("99th percentile of the change of outputs, in SD", of, strays.size, None, None, loss, limit)
