"""All that advice is given by: rules, texts, protocols, sleep needs and the risk model."""

from __future__ import annotations

from dataclasses import dataclass

from edge.advice.priorities import RiskModel
from edge.advice.protocols import Protocol, load_protocols
from edge.advice.rules import Rule, load_rules
from edge.advice.sleep_needs import SleepNeed, load_sleep_needs
from edge.advice.wording import MODEL_LANGUAGE, Texts, load_texts


@dataclass(frozen=True, slots=True)
class AdviceBook:
    """Handed in whole, never changed. `language` is that of whoever has named none.

    `protocols` are by blood pressure scheme. Without a risk model nothing is put in an order.
    """

    rules: tuple[Rule, ...]
    texts: dict[str, Texts]
    protocols: dict[str, Protocol]
    sleep_needs: tuple[SleepNeed, ...]
    language: str = MODEL_LANGUAGE
    risk: RiskModel | None = None


def load_book(*, language: str = MODEL_LANGUAGE, risk: RiskModel | None = None) -> AdviceBook:
    """What is shipped as data; ConfigError where a file of it is not whole."""
    return AdviceBook(load_rules(), load_texts(), load_protocols(), load_sleep_needs(), language, risk)
