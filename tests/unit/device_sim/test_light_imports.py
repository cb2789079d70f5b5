"""The simulator stays light: no module of it brings TensorFlow, Keras or pandas."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import importlib, pkgutil, sys
import device_sim
for module in pkgutil.walk_packages(device_sim.__path__, "device_sim."):
    importlib.import_module(module.name)
loaded = {name.split(".")[0] for name in sys.modules}
heavy = {"tensorflow", "keras", "pandas", "training", "converter"} & loaded
own = {name for name in sys.modules if name.startswith("edge.")}
allowed = ("edge.contract", "edge.signals")
print(sorted(heavy), sorted(name for name in own if not name.startswith(allowed)))
"""


def test_importing_the_simulator_loads_nothing_heavy_and_no_inside_of_the_edge() -> None:
    """Every module is imported in a fresh process; of the edge only contract and signals come along."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)

    assert (done.stdout.strip(), done.stderr) == ("[] []", "")
