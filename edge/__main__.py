"""`python -m edge` is the command `vitalward`."""

import sys

from edge.cli import main

sys.exit(main())
