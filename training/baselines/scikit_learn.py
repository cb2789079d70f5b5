"""The library that some baselines are fitted by, which comes with an extra."""

from __future__ import annotations

from edge.contract.errors import RuntimeMissingError


def require_scikit_learn() -> None:
    """Raise RuntimeMissingError without it."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise RuntimeMissingError(
            "scikit-learn is missing", where="baselines", allowed="pip install 'vitalward[training]'"
        ) from error
