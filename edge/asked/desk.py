"""Questions in, answers and alerts out; pure in what it remembers and the question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert import Network
from edge.contract.codec import encode
from edge.contract.errors import BundleError, MessageError
from edge.contract.manifest import Finding, Manifest
from edge.contract.messages import Alert, EndReason, Evidence, Kind, Phase, Priority, episode_id
from edge.contract.questions import Answer, Question
from edge.contract.topics import QuestionTopic, Topics
from edge.ends import Lane, Letter


@dataclass
class Episode:
    """A finding of one wearer while it is present: since when, and the time of the last answer."""

    onset_s: float | None = None
    last_s: float = -math.inf


@dataclass
class Desk:
    """The models by task, and what is present in whom.

    Memory is of this process: after a restart a finding that is still present is told anew, under a new id.
    """

    models: Mapping[str, Network]
    topics: Topics
    episodes: dict[tuple[str, ...], Episode] = field(default_factory=dict)

    def take(self, topic: QuestionTopic, question: Question) -> list[Letter]:
        """Ask the model; the answer, and an alert when its finding comes or goes.

        A question older than one that was answered is answered and changes no finding. Raises MessageError
        for a task that is not here, for inputs that do not fit, and where the model fails on them or answers
        with what is no number: that says neither that the finding is there nor that it is gone.
        """
        network = self.models.get(topic.task)
        if network is None:
            raise MessageError(f"no model for {topic.task!r}", where="topic", allowed=", ".join(self.models))
        manifest = network.manifest
        outputs = _run(network, _inputs(manifest, question))
        finding = manifest.finding
        by_name = {tensor.name: output for tensor, output in zip(manifest.outputs, outputs, strict=True)}
        probability = None if finding is None else _probability(finding, by_name)
        is_present = None if finding is None or probability is None else probability >= finding.threshold
        name = f"{manifest.task}-{manifest.version}"
        answer = Answer(
            at_s=question.at_s,
            wearer=topic.wearer,
            device=topic.device,
            mode=question.mode,
            bundle=name,
            labels=manifest.labels,
            outputs={output: values.ravel().tolist() for output, values in by_name.items()},
            probability=probability,
            present=is_present,
        )
        where = self.topics.answers(topic.wearer, topic.task, question.mode)
        letters = [Letter(Lane.ADVICE, where, encode(answer))]
        if finding is not None and probability is not None:
            letters += self._alerts(topic, answer, finding, probability)
        return letters

    def _alerts(
        self, topic: QuestionTopic, answer: Answer, finding: Finding, probability: float
    ) -> list[Letter]:
        """The start or the end of the finding, if this answer brings one."""
        key = (topic.wearer, answer.mode, topic.task, topic.device)
        episode = self.episodes.setdefault(key, Episode())
        if answer.at_s < episode.last_s:
            return []
        episode.last_s = answer.at_s
        has_been = episode.onset_s is not None
        if answer.present == has_been:
            return []
        onset_s = answer.at_s if episode.onset_s is None else episode.onset_s
        episode.onset_s = answer.at_s if answer.present else None
        subject = f"{topic.task}@{topic.device}"
        alert = Alert(
            id=episode_id(topic.wearer, answer.mode, finding.condition, subject, onset_s),
            n=2 if has_been else 1,
            phase=Phase.END if has_been else Phase.START,
            condition=finding.condition,
            kind=Kind.PHYSIOLOGICAL,
            priority=Priority(finding.priority),
            wearer=topic.wearer,
            mode=answer.mode,
            onset_s=onset_s,
            at_s=answer.at_s,
            text=f"Over: {finding.text}" if has_been else finding.text,
            evidence=Evidence(
                values={}, limit=finding.threshold, bundle=answer.bundle, probability=round(probability, 4)
            ),
            signal=topic.task,
            device=topic.device,
            end_s=answer.at_s if has_been else None,
            end_reason=EndReason.CLEARED if has_been else None,
        )
        where = self.topics.alerts(topic.wearer, finding.condition, answer.mode)
        return [Letter(Lane.ALERT, where, encode(alert))]


def check_finding(manifest: Manifest, *, where: str) -> None:
    """Raise BundleError for a finding in an output or at a place that the model does not have."""
    finding = manifest.finding
    if finding is None:
        return
    sizes = {tensor.name: math.prod(tensor.shape) for tensor in manifest.outputs}
    size = sizes.get(next(iter(sizes)) if finding.output is None else finding.output, 0)
    if finding.place >= size:
        raise BundleError(
            f"a finding at place {finding.place} of output {finding.output!r}",
            where=where,
            allowed=", ".join(f"{name} with {size} values" for name, size in sizes.items()),
        )


def _inputs(manifest: Manifest, question: Question) -> list[NDArray[np.float32]]:
    """The arrays of a question in the model's order. Raises MessageError for names, sizes or no numbers."""
    names = [tensor.name for tensor in manifest.inputs]
    if sorted(question.inputs) != sorted(names):
        raise MessageError(
            f"the inputs {', '.join(sorted(question.inputs))}", where="inputs", allowed=", ".join(names)
        )
    arrays = []
    for tensor in manifest.inputs:
        values, size = question.inputs[tensor.name], math.prod(tensor.shape)
        if len(values) != size:
            raise MessageError(
                f"{len(values)} values",
                where=f"inputs.{tensor.name}",
                allowed=f"{' x '.join(map(str, tensor.shape[1:]))} = {size}, flat",
            )
        array = np.array(values, dtype=np.float64)
        if not np.all(np.abs(array) <= np.finfo(np.float32).max):
            raise MessageError("a value that is no number", where=f"inputs.{tensor.name}", allowed="float32")
        arrays.append(array.astype(np.float32))
    return arrays


def _run(network: Network, inputs: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The outputs, all of them numbers."""
    allowed = "inputs that the model can work with"
    try:
        outputs = network.run_all(*inputs)
    except (RuntimeError, ValueError) as error:
        raise MessageError(f"the model fails: {error}", where="inputs", allowed=allowed) from error
    for tensor, output in zip(network.manifest.outputs, outputs, strict=True):
        if not np.isfinite(output).all():
            raise MessageError(
                f"the model's answer {tensor.name!r} is no number", where="inputs", allowed=allowed
            )
    return outputs


def _probability(finding: Finding, outputs: Mapping[str, NDArray[np.float32]]) -> float:
    name = next(iter(outputs)) if finding.output is None else finding.output
    value = float(outputs[name].ravel()[finding.place])
    if finding.form == "probability":
        return min(max(value, 0.0), 1.0)
    return 1.0 / (1.0 + math.exp(-value)) if value >= 0 else math.exp(value) / (1.0 + math.exp(value))
