"""Where a finding lies among the outputs of a model of the user's own, told before the long work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from converter.names import bundle_names
from edge.contract.errors import DataError
from edge.contract.manifest import Finding

# What a bundle calls the one output of a model.
ONLY: Final = "output_0"


def placed_finding(finding: Finding | None, sizes: Mapping[str, int], where: str) -> Finding | None:
    """The finding as a bundle of these outputs has it; `sizes` tells how many values each has, by its name.

    One output needs no name, and is called otherwise in the bundle. Raises DataError for an output or a place
    that is not there, and where none of several is named.
    """
    if finding is None:
        return None
    if len(sizes) == 1 and finding.output == ONLY:
        finding = msgspec.structs.replace(finding, output=None)
    called = dict(zip(bundle_names(list(sizes), "output"), sizes.values(), strict=True))
    allowed = ", ".join(f"{name} with {size} value{'s' * (size != 1)}" for name, size in called.items())
    output = next(iter(called)) if finding.output is None and len(called) == 1 else finding.output
    if output not in called:
        found = f"none, and {len(called)} outputs" if output is None else f"an output {output!r}"
        raise DataError(found, where=f"{where}: finding.output", allowed=allowed)
    if finding.place >= called[output]:
        raise DataError(
            f"place {finding.place} of output {output!r}", where=f"{where}: finding.place", allowed=allowed
        )
    return finding if len(called) > 1 else msgspec.structs.replace(finding, output=None)
