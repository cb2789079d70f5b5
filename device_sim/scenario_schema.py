"""The JSON schema of scenario files, for editors and for programs that write them.

`python -m device_sim.scenario_schema > docs/scenario.schema.json` publishes it anew.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from device_sim.scenario import Scenario

TITLE = "Vitalward scenario"


def scenario_schema() -> dict[str, Any]:
    """What a scenario file may hold, from the types that read it. Contradictions it cannot know of."""
    schema = msgspec.json.schema(Scenario)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **schema}


def schema_text() -> str:
    """The schema as it is published: the same types give the same bytes."""
    return (
        msgspec.json.format(msgspec.json.encode(scenario_schema(), order="sorted"), indent=2).decode() + "\n"
    )


if __name__ == "__main__":
    sys.stdout.write(schema_text())
