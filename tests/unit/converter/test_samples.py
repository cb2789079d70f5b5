"""Samples of a model of one's own: any file that is not what the model takes is refused in words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.samples import read_samples
from edge.contract.errors import DataError

ROWS = 40
SHAPES = {"values": (3,)}


def stored(**arrays: Any) -> bytes:
    """The bytes of an .npz with inputs that fit, and what is changed."""
    file = io.BytesIO()
    np.savez(file, **({"values": np.ones((ROWS, 3), np.float32)} | arrays))
    return file.getvalue()


def one_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.ones((ROWS, 3)))
    return file.getvalue()


def damaged() -> bytes:
    whole = bytearray(stored())
    whole[300:340] = b"x" * 40
    return bytes(whole)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it cannot be read (No data left in file); allowed: an .npz with values (n, (3,))"),
        (one_array(), "it cannot be read (one array without a name)"),
        (stored()[:200], "it cannot be read (File is not a zip file)"),
        (damaged(), "it cannot be read (Bad CRC-32"),
        (stored(values=np.float32(1)), "an array of shape () for input 'values'"),
        (stored(values=np.ones((ROWS, 2))), f"an array of shape ({ROWS}, 2) for input 'values'"),
        (stored(values=np.ones((0, 3))), "arrays of 0 rows; allowed: as many for each, at least 32"),
        (stored(values=np.full((ROWS, 3), 1e39)), "no finite numbers for input 'values'"),
        (stored(values=np.full((ROWS, 3), np.inf)), "no finite numbers for input 'values'"),
        (stored(label=np.int64(1)), "an array of shape () for 'label'"),
        (
            stored(group_sex=np.zeros((ROWS, 2))),
            f"an array of shape ({ROWS}, 2) for 'group_sex'; allowed: (n,)",
        ),
    ],
)
def test_a_file_that_is_not_what_the_model_takes_is_refused(data: bytes, told: str, tmp_path: Path) -> None:
    """Empty, cut, damaged or of the wrong shape: its name, the array at fault, and what is allowed."""
    path = tmp_path / "my samples.npz"
    path.write_bytes(data)

    with pytest.raises(DataError) as caught:
        read_samples(path, SHAPES)

    assert caught.value.where == str(path)
    assert told in str(caught.value)


def test_an_input_may_have_the_name_of_a_label_or_a_group(tmp_path: Path) -> None:
    """Then the array is the input's, and there is no such label or group."""
    path = tmp_path / "samples.npz"
    path.write_bytes(stored(label=np.ones((ROWS, 1)), group_a=np.ones((ROWS, 2))))

    samples = read_samples(path, {"group_a": (2,), "label": (1,), "values": (3,)})

    assert samples.rows.shape == (ROWS, 6)
    assert (samples.label, samples.groups) == (None, {})
