"""The configuration file (TOML): typed, with unknown keys refused by name."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from zoneinfo import available_timezones

import msgspec

from edge.advice.wording import MODEL_LANGUAGE, languages
from edge.contract.credentials import checked_credential
from edge.contract.errors import ConfigError
from edge.contract.hosts import checked_host
from edge.contract.misfit import misfit
from edge.contract.profile import Profile
from edge.contract.topics import NAME, NAME_RULE, checked_prefix


class Clock(StrEnum):
    """Where the edge takes the time from."""

    WALL = "wall"
    STREAM = "stream"


class Protocol(StrEnum):
    """The MQTT version spoken."""

    V311 = "3.1.1"
    V5 = "5"


# A number as large would never come about; infinity is none.
Positive = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]


class EdgeSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[edge]`: the name in topics, where state is kept, which time counts, and where it is night."""

    name: str = "edge"
    state_dir: str = "var"
    clock: Clock = Clock.WALL
    status_period_s: Positive = 60.0
    timezone: str = "UTC"


class MqttSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mqtt]`: the broker. `password_file` holds the password alone on its first line."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    protocol: Protocol = Protocol.V5
    prefix: str = "vitalward"
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    keepalive_s: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 60
    session_expiry_s: Annotated[int, msgspec.Meta(ge=0, le=4_294_967_295)] = 86_400
    backoff_cap_s: Positive = 30.0


class BloodPressureSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[blood_pressure]`: the scheme that names categories."""

    scheme: str = "acc-aha-2017"


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[journal]`: how long samples are kept after they were decided on."""

    keep_hours: Positive = 24.0


class BundlesSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[bundles]`: files to use instead of those shipped, whose signature counts, how long one is watched."""

    rhythm: str | None = None
    keys_file: str | None = None
    allow_unsigned: bool = False
    probation_s: Positive = 60.0


class AlarmsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[alarms]`: how often the edge shows that it is alive, and tests its own alarms."""

    heartbeat_s: Annotated[float, msgspec.Meta(ge=0.01, le=3600)] = 10.0
    self_test_hours: Positive = 24.0


class AdviceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[advice]`: the language of advice to whoever has named none."""

    language: str = MODEL_LANGUAGE


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All sections; each may be left out."""

    edge: EdgeSection = EdgeSection()
    mqtt: MqttSection = MqttSection()
    blood_pressure: BloodPressureSection = BloodPressureSection()
    journal: JournalSection = JournalSection()
    bundles: BundlesSection = BundlesSection()
    alarms: AlarmsSection = AlarmsSection()
    advice: AdviceSection = AdviceSection()
    wearers: dict[str, Profile] = {}


# Keys that name a file or a folder.
PATHS = (
    ("edge", "state_dir"),
    ("mqtt", "password_file"),
    ("mqtt", "ca_file"),
    ("bundles", "rhythm"),
    ("bundles", "keys_file"),
)


def load_config(path: Path) -> Config:
    """Read a configuration file; ConfigError names file, key, and what is allowed there."""
    try:
        # Some editors begin a file with a byte-order mark.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(str(error.strerror), where=str(path), allowed="a readable TOML file") from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", where=str(path), allowed="a TOML file") from None
    return parse_config(text, where=str(path))


def parse_config(text: str, *, where: str) -> Config:
    """Read configuration text; `where` names its source in errors."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(error), where=where, allowed="TOML 1.0") from None
    except (ValueError, RecursionError):
        # TOML has no bounds here; Python has some, of thousands of digits and hundreds of brackets.
        raise ConfigError(
            "a number too long or lists too deep to be read", where=where, allowed="TOML 1.0"
        ) from None
    _refuse_unknown(tree, Config, where, "")
    try:
        config = msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        found = misfit(tree, Config, error)
        is_section = "." not in found.key and found.key != "wearers"
        allowed = f"the sections {', '.join(get_type_hints(Config))}" if is_section else found.allowed
        raise ConfigError(found.what, where=f"{where}: {found.key}", allowed=allowed) from None
    _check_names(config, where)
    return config


def config_keys() -> dict[str, tuple[str, ...]]:
    """Every section with its keys; those of `wearers` stand once for all wearers."""
    return {
        field.name: tuple(key.name for key in _fields(Profile if field.name == "wearers" else field.type))
        for field in _fields(Config)
    }


def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(struct)


def _refuse_unknown(tree: dict[str, Any], struct: type[msgspec.Struct], where: str, path: str) -> None:
    types = {field.name: field.type for field in _fields(struct)}
    for key, value in tree.items():
        name = f"{path}{key}"
        if key not in types:
            kind = "key" if path else "section"
            raise ConfigError(f"unknown {kind} {name!r}", where=where, allowed=", ".join(types))
        inner = types[key]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _refuse_unknown(value, inner, where, f"{name}.")
        elif name == "wearers" and isinstance(value, dict):
            for wearer, profile in value.items():
                if isinstance(profile, dict):
                    _refuse_unknown(profile, Profile, where, f"{name}.{wearer}.")


def _check_names(config: Config, where: str) -> None:
    if not NAME.fullmatch(config.edge.name):
        raise ConfigError("not a name", where=f"{where}: edge.name", allowed=NAME_RULE)
    if config.mqtt.password_file is not None and config.mqtt.username is None:
        raise ConfigError("a password without a user", where=f"{where}: mqtt.username", allowed="a user name")
    if config.edge.timezone != "UTC" and config.edge.timezone not in available_timezones():
        raise ConfigError(
            f"unknown time zone {config.edge.timezone!r}",
            where=f"{where}: edge.timezone",
            allowed='"UTC" or a name of the system\'s time zones, such as "Europe/Berlin"',
        )
    for wearer, profile in config.wearers.items():
        if not NAME.fullmatch(wearer):
            raise ConfigError(f"not a name: {wearer!r}", where=f"{where}: wearers", allowed=NAME_RULE)
        _check_language(profile.language, f"{where}: wearers.{wearer}.language")
    _check_language(config.advice.language, f"{where}: advice.language")
    for section, key in PATHS:
        path = getattr(getattr(config, section), key)
        if path is not None and (not path or "\0" in path):
            raise ConfigError(f"not a path: {path!r}", where=f"{where}: {section}.{key}", allowed="a path")
    if config.mqtt.username is not None:
        checked_credential(config.mqtt.username, f"{where}: mqtt.username")
    checked_prefix(config.mqtt.prefix, f"{where}: mqtt.prefix")
    checked_host(config.mqtt.host, f"{where}: mqtt.host")


def _check_language(language: str | None, where: str) -> None:
    if language is not None and language not in languages():
        raise ConfigError(f"no texts in {language!r}", where=where, allowed=", ".join(languages()))
