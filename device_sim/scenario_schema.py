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
    schema = _plain(scenario_schema())
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode() + "\n"


def _plain(part: Any) -> Any:
    """Whole numbers without a point: `Annotated` takes 1 and 1.0 for the same, whichever module is first."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    return int(part) if isinstance(part, float) and part.is_integer() else part


if __name__ == "__main__":
    sys.stdout.write(schema_text())
