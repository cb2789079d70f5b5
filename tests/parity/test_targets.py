"""The shipped bundles under the runtimes at hand, and the page that says how they fare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from converter.micro import arena_bytes
from converter.targets import witness
from converter.targets.cases import float_case, int8_case
from converter.targets.run import (
    LITERT,
    TFLITE_RUNTIME,
    THIS_PYTHON,
    Target,
    on_this_machine,
    put,
    witness_with,
)
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "targets.md"
# scripts/targets makes these.
OTHER_PYTHONS = {name: ROOT / "var" / name / "bin" / "python" for name in ("tflite-runtime", "tflite-micro")}


@pytest.fixture(scope="module", params=SHIPPED)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return read_bundle(SHIPPED[request.param])


def other_python(name: str) -> Path:
    if not OTHER_PYTHONS[name].exists():
        pytest.skip(f"{name} needs an environment of its own: run scripts/targets")
    return OTHER_PYTHONS[name]


def rows() -> list[tuple[str, str, str, str]]:
    """Bundle, target, verdict and arena of each row of the page."""
    found = re.findall(
        r"^\| (\S+-[\d.]+) \| (.+?) \| (.+?) \| .+? \| .+? \| .+? \| (.+?) \|$",
        PAGE.read_text(),
        re.MULTILINE,
    )
    return [(bundle, target, verdict, arena) for bundle, target, verdict, arena in found]


def test_the_reference_kernels_are_exact_in_a_process_without_our_code(bundle: Bundle) -> None:
    """A bare interpreter, fed with the features of the golden windows, gives the golden outputs."""
    reference = on_this_machine(THIS_PYTHON, LITERT, "ai-edge-litert")[0]

    result = put(float_case(bundle), reference)

    assert (result.verdict, result.equal_percent) == ("equal", 100.0)


def test_a_model_that_a_target_cannot_read_is_a_result(bundle: Bundle) -> None:
    """A broken file is refused with the runtime's own reason, and nothing is raised."""
    case = float_case(bundle)
    broken = type(case)(**{**vars(case), "model": case.model[:2000]})

    result = put(broken, on_this_machine(THIS_PYTHON, LITERT, "ai-edge-litert")[0])

    assert result.verdict.startswith("refused: ")


def test_the_older_runtime_stays_within_one_step(bundle: Bundle) -> None:
    """tflite-runtime 2.14, which 32-bit boards have, under its reference kernels."""
    target = on_this_machine(witness_with(other_python("tflite-runtime")), TFLITE_RUNTIME, "tflite-runtime")[
        0
    ]

    assert put(float_case(bundle), target).verdict in {"equal", "within 1 LSB"}


def test_the_microcontrollers_kernels_stay_within_one_step(bundle: Bundle) -> None:
    """tflite-micro runs the model with int8 ends in no more memory than the exported header grants it."""
    target = Target("tflite-micro", witness_with(other_python("tflite-micro")), witness.MICRO, "")

    result = put(int8_case(bundle), target)

    assert result.verdict in {"equal", "within 1 LSB"}
    assert result.arena_bytes is not None
    assert result.arena_bytes <= arena_bytes(int8_case(bundle).model)


def test_the_page_has_every_shipped_bundle_on_every_target() -> None:
    """Ten targets a bundle, and the reference kernels are equal on both processors."""
    page = rows()
    targets = list(dict.fromkeys(target for _, target, _, _ in page))

    assert len(targets) == 10
    assert {(name, target) for name, target, _, _ in page} == {
        (read_bundle(path).name, target) for path in SHIPPED.values() for target in targets
    }
    exact = {
        verdict
        for _, target, verdict, _ in page
        if target in {"ai-edge-litert, reference", "ai-edge-litert on aarch64, reference"}
    }
    assert exact == {"equal"}


def test_the_arena_in_an_exported_header_is_enough_for_what_the_page_measured() -> None:
    """Whatever tflite-micro has asked for on the page, the header grants."""
    measured = {name: int(arena.removesuffix(" B")) for name, _, _, arena in rows() if arena != "-"}

    assert set(measured) == {read_bundle(path).name for path in SHIPPED.values()}
    for path in SHIPPED.values():
        case = int8_case(read_bundle(path))
        assert measured[case.name] <= arena_bytes(case.model)
