"""All five shipped bundles: small, signed by the project, int8 throughout, and exact on this machine."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.litert import Kernels, operator_counts, verify_golden
from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.commands.bundle.verify import verify
from edge.contract.bundle import Bundle, decode_bundle, encode_bundle, read_bundle
from edge.contract.errors import BundleError
from edge.contract.keys import read_public_keys
from edge.contract.signature import Trust, require_trust, trust_in

KEYS = read_public_keys(PROJECT_KEYS)
FLIPS = 1000


@pytest.fixture(scope="module", params=list(SHIPPED))
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return read_bundle(SHIPPED[request.param])


def test_all_five_take_less_than_150_kb() -> None:
    """With models, golden vectors, cards and signatures."""
    assert len(SHIPPED) == 5
    assert sum(path.stat().st_size for path in SHIPPED.values()) < 150_000


def test_each_is_signed_with_the_projects_key(bundle: Bundle) -> None:
    """As the edge trusts it without any configuration."""
    assert trust_in(bundle, KEYS) is Trust.TRUSTED


def test_each_has_golden_vectors_that_tell_answers_apart(bundle: Bundle) -> None:
    """64 or more, no two of them the same, and with answers that differ."""
    assert bundle.manifest.golden.vectors >= 64
    assert len(np.unique(bundle.golden_input, axis=0)) == len(bundle.golden_input)
    assert len(np.unique(bundle.golden_output, axis=0)) > 32


def test_each_is_exact_under_the_reference_kernels(bundle: Bundle) -> None:
    """To the last bit on this processor, and within the manifest's tolerance under optimised kernels."""
    assert verify_golden(bundle, Kernels.REFERENCE) == 0
    assert verify_golden(bundle, Kernels.OPTIMISED) <= bundle.manifest.golden.max_steps


def test_each_computes_in_int8_from_end_to_end(bundle: Bundle) -> None:
    """One step into int8 at each input, one out of it at each output, as the manifest says they are."""
    operators = operator_counts(bundle.model)

    assert operators["QUANTIZE"] == len(bundle.manifest.inputs)
    assert operators["DEQUANTIZE"] == len(bundle.manifest.outputs)
    assert all(tensor.scale for tensor in (*bundle.manifest.inputs, *bundle.manifest.outputs))


@pytest.mark.parametrize("task", SHIPPED)
def test_a_flipped_bit_is_found_before_any_model_runs(task: str) -> None:
    """1,000 single-bit errors drawn over all bundles: each is refused by hash, form or signature."""
    data, draw = SHIPPED[task].read_bytes(), random.Random(f"flips of {task}")
    for at in draw.sample(range(8 * len(data)), FLIPS // len(SHIPPED)):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(BundleError):
            require_trust(decode_bundle(bytes(flipped), where=task), KEYS, allow_unsigned=False, where=task)


def test_a_wrong_answer_does_not_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model with one changed weight, hashed and packed anew, is found out by the golden vectors."""
    bundle = read_bundle(SHIPPED["pressure"])
    weights = bytearray(bundle.model)
    place = len(weights) // 2
    weights[place] ^= 0x40
    path = tmp_path / "pressure-1.0.0.vwb"
    path.write_bytes(
        encode_bundle(
            bundle.manifest,
            model=bytes(weights),
            golden_input=bundle.golden_input,
            golden_output=bundle.golden_output,
            card=bundle.card,
            card_data=bundle.card_data,
        )
    )

    assert not verify(path, KEYS, allow_unsigned=True)
    assert "strays from the golden vectors" in capsys.readouterr().out
