"""The sentence of a hypothesis, written from five answers and read back into them."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from web.pages.builder.answers import parts_of
from web.pages.fields import Form
from web.pages.hypothesis import PARTS, read_hypothesis

PLAIN = ("a personal entry", "visitors with a mobile product", "buy more", "they never see it", "orders of 28 days")


@pytest.mark.parametrize(
    "answers",
    [
        PLAIN,
        ("an offer for two", *PLAIN[1:]),
        (*PLAIN[:2], "buy what others will buy", *PLAIN[3:]),
        (*PLAIN[:3], "they come for support, and nobody will tell them", "orders, because they are counted for all"),
        ("one\nentry", "all\nof them", "see\nit", "it\nis there", "the\nend. Really"),
    ],
)
def test_what_the_builder_wrote_is_read_back(answers: tuple[str, ...]) -> None:
    typed = MultiDict({part.field: answer for part, answer in zip(PARTS, answers, strict=True)})
    assert parts_of(read_hypothesis(Form(typed))) == answers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We believe that.",
        "We believe that an entry for all will help, because it does.",
        "We believe that  for all will help, because it does; we will see it in orders.",
        "Others believe that an entry for all will help, because it does; we will see it in orders.",
        # A pattern that tries every split of this needs minutes, in which the process answers nobody.
        "We believe that x" + " for x will , because x; we will see it in x" * 90,
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert parts_of(text) is None
