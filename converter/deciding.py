"""Which of a model's outputs the gate's decisions come from."""

from __future__ import annotations

from collections.abc import Sequence

from converter.limits import Limits
from converter.names import bundle_names
from edge.contract.errors import DataError
from edge.contract.manifest import Finding


def deciding_output(
    names: Sequence[str], finding: Finding | None, gate: Limits, where: str, *, has_label: bool
) -> int | None:
    """The place in `names` of the one output there is, or of the finding's; None for every value of all.

    DataError for a finding's output that is not there, and where none is named though labels, or classes
    along an axis, are those of one.
    """
    if len(names) == 1:
        return 0
    called = bundle_names(names, "output")
    output = None if finding is None else finding.output
    if output in called:
        return called.index(output)
    if output is None and gate.decides != "argmax" and not has_label:
        return None
    found = f"no [finding].output, and {len(called)} outputs" if output is None else f"an output {output!r}"
    raise DataError(
        f"{found} to take decisions from",
        where=f"{where}: finding.output",
        allowed=f'{", ".join(called)}; or decides = "none" in [gate]',
    )
