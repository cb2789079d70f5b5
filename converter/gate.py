"""The gate: a conversion fails where int8 loses more against float than the recipe allows."""

from __future__ import annotations

import dataclasses
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

    `by_float` and `by_int8` are outputs (n, m), end to end; `widths` are the sizes of each by name, in that
    order. `scores` are those of both that decisions come from, (n, k).
    `decided` holds the class each decides for, (n, d); None where outputs are quantities. `truth` (n, d) are
    the right classes, None where unknown: then float's decisions stand in for them. `groups` name what each
    row belongs to: (n,) strings by the name of the grouping (sex, age band, record).
    """

    by_float: Floats
    by_int8: Floats
    widths: Mapping[str, int]
    scores: tuple[Floats, Floats]
    classes: tuple[str, ...]
    decided: tuple[Classes, Classes] | None
    truth: Classes | None
    groups: Mapping[str, NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. `loss` may be at most `limit`; one that is only shown says why it is `not_judged`."""

    what: str
    of: str
    rows: int
    by_float: float | None
    by_int8: float | None
    loss: float | None
    limit: float | None
    not_judged: str | None = None

    @property
    def holds(self) -> bool | None:
        """Whether int8 loses no more than it may; None where that is not judged."""
        if self.not_judged is not None or self.loss is None or self.limit is None:
            return None
        return self.loss <= self.limit

    def __str__(self) -> str:
        unit = "," if "," in self.what else ""
        what = f"{self.what}{unit} of {self.of}"
        if self.not_judged is not None:
            return f"{what}: not judged ({self.not_judged})"
        sides = "" if self.by_float is None else f" (float {self.by_float:.2f}, int8 {self.by_int8:.2f})"
        return f"{what}: {self.loss:.2f}{sides}, at most {self.limit:g}"


def judge(answers: Answers, coverage: Sequence[Coverage], limits: Limits) -> list[Check]:
    """Every check, in the order of the report: metrics, classes, groups, flips, outputs, inputs."""
    checks = list(_of_decisions(answers, limits)) if answers.decided is not None else []
    checks += _of_outputs(answers, limits)
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
    if len(answers.classes) == 2 and answers.scores[0].shape == by_float.shape:
        yield _ranked(answers, by_float.size, limits)
    # Few rows are no excuse for all of them: nothing else would judge the decisions.
    yield _right("accuracy", "all", (by_float == truth, by_int8 == truth), limits.metric, least=1)
    for number, name in enumerate(answers.classes):
        of_class = truth == number
        right = by_float[of_class] == number, by_int8[of_class] == number
        yield _right("recall", f"class {name}", right, limits.per_class, limits.min_rows)
    for name, group in _groups(answers):
        right = by_float[group] == truth[group], by_int8[group] == truth[group]
        yield _right("accuracy", name, right, limits.per_group, limits.min_rows)
    flips = 100.0 * float(np.mean(by_float != by_int8))
    yield Check("decisions changed, in percent", "all", truth.size, None, None, round(flips, 4), limits.flips)


def _ranked(answers: Answers, rows: int, limits: Limits) -> Check:
    """The areas under ROC of both, in percent, of scores of two classes."""
    what, truth = "area under ROC", answers.truth
    if truth is None:
        return _shown(what, "all", rows, "there are no labels")
    by_float, by_int8 = (area_under_roc(scores.ravel(), truth.ravel() == 1) for scores in answers.scores)
    if by_float is None or by_int8 is None:
        return _shown(what, "all", rows, "all labels are of one class")
    return _loss(what, "all", rows, (100.0 * by_float, 100.0 * by_int8), limits.metric)


def _of_outputs(answers: Answers, limits: Limits) -> Iterator[Check]:
    """Each output by itself: one with large values would hide another that int8 has lost."""
    starts = np.cumsum([0, *answers.widths.values()]).tolist()
    for name, start, stop in zip(answers.widths, starts, starts[1:], strict=False):
        what = "outputs" if len(answers.widths) == 1 else f"output {name}"
        by_float, by_int8 = answers.by_float[:, start:stop], answers.by_int8[:, start:stop]
        spread = float(np.std(by_float)) or 1.0
        strays = np.abs(by_int8 - by_float)
        yield _stray(what, "all", strays, spread, limits.output_p99)
        for grouping, group in _groups(answers):
            # The tail of a part is heavier than that of the whole.
            yield _stray(what, grouping, strays[group], spread, 2.0 * limits.output_p99)


def _groups(answers: Answers) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for grouping, belongs in answers.groups.items():
        for value in sorted(set(belongs.tolist())):
            yield f"{grouping} {value}", belongs == value


def _right(
    what: str, of: str, right: tuple[NDArray[np.bool_], NDArray[np.bool_]], limit: float, least: int
) -> Check:
    rows = right[0].size
    if rows == 0:
        return _shown(what, of, rows, "no decisions")
    shares = 100.0 * float(np.mean(right[0])), 100.0 * float(np.mean(right[1]))
    check = _loss(what, of, rows, shares, limit)
    if rows >= least:
        return check
    few = f"{rows} decision{'s' * (rows != 1)}, judged from {least} on"
    return dataclasses.replace(check, limit=None, not_judged=few)


def _loss(what: str, of: str, rows: int, both: tuple[float, float], limit: float) -> Check:
    by_float, by_int8 = (round(value, 4) for value in both)
    return Check(what, of, rows, by_float, by_int8, round(by_float - by_int8, 4), limit)


def _shown(what: str, of: str, rows: int, why: str) -> Check:
    return Check(what, of, rows, None, None, None, None, not_judged=why)


def _stray(what: str, of: str, strays: Floats, spread: float, limit: float) -> Check:
    loss = round(float(np.percentile(strays, 99)) / spread, 5)
    what = f"99th percentile of the change of {what}, in SD"
    return Check(what, of, strays.size, None, None, loss, limit)
