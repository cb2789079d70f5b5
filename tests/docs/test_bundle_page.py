"""The page on the bundle format: a reader written from it alone reads the shipped bundles."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge.bundles import SHIPPED
from edge.contract import bundle, manifest, signature
from edge.contract.bundle import read_bundle
from tests.docs.test_pages import read, section, tables

PAGE = read("docs/bundle.md")


def test_the_page_lists_the_parts_in_their_order() -> None:
    """Manifest, signature, then the parts with hashes."""
    (table,) = tables(section(PAGE, "## The file"))

    assert [row["part"] for row in table] == [bundle.MANIFEST_PART, bundle.SIGNATURE_PART, *bundle.PARTS]
    assert f"{bundle.MAX_BUNDLE_BYTES:,} bytes" in PAGE


@pytest.mark.parametrize(
    ("heading", "place", "kind"),
    [
        ("## `manifest.json`", 0, manifest.Manifest),
        ("## `manifest.json`", 1, manifest.StreamUse),
        ("## `golden.zlib`", 0, manifest.Golden),
    ],
)
def test_the_page_lists_the_keys_of_the_manifest(
    heading: str, place: int, kind: type[msgspec.Struct]
) -> None:
    """Each key once, none that does not exist."""
    rows = tables(section(PAGE, heading))[place]
    listed = [key.strip("` ") for row in rows for key in row["key"].split(",")]

    assert sorted(listed) == sorted(field.name for field in msgspec.structs.fields(kind))


def test_the_page_tells_what_each_signature_is_worth() -> None:
    """The words of the status topic."""
    (table,) = tables(section(PAGE, "## Whom the edge trusts"))

    assert [next(iter(row.values())) for row in table] == list(signature.Trust)


@pytest.mark.parametrize("task", SHIPPED)
def test_a_reader_after_the_page_finds_the_same(task: str) -> None:
    """Zip, hashes, codes and scales with the standard library give the golden vectors that the edge reads."""
    path: Path = SHIPPED[task]
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(parts["manifest.json"])
    for part in told["parts"]:
        assert hashlib.sha256(parts[part["name"]]).hexdigest() == part["sha256"]
    golden = told["golden"]
    plain = zlib.decompress(parts["golden.zlib"])
    letters = {"int8": "b", "int16": "h", "float32": "f"}
    kept = golden["vectors"] * (golden["stop"] - golden["first"])
    width = struct.calcsize(letters[golden["outputs"]["type"]])
    codes_in = [
        code
        for (code,) in struct.iter_unpack(f"<{letters[golden['inputs']['type']]}", plain[: -kept * width])
    ]
    codes_out = [
        code
        for (code,) in struct.iter_unpack(f"<{letters[golden['outputs']['type']]}", plain[-kept * width :])
    ]
    (scale_in,), (scale_out,) = golden["inputs"]["scales"], golden["outputs"]["scales"]

    read_by_the_edge = read_bundle(path)

    inputs = np.array(codes_in, np.float32) * np.float32(scale_in)
    outputs = np.array(codes_out, np.float32) * np.float32(scale_out)
    assert inputs.tobytes() == read_by_the_edge.golden_input.tobytes()
    assert outputs.tobytes() == read_by_the_edge.golden_output.tobytes()
