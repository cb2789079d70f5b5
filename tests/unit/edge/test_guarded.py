"""A model that fails to run, in the edge's own process."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.slots.guarded import MODEL_FAILED, Guarded
from edge.watches.irregular_rhythm import contributions
from tests.support.corridor import FakeModel, Judged

WINDOW = np.full(64, 800.0)


def fails(_window: NDArray[np.floating]) -> Judged:
    raise RuntimeError("node 3 failed to invoke")


def test_a_failure_is_an_abstention_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The edge lives on; the reason says what it is."""
    guarded = Guarded(FakeModel(fails))

    with caplog.at_level(logging.WARNING):
        judgements = [guarded.score(WINDOW) for _ in range(3)]

    assert [(one.probability, one.reason) for one in judgements] == [(None, MODEL_FAILED)] * 3
    assert len(caplog.records) == 1


def test_a_number_that_is_none_is_no_answer() -> None:
    """Not a number would be neither above nor below any threshold."""
    assert Guarded(FakeModel(lambda _: Judged(math.nan))).score(WINDOW).reason == MODEL_FAILED


def test_contributions_of_a_model_that_fails_are_none() -> None:
    """An explanation is no reason for the edge to end."""

    class Failing(FakeModel):
        def logit(self, window: NDArray[np.floating]) -> float:
            raise RuntimeError("node 3 failed to invoke")

    assert contributions(WINDOW.astype(np.float32), Guarded(Failing())) is None


def test_a_model_that_works_is_left_as_it_is() -> None:
    """Its judgement, logit, name, hash, task and use of the stream."""
    model = FakeModel(lambda _: Judged(0.25))
    guarded = Guarded(model)

    assert guarded.score(WINDOW) == Judged(0.25)
    assert guarded.logit(WINDOW) == model.logit(WINDOW)
    assert (guarded.name, guarded.sha256, guarded.task) == (model.name, model.sha256, model.task)
    assert guarded.stream == model.stream


@pytest.mark.parametrize("answer", [math.inf, -math.inf])
def test_a_number_without_bounds_is_no_answer(answer: float) -> None:
    """Infinity would be above every threshold, and its opposite below."""
    assert Guarded(FakeModel(lambda _: Judged(answer))).score(WINDOW).reason == MODEL_FAILED
