"""What may be the user name or the password at a broker."""

from __future__ import annotations

from edge.contract.errors import ConfigError

# MQTT tells the length of each in two bytes.
LONGEST_BYTES = 65_535
CREDENTIAL_RULE = f"at most {LONGEST_BYTES} bytes of UTF-8 without a NUL character"


def checked_credential(text: str, where: str) -> str:
    """The text as it is; ConfigError, naming `where` it stands and not the text, if MQTT cannot carry it."""
    size = len(text.encode())
    if size > LONGEST_BYTES:
        raise ConfigError(f"{size} bytes", where=where, allowed=CREDENTIAL_RULE)
    if "\0" in text:
        raise ConfigError("has a NUL character", where=where, allowed=CREDENTIAL_RULE)
    return text
