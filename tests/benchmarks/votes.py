"""How many windows should agree: `python -m tests.benchmarks.votes [--svg FILE] RECORD...`.

Plays the records through the corridor, without a broker, once for each rule of votes, and prints episodes of
two minutes and more found, false alerts a day and delay. The windows are judged only once: the rule does not
change what the model says of them. Give it records that the rhythm model has not learned from.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device_sim.recordings.reading import read_recordings
from device_sim.recordings.recording import Recording
from device_sim.replay import BEGINS_S, truth_of_recordings
from device_sim.scoring.episodes import alert_episodes, told
from device_sim.scoring.figures import figures
from device_sim.scoring.matching import score
from edge.conditions.votes import VoteRule
from edge.config import Config
from edge.contract.manifest import StreamUse
from edge.contract.messages import Alert
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from edge.pipeline.corridor import take_batch
from edge.rulebook import Judgement, Rulebook, Scorer
from edge.slots.equipment import Equipment
from edge.wearer.state import WearerState
from training.charts import Axis, Line, Lines
from training.drawing import svg

CONDITION = "irregular_rhythm"
# Of so many windows, how many have to agree; it is over when at most `absent` do.
RULES = tuple(
    VoteRule(of=of, present=present, absent=absent)
    for of, present, absent in (
        (1, 1, 0),
        (3, 2, 0),
        (3, 3, 0),
        (5, 4, 1),
        (5, 5, 1),
        (7, 5, 2),
        (7, 6, 2),
        (7, 7, 2),
        (9, 9, 3),
        (12, 10, 3),
        (12, 12, 3),
        (16, 16, 4),
    )
)
# Beats that travel in one message.
BATCH = 64


@dataclass
class Remembering:
    """A model that judges the same window once only."""

    model: Scorer
    known: dict[bytes, Judgement] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """That of the model."""
        return self.model.name

    @property
    def sha256(self) -> str:
        """That of the model."""
        return self.model.sha256

    @property
    def task(self) -> str:
        """That of the model."""
        return self.model.task

    @property
    def stream(self) -> StreamUse:
        """That of the model."""
        return self.model.stream

    def logit(self, window: NDArray[np.floating]) -> float:
        """That of the model."""
        return self.model.logit(window)

    def score(self, window: NDArray[np.floating]) -> Judgement:
        """As the model judged it when it was first asked."""
        key = window.tobytes()
        if key not in self.known:
            self.known[key] = self.model.score(window)
        return self.known[key]


def alerts_of(recording: Recording, rules: Rulebook) -> list[Alert]:
    """What the edge says of the beats of one recording."""
    state = WearerState(recording.name, Mode.TEST)
    said: list[Alert] = []
    for device, parts in recording.devices.items():
        for part in parts:
            if part.signal != "rr":
                continue
            for seq, first in enumerate(range(0, len(part.times_s), BATCH)):
                rows = part.at(list(range(first, min(first + BATCH, len(part.times_s)))))
                times_s = [BEGINS_S + at_s for at_s in rows.times_s]
                batch = SampleBatch(seq=seq, times_s=times_s, values=rows.values, validity=rows.validity)
                outcome = take_batch(
                    state, rules, SampleTopic(recording.name, device, "rr"), batch, times_s[-1]
                )
                said += [item for item in outcome.said if isinstance(item, Alert)]
    return [alert for alert in said if alert.condition == CONDITION]


def chart(found: list[dict[str, float]]) -> Lines:
    """Delay against false alerts, one point a rule."""
    ordered = sorted(found, key=lambda row: row["delay_s_p50"])
    x = [row["delay_s_p50"] for row in ordered]
    return Lines(
        title="What it costs to wait for more windows",
        caption="Each point is a rule of votes.",
        x=Axis("median delay of an alert, s"),
        y=Axis("a patient-day; of 10 episodes"),
        lines={
            "false alerts a patient-day": Line(x, [row["false_alerts_per_wearer_day"] for row in ordered]),
            "missed of 10 episodes": Line(x, [10.0 * (1.0 - row["episode_se"]) for row in ordered]),
        },
    )


def main() -> None:
    """Measure, print, and draw where asked."""
    parser = argparse.ArgumentParser(prog="votes", description=__doc__)
    parser.add_argument("record", nargs="+", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    recordings = [found for path in options.record for found in read_recordings(path, None, None)]
    truth = truth_of_recordings(recordings)
    days = sum(recording.length_s for recording in recordings) / 86_400.0
    rules = Equipment(Config()).rules
    rules = replace(rules, models=tuple(Remembering(model) for model in rules.models))
    rows = []
    for rule in tqdm(RULES, desc="rules", disable=None):
        ruled = replace(rules, votes={CONDITION: rule})
        alerts = [alert for recording in recordings for alert in alerts_of(recording, ruled)]
        scored = score(truth, alert_episodes(told(alert) for alert in alerts))
        row = figures(truth, scored)["by_condition"][CONDITION]
        # Of what was recorded: every record counts as watched until the longest ends.
        row["false_alerts_per_wearer_day"] = round(row["false_alerts"] / days, 4)
        kept = {name: value for name, value in row.items() if name not in ("gross", "average")}
        rows.append({"rule": f"{rule.present} of {rule.of}, {rule.absent}", **kept, **row["gross"]})
    sys.stdout.write("\n".join(json.dumps(row) for row in rows) + "\n")
    if options.svg is not None:
        options.svg.write_text(svg(chart(rows), "votes"))


if __name__ == "__main__":
    main()
