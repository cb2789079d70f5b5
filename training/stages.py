"""The places of a stage: as published, as the network tells stages apart, as the report has them."""

from __future__ import annotations

from typing import Final

import numpy as np

from edge.signals.sleep_stages import STAGE_OF_FINE

# Wake, N1, N2, N3, N4 and REM as published -> places in FINE_STAGES; N4 is N3 since 2007.
FINE_OF_PUBLISHED: Final = np.array([0, 1, 2, 3, 3, 4])
# Places in FINE_STAGES -> places in the STAGES of the report: wake, NREM, REM.
COARSE_OF_FINE: Final = np.repeat(np.arange(len(STAGE_OF_FINE)), [len(group) for group in STAGE_OF_FINE])
COARSE_OF_PUBLISHED: Final = COARSE_OF_FINE[FINE_OF_PUBLISHED]
