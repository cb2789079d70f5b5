"""The errors a user can meet: each says what is wrong, where, and what is allowed."""

from __future__ import annotations

from typing import Final

# A message can name a key as long as itself; what is said of it need not repeat all of it.
SHOWN_WHAT: Final = 200


class VitalwardError(Exception):
    """A fault in something the user gave, told in the user's terms.

    `what` is wrong, `where` it stands (file, key, topic), `allowed` is what would be accepted.
    """

    def __init__(self, what: str, *, where: str, allowed: str) -> None:
        super().__init__(what, where, allowed)
        self.what = what
        self.where = where
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; allowed: {self.allowed}"


class ConfigError(VitalwardError):
    """A configuration, scenario or command line that cannot be used: mend it and start again."""


class MessageError(VitalwardError):
    """A message that does not keep the contract: quarantine it and go on.

    `what` may repeat words of whoever sent it, and is cut to 200 characters.
    """

    def __init__(self, what: str, *, where: str, allowed: str) -> None:
        shown = what if len(what) <= SHOWN_WHAT else f"{what[: SHOWN_WHAT - 3]}..."
        super().__init__(shown, where=where, allowed=allowed)


class BundleError(VitalwardError):
    """A bundle that is not whole or not of this format: keep the model in use."""


class DataError(VitalwardError):
    """A recording that is missing or cannot be read: name it and stop."""


class RuntimeMissingError(VitalwardError):
    """A program or library this command needs is not here: install it."""
