"""The configuration file: what is accepted, and how everything else is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import Clock, Config, Protocol, config_keys, load_config, parse_config
from edge.contract.errors import ConfigError
from edge.contract.profile import Profile, Sex


def test_an_empty_file_is_the_default_configuration() -> None:
    """Every key may be left out."""
    assert parse_config("", where="f") == Config()


def test_values_arrive_typed() -> None:
    """A full file comes back as typed values."""
    config = parse_config(
        '[edge]\nname = "attic"\nclock = "stream"\n[mqtt]\nport = 8883\nprotocol = "3.1.1"\n', where="f"
    )

    assert (config.edge.name, config.edge.clock) == ("attic", Clock.STREAM)
    assert (config.mqtt.port, config.mqtt.protocol) == (8883, Protocol.V311)


@pytest.mark.parametrize(
    ("text", "what", "allowed"),
    [
        ("[mqtt]\nhots = 'x'", "unknown key 'mqtt.hots'", "host, port, protocol"),
        ("[mqqt]\nhost = 'x'", "unknown section 'mqqt'", "edge, mqtt"),
        ("[mqtt]\nport = 70000", "<= 65535", "a whole number from 1 to 65535"),
        ("[mqtt]\nprotocol = '4'", "Invalid enum value '4'", '"3.1.1" or "5"'),
        ("[edge]\nname = 'my edge'", "not a name", "letters, digits"),
        ("[edge]\nname = 7", "Expected `str`, got `int`", "text in quotes"),
        ("[edge]\nstatus_period_s = 0", "> 0.0", "a number above 0"),
        ("[mqtt]\nprefix = 'a//b'", "not a topic prefix", "by '/'"),
        (f"[mqtt]\nprefix = '{'a/' * 100}a'", "a topic prefix of 201 characters", "at most 200 characters"),
        (f"[mqtt]\nusername = '{'ü' * 32_768}'", "65536 bytes", "at most 65535 bytes"),
        ('[mqtt]\nusername = "a\\u0000b"', "has a NUL character", "without a NUL"),
        ("[mqtt]\nhost = ''", "not a host: ''", "a name or address, without mqtt://"),
        ("[mqtt]\nhost = 'a..b'", "not a host: 'a..b'", "a name or address"),
        (f"[mqtt]\nhost = '{'a' * 70}'", "not a host", "a name or address"),
        ("[mqtt]\nhost = 'mqtt://localhost'", "not a host", "without mqtt://"),
        ("[mqtt]\nhost = 'my broker'", "not a host", "a name or address"),
        ('[mqtt]\nhost = "a\\u0000b"', "not a host", "a name or address"),
        ("[edge]\nstate_dir = ''", "not a path: ''", "a path"),
        ('[edge]\nstate_dir = "a\\u0000b"', "not a path", "a path"),
        ('[bundles]\nkeys_file = "a\\u0000b"', "not a path", "a path"),
        ("[journal]\nkeep_hours = inf", "<= 1000000", "a number above 0 to 1000000"),
        ("[journal]\nkeep_hours = nan", "", "a number above 0 to 1000000"),
        ("[alarms]\nheartbeat_s = 1e-9", ">= 0.01", "a number from 0.01 to 3600"),
        ("[mqtt]\nsession_expiry_s = 4294967296", "<= 4294967295", "a whole number from 0 to 4294967295"),
        ("edge = 3", "Expected `object`", "the sections"),
        ("[mqtt]\npassword_file = 'x'", "a password without a user", "a user name"),
        ("[edge", "", "TOML"),
        pytest.param("[mqtt]\nport = " + "1" * 5000, "a number too long", "TOML", id="5000 digits"),
        pytest.param("a = " + "[" * 5000 + "]" * 5000, "lists too deep", "TOML", id="5000 brackets"),
        ("[advice]\nlanguage = 'tlh'", "no texts in 'tlh'", "en, zh"),
        ("[wearers.ada]\nlanguage = 'tlh'", "no texts in 'tlh'", "en, zh"),
        ("[wearers.ada]\nadvice_off = ['diet']", "Invalid enum value 'diet'", "rhythm, heart_rate, "),
        ("[wearers.ada]\nheight_cm = 3", ">= 50", "a number from 50 to 250"),
        ("[wearers.ada]\nhas_diabetes = 'no'", "Expected `bool", "true or false"),
        ("[wearers]\nada = 3", "Expected `object`", "a table with the keys birth_year, sex, "),
    ],
)
def test_each_mistake_is_named_with_what_is_allowed(text: str, what: str, allowed: str) -> None:
    """A wrong key or value is refused with its name and the choices there are."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, where="edge.toml")

    assert what in caught.value.what
    assert allowed in caught.value.allowed
    assert caught.value.where.startswith("edge.toml")


@pytest.mark.parametrize(
    "host", ["localhost", "broker.local.", "10.0.0.2", "::1", "fe80::1%eth0", "büro.example"]
)
def test_names_and_addresses_of_every_kind_are_hosts(host: str) -> None:
    """What the system may find is left to it."""
    assert parse_config(f"[mqtt]\nhost = '{host}'", where="f").mqtt.host == host


def test_a_wrong_answer_of_a_wearer_is_told_with_the_wearer_and_the_key() -> None:
    """Of several wearers the one whose answer it is, and what that answer may be."""
    text = '[wearers.bob]\nsex = "male"\n[wearers.ada]\nsex = "f"\n'

    with pytest.raises(ConfigError) as caught:
        parse_config(text, where="edge.toml")

    assert caught.value.where == "edge.toml: wearers.ada.sex"
    assert caught.value.what == "Invalid enum value 'f'"
    assert caught.value.allowed == '"female" or "male"'


def test_a_missing_or_binary_file_is_told_by_name(tmp_path: Path) -> None:
    """A file that is not there, or not text, is named in the error."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")

    for path in (tmp_path / "absent.toml", binary):
        with pytest.raises(ConfigError) as caught:
            load_config(path)
        assert caught.value.where == str(path)


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As some editors write UTF-8."""
    path = tmp_path / "edge.toml"
    path.write_bytes(b'\xef\xbb\xbf[edge]\nname = "attic"\n')

    assert load_config(path).edge.name == "attic"


def test_the_list_of_keys_is_what_the_parser_accepts() -> None:
    """Each listed key is known to the parser: only its value can be refused."""
    for section, keys in config_keys().items():
        for key in keys:
            table = "wearers.ada" if section == "wearers" else section
            with pytest.raises(ConfigError) as caught:
                parse_config(f"[{table}]\n{key} = {{}}", where="f")
            assert "unknown" not in caught.value.what


def test_a_wearer_is_known_by_what_the_file_tells() -> None:
    """The answers of one table; whoever is not named is unknown, and the age is that of the year."""
    config = parse_config('[wearers.ada]\nbirth_year = 1958\nsex = "female"', where="f")

    assert config.wearers == {"ada": Profile(birth_year=1958, sex=Sex.FEMALE)}
    assert config.wearers["ada"].age_years(1_767_225_600.0) == 68  # 1 January 2026
    assert Profile().age_years(1_767_225_600.0) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[wearers.ada]\nage = 3", "unknown key 'wearers.ada.age'"),
        ("[wearers.ada]\nbirth_year = 3", "Expected `int` >= 1900"),
        ('[wearers."a b"]\nbirth_year = 1958', "not a name: 'a b'"),
        ("[wearers]\nada = 3", "Expected `object`, got `int`"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(text: str, says: str) -> None:
    """The error names what is wrong and where."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, where="edge.toml")

    assert says in caught.value.what
    assert "wearers" in f"{caught.value.where} {caught.value.what}"
