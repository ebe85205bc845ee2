"""Goals in the browser: agreed, shown beside their guardrails, overdue, exported; and what a customer is worth."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.services import goals
from experiments.services.sessions import reading

Says = Callable[[TestResponse], str]
GUARD = {"metric": "up-sell", "margin": "5", "margin_form": "relative", "agreed_by": "Ada Adler", "reason": "Agreed",
         "agreed_on": "2025-01-15", "review_on": "2025-07-15"}  # fmt: skip
TARGET = GUARD | {"metric": "cross-sell", "margin": "", "target": "4", "guardrails": ["up-sell"],
                  "review_on": "2999-01-01"}  # fmt: skip


def test_a_margin_and_a_target_beside_it(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    assert "Nothing is agreed yet" in says(approver.get("/goals"))
    assert approver.post("/goals", GUARD).status_code == 302
    assert approver.post("/goals", TARGET).status_code == 302
    page = says(approver.get("/goals"))
    assert "Loss up to 5.0% of its value" in page
    assert "Target 4.00%, beside Up-sell orders (loss up to 5.0% of its value)" in page
    assert "Up-sell orders: the review is overdue." in page
    assert "Cross-sell orders: the review is overdue." not in page
    with reading(engine) as session:
        assert goals.current(session)["cross-sell"].agreement.target == pytest.approx(0.04)
    again = approver.get("/goals?metric=up-sell").text
    assert 'name="margin" type="number" inputmode="decimal" value="5"' in again
    rows = approver.get("/goals.csv").text.splitlines()
    assert len(rows) == 3
    assert ",cross-sell,," in rows[1]


def test_money_is_typed_in_major_units(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    approver.post("/goals", GUARD | {"metric": "revenue", "margin": "1.50", "margin_form": "absolute"})
    with reading(engine) as session:
        margin = goals.current(session)["revenue"].agreement.margin
    assert margin is not None
    assert margin.value == pytest.approx(150)
    assert "Loss up to €1.50" in says(approver.get("/goals"))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"metric": ""}, "metric"), ({"margin": "100"}, "margin"), ({"margin": ""}, "margin"), ({"reason": ""}, "reason"),
     ({"agreed_by": ""}, "agreed_by"), ({"review_on": "2025-01-15"}, "review_on")],
)  # fmt: skip
def test_errors_stand_at_their_field(as_role: Callable, engine: Engine, change: dict[str, str], field: str) -> None:
    answer = as_role("approver").post("/goals", GUARD | change)
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    with reading(engine) as session:
        assert goals.history(session) == ()


def test_others_read(as_role: Callable, says: Says) -> None:
    editor = as_role("editor")
    assert "Write an agreement down" not in says(editor.get("/goals"))
    assert editor.post("/goals", GUARD).status_code == 403


def test_what_a_customer_is_worth(visit: Callable, says: Says) -> None:
    viewer = visit("viewer")
    page = says(viewer.get("/goals?spend=10000&gross_margin=40&years=3"))
    assert "Customer value : €12,000.00" in page
    assert "Years €9,600.00 €14,400.00" in page
    wrong = viewer.get("/goals?spend=10000&gross_margin=140&years=3").text
    assert 'id="error-gross_margin"' in wrong
    assert "Customer value" not in wrong.split("What a customer is worth")[-1]


def test_agreed_losses_are_proposed_where_a_test_is_defined(as_role: Callable, says: Says) -> None:
    approver = as_role("approver")
    assert "Losses that are agreed" not in says(approver.get("/experiments/draft/build/metrics"))
    approver.post("/goals", GUARD)
    words = "Up-sell orders: a loss of up to 5% of its value, agreed by Ada Adler on 15 Jan 2025"
    assert words in says(approver.get("/experiments/draft/build/metrics"))


def test_results_show_what_is_agreed_beside_the_metric(as_role: Callable, says: Says) -> None:
    approver = as_role("approver")
    assert "Agreed:" not in says(approver.get("/experiments/ship"))
    approver.post("/goals", GUARD)
    approver.post("/goals", TARGET)
    page = says(approver.get("/experiments/ship"))
    assert "Agreed: loss up to 5% of its value; review overdue" in page
    assert "Agreed: target 4.00%, beside up-sell" in page
