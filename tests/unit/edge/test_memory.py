"""Giving back what only starting took."""

from __future__ import annotations

import subprocess
import sys


def test_what_is_given_back_comes_again_when_needed() -> None:
    """A process that gave its pages back computes as before; how much it saves is the kernel's affair."""
    program = (
        "import numpy\n"
        "from edge.adapters.memory import give_back_startup_pages\n"
        "give_back_startup_pages()\n"
        "assert numpy.linalg.inv(numpy.diag([2.0, 4.0])).tolist() == [[0.5, 0.0], [0.0, 0.25]]\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
