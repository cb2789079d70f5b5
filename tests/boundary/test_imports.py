"""Who may import whom, and what a Pi never loads."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("edge", "training", "converter", "device_sim")
HEAVY = ("tensorflow", "keras", "pandas", "wfdb", "matplotlib")

# What each package may import of the others (DESIGN.md, "who may import whom").
ALLOWED = {
    "edge": (),
    "training": ("edge.contract", "edge.signals", "edge.adapters.litert", "edge.bundles"),
    "converter": ("edge.contract", "edge.signals", "edge.adapters.litert"),
    "device_sim": ("edge.contract", "edge.signals"),
}


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import, which no test here would see through"
            if node.module in OURS:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("package", OURS)
def test_packages_meet_only_where_the_design_lets_them(package: str) -> None:
    """Imports between our packages keep to the table."""
    strays = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in OURS
        and name.split(".")[0] != package
        and not any(name == door or name.startswith(f"{door}.") for door in ALLOWED[package])
    ]

    assert strays == []


def test_the_parts_of_the_edge_import_each_other_in_one_direction() -> None:
    """No package or module right under `edge` imports, even if only for types, what in turn imports it."""
    folder = ROOT / "edge"
    imports: dict[str, set[str]] = {
        path.stem: set() for path in folder.iterdir() if path.suffix in {"", ".py"}
    }
    for path in folder.rglob("*.py"):
        importer = path.relative_to(folder).with_suffix("").parts[0]
        found = {name.split(".")[1] for name in imported(path) if name.startswith("edge.")}
        imports[importer] |= found & imports.keys() - {importer}
    assert "conditions" in imports["pipeline"]

    try:
        list(graphlib.TopologicalSorter(imports).static_order())
    except graphlib.CycleError as error:
        pytest.fail(f"each of these is imported by the next: {', '.join(error.args[1])}")


@pytest.mark.parametrize("package", ["edge", "device_sim"])
def test_importing_a_package_for_the_pi_loads_nothing_heavy(package: str) -> None:
    """With every module imported, no TensorFlow, Keras, pandas or wfdb is loaded."""
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__main__.py"
    )
    program = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == ""


def test_an_edge_that_has_judged_a_window_has_loaded_nothing_heavy() -> None:
    """Loading the shipped bundle and scoring a window needs no TensorFlow, Keras or pandas."""
    program = (
        "import sys, numpy\n"
        "import edge.app\n"
        "from edge.adapters.litert import load_model\n"
        "from edge.bundles import SHIPPED\n"
        "from edge.contract.bundle import read_bundle\n"
        "model = load_model(read_bundle(SHIPPED['rhythm']))\n"
        "assert model.score(numpy.linspace(780, 820, 64).astype('float32')).probability is not None\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == ""


def test_only_training_and_converter_name_tensorflow_and_inside_functions() -> None:
    """No module imports TensorFlow or Keras at its top level."""
    at_top = [
        str(path.relative_to(ROOT))
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
        if name and name.split(".")[0] in {"tensorflow", "keras"}
    ]
    elsewhere = [
        str(path.relative_to(ROOT))
        for package in ("edge", "device_sim")
        for path in (ROOT / package).rglob("*.py")
        if any(name.split(".")[0] in {"tensorflow", "keras"} for name in imported(path))
    ]

    assert at_top == []
    assert elsewhere == []


def test_the_corridor_reads_no_clock_and_no_randomness() -> None:
    """Nothing between journal and outbox imports time, randomness, the system or the network."""
    outside = {
        "time",
        "datetime",
        "random",
        "os",
        "socket",
        "sqlite3",
        "paho",
        "threading",
        "secrets",
        "uuid",
    }
    edge = ROOT / "edge"
    folders = ("pipeline", "conditions", "watches", "wearer", "alarms", "baselines", "advice", "signals")
    inside = [path for folder in folders for path in (edge / folder).rglob("*.py")]
    strays = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*inside, edge / "rulebook.py", edge / "ends.py")
        for name in imported(path)
        if name.split(".")[0] in outside
    ]

    assert strays == []


def test_minute_hour_day_and_week_are_defined_once() -> None:
    """No module of ours but `edge.contract.durations` says how many seconds these are."""
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        if path != ROOT / "edge" / "contract" / "durations.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        if node.id.lstrip("_") in {"MINUTE_S", "HOUR_S", "DAY_S", "WEEK_S"}
    ]

    assert strays == []
