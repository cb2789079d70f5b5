"""`vitalward bundle`: from a key to a signed bundle and back, as a user types it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.cli import main
from edge.commands.bundle.table import BUNDLE_COMMANDS
from edge.contract.bundle import read_bundle
from edge.contract.keys import read_public_keys


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A private and a public key file."""
    private, public = tmp_path / "my.key", tmp_path / "my.pem"
    assert main(["bundle", "keygen", "--private", str(private), "--public", str(public)]) == 0
    return private, public


@pytest.fixture
def unsigned(tmp_path: Path) -> Path:
    """The pressure bundle, unzipped and packed again: without its signature."""
    parts, out = tmp_path / "parts", tmp_path / "pressure-1.0.0.vwb"
    with zipfile.ZipFile(SHIPPED["pressure"]) as archive:
        archive.extractall(parts)
    assert main(["bundle", "pack", "--parts", str(parts), "--out", str(out)]) == 0
    return out


def test_every_subcommand_exists() -> None:
    """Each target names a module that can be found."""
    for command in BUNDLE_COMMANDS.values():
        assert importlib.util.find_spec(command.target.partition(":")[0]) is not None


def test_an_unknown_subcommand_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt one ends with code 2 and the list."""
    assert main(["bundle", "vreify"]) == 2

    assert "vitalward bundle: no command 'vreify'; allowed: keygen, pack" in capsys.readouterr().err


def test_a_private_key_is_its_owners_alone_and_never_overwritten(
    keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody else may read it, and making another over it is refused."""
    private, public = keys
    before = private.read_bytes()

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert main(["bundle", "keygen", "--private", str(private), "--public", str(public)]) == 2
    assert private.read_bytes() == before
    assert "File exists" in capsys.readouterr().err


def test_no_private_key_is_left_where_the_public_one_cannot_be_written(tmp_path: Path) -> None:
    """The next try finds the place as it was."""
    private, public = tmp_path / "my.key", tmp_path / "missing" / "my.pem"

    assert main(["bundle", "keygen", "--private", str(private), "--public", str(public)]) == 2

    assert list(tmp_path.iterdir()) == []


def test_packing_the_parts_of_a_bundle_gives_the_bundle(
    unsigned: Path, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    """Unzip and pack are inverse but for the signature; a changed card changes its hash and nothing else."""
    shipped = read_bundle(SHIPPED["pressure"])
    assert read_bundle(unsigned).manifest_json == shipped.manifest_json

    card = tmp_path / "parts" / "card.md"
    card.write_text("# Another card\n")
    assert main(["bundle", "pack", "--parts", str(card.parent), "--out", str(unsigned)]) == 0

    packed = read_bundle(unsigned)
    assert (packed.card, packed.signature) == ("# Another card\n", None)
    assert packed.model == shipped.model


def test_a_missing_part_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An incomplete folder ends with code 2 and the name of what is missing."""
    assert main(["bundle", "pack", "--parts", str(tmp_path), "--out", str(tmp_path / "x.vwb")]) == 2

    assert "manifest.json: No such file" in capsys.readouterr().err


def test_a_bundle_is_verified_step_by_step(
    unsigned: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Unsigned it is refused before its model runs; signed it passes, for those who trust the key."""
    private, public = map(str, keys)

    assert main(["bundle", "verify", str(unsigned)]) == 1
    told = capsys.readouterr().out
    assert "REFUSED: not signed" in told
    assert "golden" not in told

    assert main(["bundle", "verify", "--allow-unsigned", str(unsigned)]) == 0
    assert "signature          unsigned" in capsys.readouterr().out

    assert main(["bundle", "sign", "--key", private, str(unsigned)]) == 0
    assert main(["bundle", "verify", "--keys", public, str(unsigned)]) == 0
    told = capsys.readouterr().out
    assert "signature          trusted" in told
    assert "reference kernels  64 golden vectors, all exact" in told

    assert main(["bundle", "verify", str(unsigned)]) == 1
    assert "signed with a key that is not trusted" in capsys.readouterr().out


def test_one_bad_bundle_of_several_fails_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each gets its verdict, and the exit code tells that not all have passed."""
    broken = tmp_path / "broken.vwb"
    broken.write_bytes(SHIPPED["pressure"].read_bytes()[:-1])

    assert main(["bundle", "verify", str(broken), str(SHIPPED["pressure"])]) == 1

    told = capsys.readouterr().out
    assert "REFUSED: not a whole zip" in told
    assert told.endswith("PASSED\n")


def test_inspect_tells_the_same_to_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, hash, key and operators stand in both forms; the JSON has the manifest and the card."""
    path = str(SHIPPED["rhythm"])
    assert main(["bundle", "inspect", path, "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert main(["bundle", "inspect", path]) == 0
    told = capsys.readouterr().out

    (key,) = read_public_keys(PROJECT_KEYS)
    assert tree["signature"]["key"] == key.id
    assert tree["bytes"] == SHIPPED["rhythm"].stat().st_size
    assert tree["manifest"]["stream"]["signals"] == ["rr"]
    assert "learned_from" in tree["card"]
    for word in (tree["name"], tree["sha256"], key.id, *tree["operators"]):
        assert word in told


def test_diff_finds_what_was_changed_and_nothing_else(
    unsigned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal bundles have no difference; a changed constant, figure and signature are each a line."""
    assert main(["bundle", "diff", str(unsigned), str(unsigned)]) == 0
    assert capsys.readouterr().out.endswith("no difference\n")

    parts = tmp_path / "parts"
    manifest = json.loads((parts / "manifest.json").read_text())
    manifest["constants"]["reading_sd"][1] = 9.5
    (parts / "manifest.json").write_text(json.dumps(manifest))
    card = json.loads((parts / "card.json").read_text())
    card["recipe"]["seed"] = 99
    (parts / "card.json").write_text(json.dumps(card))
    changed = tmp_path / "changed.vwb"
    assert main(["bundle", "pack", "--parts", str(parts), "--out", str(changed)]) == 0
    capsys.readouterr()

    assert main(["bundle", "diff", str(SHIPPED["pressure"]), str(changed)]) == 1

    (key,) = read_public_keys(PROJECT_KEYS)
    before = read_bundle(unsigned).manifest.constants["reading_sd"][1]
    assert capsys.readouterr().out.splitlines() == [
        f"manifest.constants.reading_sd[1]: {before} -> 9.5",
        "card.recipe.seed: 0 -> 99",
        f"signature: key {key.id} -> unsigned",
    ]


def test_a_missing_bundle_is_told_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inspect and sign end with code 2, without a traceback."""
    absent = str(tmp_path / "absent.vwb")
    shutil.copy(PROJECT_KEYS, tmp_path / "public.pem")

    assert main(["bundle", "inspect", absent]) == 2
    assert main(["bundle", "sign", "--key", str(tmp_path / "public.pem"), absent]) == 2

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"vitalward bundle inspect: {absent}: No such file")
    assert "another kind of key (public key)" in second
