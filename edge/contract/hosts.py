"""What may name the host of a broker."""

from __future__ import annotations

from edge.contract.errors import ConfigError

HOST_RULE = "a name or address, without mqtt://"


def is_host(text: str) -> bool:
    """Whether a name or address could be looked up; nothing is looked up here."""
    if not text or not text.isprintable() or set(text) & {"/", " "}:
        return False
    try:
        # As the socket does: labels of 1 to 63 letters.
        text.encode("idna")
    except UnicodeError:
        return False
    return True


def checked_host(text: str, where: str = "--host") -> str:
    """The host as it is; ConfigError, naming `where` it stands, if it is none."""
    if not is_host(text):
        raise ConfigError(f"not a host: {text!r}", where=where, allowed=HOST_RULE)
    return text
