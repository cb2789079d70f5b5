"""The desk where models of one's own are asked: what becomes of a question on which the model fails."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.litert import Network
from edge.asked.desk import Desk
from edge.contract.errors import MessageError
from edge.contract.manifest import Codes, Finding, Golden, Manifest, Tensor, TrainingData
from edge.contract.questions import Question
from edge.contract.topics import QuestionTopic, Topics
from tests.support.corridor import NOON_S

ADA = QuestionTopic("ada", "camera", "drowsy")


@dataclass
class FakeInterpreter:
    """Answers with its input, and fails on 13; the port of `edge.adapters.litert.interpreters`."""

    value: NDArray[Any] = field(default_factory=lambda: np.zeros((1, 1), np.float32))

    def allocate_tensors(self) -> None:
        """Nothing is reserved."""

    def set_tensor(self, tensor_index: int, value: NDArray[Any]) -> None:
        self.value = value

    def invoke(self) -> None:
        if self.value[0, 0] == 13.0:
            raise RuntimeError("gather index out of bounds")

    def get_tensor(self, tensor_index: int) -> NDArray[Any]:
        return np.where(self.value < 0.0, np.float32(np.nan), self.value)

    def get_input_details(self) -> list[dict[str, Any]]:
        return [{"index": 0, "shape": np.array([1, 1]), "dtype": np.float32}]

    def get_output_details(self) -> list[dict[str, Any]]:
        return [{"index": 1, "shape": np.array([1, 1]), "dtype": np.float32}]


def desk() -> Desk:
    tensor = Tensor("values", (1, 1), None, None)
    codes = Codes("float32", (1.0,))
    manifest = Manifest(
        format=2,
        task="drowsy",
        version="1.0.0",
        stream=None,
        labels=("drowsy",),
        inputs=(tensor,),
        outputs=(Tensor("asleep", (1, 1), None, None),),
        constants={},
        parameters=1,
        golden=Golden(1, codes, codes, 0, 1, 0),
        made_with={},
        trained_on=(TrainingData("own", "Own", 1, "none", "none", "none"),),
        parts=(),
        finding=Finding("drowsy", "You seem drowsy.", "medium", "probability", 0.5),
    )
    return Desk({"drowsy": Network(manifest, FakeInterpreter())}, Topics())


def ask(place: Desk, value: float, second: float) -> list[str]:
    """The last level of each topic that something goes to."""
    letters = place.take(ADA, Question(at_s=NOON_S + second, inputs={"values": [value]}))
    return [letter.topic.split("/")[2] for letter in letters]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (13.0, "the model fails: gather index out of bounds"),
        (-1.0, "the model's answer 'asleep' is no number"),
    ],
)
def test_a_question_on_which_the_model_fails_is_refused_and_changes_no_finding(
    value: float, what: str
) -> None:
    """Drowsy stays drowsy until the model says otherwise: a failure neither ends it nor the process."""
    place = desk()
    assert ask(place, 0.9, 0.0) == ["answers", "alerts"]

    with pytest.raises(MessageError) as caught:
        ask(place, value, 1.0)

    error = caught.value
    assert (error.what, error.where, error.allowed) == (what, "inputs", "inputs that the model can work with")
    assert ask(place, 0.9, 2.0) == ["answers"]
    assert ask(place, 0.1, 3.0) == ["answers", "alerts"]


def test_an_input_that_is_no_number_never_reaches_the_model() -> None:
    """NaN, or more than float32 holds, is told with the name of the input."""
    for bad in (math.nan, math.inf, 1e39):
        with pytest.raises(MessageError, match="no number"):
            ask(desk(), bad, 0.0)


def test_an_older_question_is_answered_and_brings_no_alert() -> None:
    """Handed over out of order, what was present then says nothing of now."""
    place = desk()
    assert ask(place, 0.1, 10.0) == ["answers"]
    assert ask(place, 0.9, 9.0) == ["answers"]
    assert ask(place, 0.9, 11.0) == ["answers", "alerts"]
