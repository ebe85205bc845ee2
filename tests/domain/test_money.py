"""Money is written by one function, in sentences of decisions and learnings as on cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.decision.net import NetValue
from experiments.decision.net_words import net_figures
from experiments.domain.money import money_text
from experiments.insight import wording
from web.formatters import numbers


@pytest.mark.parametrize(
    ("value", "currency", "decimals", "text"),
    [
        (9127.4, "EUR", 0, "+€9,127"), (-9127.4, "EUR", 2, "−€9,127.40"), (0.2, "GBP", 0, "£0"),
        (5, "CHF", 0, "+CHF\u00a05"), (5, "", 0, "+5"),
    ],
)  # fmt: skip
def test_by_hand(value: float, currency: str, decimals: int, text: str) -> None:
    assert money_text(value, currency, decimals, sign=True) == text


@given(st.floats(-1e9, 1e9), st.sampled_from(["EUR", "USD", "GBP", "JPY", "CHF", "SEK"]))
def test_a_sentence_and_a_card_write_the_same(value: float, currency: str) -> None:
    card = numbers.signed_money(value, currency, major=True, whole=True)
    assert money_text(value, currency, sign=True) == wording.money(value, currency) == card


@given(st.floats(1, 1e7))
def test_the_net_of_a_decision_is_written_like_the_card(value: float) -> None:
    said = net_figures(NetValue(value, value / 2, value * 2, currency="EUR"), "visitor")
    digits = 0 if value * 2 >= 100 else 2
    assert said.startswith(money_text(value, "EUR", digits, sign=True)[:4])
    assert "€ " not in said
