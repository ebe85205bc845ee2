"""The return of a test over HTTP: its block, its form, what is refused, the API."""

from __future__ import annotations

from collections.abc import Callable


def test_cost_typed_on_the_page_is_the_cost_of_the_api(as_role: Callable, says: Callable) -> None:
    editor = as_role("editor")
    assert "/experiments/decided/return" in editor.get("/experiments/decided").text
    assert "What did running it cost?" in says(editor.get("/experiments/decided/return"))
    answer = editor.post("/experiments/decided/cost", {"hours": "20", "rate": "60", "other": "100"})
    assert answer.headers["Location"] == "/experiments/decided#return"
    found = editor.get("/api/v1/experiments/decided/return").json
    assert (found["cost"], found["typed"]["hours"], found["typed"]["total"]) == (1_300, 20, 1_300)
    assert "1,300" in says(editor.get("/experiments/decided/return"))
    assert "<html" not in editor.fragment("/experiments/decided/return").text
    assert any(one["cost"] == 1_300 for one in editor.get("/api/v1/contact-centre").json["returns"])
    assert "decided," in editor.get("/contact-centre/returns.csv").text


def test_a_bad_cost_is_refused_beside_its_field(as_role: Callable, says: Callable) -> None:
    answer = as_role("editor").post("/experiments/decided/cost", {"hours": "-5", "rate": "1,5"})
    assert answer.status_code == 422
    assert "The rate is '1,5', must be a number" in says(answer)
    assert 'value="-5"' in answer.text


def test_a_viewer_reads_and_types_nothing(visit: Callable, says: Callable) -> None:
    viewer = visit("viewer")
    assert "What did running it cost?" not in says(viewer.get("/experiments/decided/return"))
    assert viewer.get("/experiments/nothing/return").status_code == 404
