"""Golden vectors as the conversion records them: what is stored is what the model was asked."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from converter.golden import not_recorded, record_golden
from edge.contract.errors import DataError
from edge.contract.golden import decode_golden, encode_golden
from edge.contract.manifest import Manifest, Tensor
from tests.unit.contract_bundle.conftest import manifest as manifest_of_the_small_bundle

__all__ = ["manifest_of_the_small_bundle"]


@pytest.fixture
def asked(manifest_of_the_small_bundle: Manifest) -> Manifest:
    """A model of two inputs, of two numbers and of one, and two outputs, all of them int8 inside."""
    return msgspec.structs.replace(
        manifest_of_the_small_bundle,
        stream=None,
        inputs=(
            Tensor(name="pair", shape=(1, 2), scale=0.25, zero_point=-3),
            Tensor(name="one", shape=(1, 1), scale=2.0, zero_point=0),
        ),
        outputs=(
            Tensor(name="sum", shape=(1, 1), scale=0.5, zero_point=100),
            Tensor(name="copies", shape=(1, 3), scale=0.125, zero_point=0),
        ),
        golden=not_recorded(2),
    )


def answer(
    vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The sum, and the first value rounded to an eighth, three times."""
    total, first = np.rint(vector.sum() / 0.5) * 0.5, np.rint(vector[0] / 0.125) * 0.125
    # Plus zero: the outputs of int8 know no minus zero.
    return np.array([total, first, first, first], dtype=np.float32) + np.float32(0.0)


def test_inputs_are_rounded_to_four_steps_and_answers_are_those_to_the_rounded(asked: Manifest) -> None:
    """By hand: steps of 1 and of 8, so 1.4, -2.6 and 11 become 1, -3 and 8, of which the sum is 6."""
    recorded, inputs, outputs = record_golden(
        asked, np.array([[1.4, -2.6, 11.0]], dtype=np.float32), answer, None
    )

    assert recorded.golden.inputs.scales == (1.0, 8.0)
    assert recorded.golden.outputs.scales == (0.5, 0.125)
    assert inputs.tolist() == [[1.0, -3.0, 8.0]]
    assert outputs.tolist() == [[6.0, 1.0, 1.0, 1.0]]
    assert (recorded.golden.first, recorded.golden.stop, recorded.golden.max_steps) == (0, 4, 2)


def test_only_the_outputs_in_use_are_kept(asked: Manifest) -> None:
    """Places count over all outputs end to end."""
    recorded, _, outputs = record_golden(asked, np.ones((5, 3), dtype=np.float32), answer, (1, 3))

    assert outputs.shape == (5, 2)
    assert (recorded.golden.first, recorded.golden.stop) == (1, 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.just(3)), elements=st.floats(-1e3, 1e3, width=32)))
def test_what_is_recorded_comes_back_to_the_last_bit(
    asked: Manifest, inputs: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    """Any inputs: each lands within half a code unless it is beyond the codes, and is read as written."""
    recorded, rounded, outputs = record_golden(asked, inputs, answer, None)
    read_inputs, read_outputs = decode_golden(
        recorded, encode_golden(recorded, rounded, outputs), where="golden"
    )

    assert read_inputs.tobytes() == rounded.tobytes()
    assert read_outputs.tobytes() == outputs.tobytes()
    assert np.all(np.abs(rounded - inputs) <= np.array([0.5, 0.5, 4.0]))


def test_a_signal_keeps_the_finest_decimals_that_fit(manifest_of_the_small_bundle: Manifest) -> None:
    """2 s of milliseconds fit in tenths; 5 s only in whole ones; what fits in none is refused by name."""
    scales = []
    for most_ms in (2000.0, 5000.0):
        recorded, inputs, _ = record_golden(
            manifest_of_the_small_bundle,
            np.array([[812.34, most_ms]], dtype=np.float32),
            lambda window: window[:1],
            None,
        )
        scales.append((recorded.golden.inputs.scales, inputs[0, 0].item()))

    assert scales == [((0.1,), pytest.approx(812.3)), ((1.0,), 812.0)]
    with pytest.raises(DataError, match=r"golden\.npy: a value of 1e\+06"):
        record_golden(
            manifest_of_the_small_bundle,
            np.array([[0.0, 1e6]], dtype=np.float32),
            lambda window: window[:1],
            None,
        )


def test_a_model_that_ends_in_float_has_golden_vectors_too(manifest_of_the_small_bundle: Manifest) -> None:
    """Without an int8 step the values themselves are kept."""
    recorded, _, outputs = record_golden(
        manifest_of_the_small_bundle,
        np.array([[800.0, 900.0]], dtype=np.float32),
        lambda _: np.array([np.pi], dtype=np.float32),
        None,
    )

    assert recorded.golden.outputs.type == "float32"
    assert outputs[0, 0] == np.float32(np.pi)
