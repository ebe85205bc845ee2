"""An app that knows the templates, and samples made of the real report classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template_string

from experiments.decision.decision import Decision
from experiments.decision.metric_result import MetricResult
from experiments.decision.quality import Split
from experiments.decision.words import Action, Verdict
from experiments.domain.metric import Direction, Margin, MetricKind, Role, Scale
from experiments.domain.plain import to_plain
from experiments.stats.effect import Effect, Status
from web import assets, charts, formatters
from web.pages.words import word_href
from web.understanding import reading_of, word_of

WEB = Path(__file__).resolve().parents[3] / "web"
VOID = {"meta", "link", "input", "br", "img", "hr"}


def effect(scale: str, point: float | None, lo: float | None, hi: float | None) -> Effect:
    status = Status.OK if lo is not None else Status.TOO_FEW
    return Effect(scale, status, point, lo, hi, 0.95, "fieller", None, None, 0.01, 0.0315, 0.0355)  # type: ignore[arg-type]


def result(title: str = "Orders", verdict: Verdict = Verdict.BETTER, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "metric": "orders",
        "title": title,
        "role": Role.GUARDRAIL,
        "direction": Direction.HIGHER,
        "kind": MetricKind.RATE,
        "variant": "b",
        "control_value": 0.0315,
        "variant_value": 0.0355,
        "absolute": effect("absolute", 0.004, 0.0027, 0.0051),
        "relative": effect("relative", 0.125, 0.087, 0.163),
        "shown": "relative",
        "margin": Margin(Scale.RELATIVE, 0.05),
        "noninferiority": None,
        "adjusted_p": None,
        "verdict": verdict,
        "few_events": False,
        "protected": True,
    }
    return dict(to_plain(MetricResult(**{**values, **changes})))


def decision(action: Action = Action.SHIP, title: str = "Ship it", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "variant": None,
        "sentence": "Orders rose.",
        "reasons": ("One fact.",),
        "rule": "goal superior",
        "provisional": False,
        "variants": {"b": action},
    }
    return dict(to_plain(Decision(action=action, title=title, **{**values, **changes})))


def split(status: str, p: float | None = 0.9) -> dict[str, Any]:
    return dict(to_plain(Split(status, (0.5, 0.5), (1000, 1010), 0.05, 1, p, ("A late exposure call",))))  # type: ignore[arg-type]


@pytest.fixture
def sample() -> SimpleNamespace:
    """`result`, `decision`, `split` and `effect`: mappings as a stored report holds them, with changes."""
    return SimpleNamespace(result=result, decision=decision, split=split, effect=effect)


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("web", root_path=str(WEB))
    app.secret_key = "for flashed messages"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.jinja_env.globals |= {"reading_of": reading_of, "word_of": word_of, "word_href": word_href}
    for part in (assets, formatters, charts):
        part.register(app)
    return app


@pytest.fixture
def render(app: Flask) -> Iterator[Callable[..., str]]:
    def rendered(template: str, **context: Any) -> str:
        return render_template_string(template, **context)

    with app.test_request_context():
        yield rendered


class Balanced(HTMLParser):
    """Fails on a tag that is closed twice, never, or in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} repeats an attribute: {names}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs is not None

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a start"
        assert self.open.pop() == tag


def check_balance(html: str) -> None:
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []


@pytest.fixture
def balanced() -> Callable[[str], None]:
    """A check that every tag of a piece of HTML is closed in order."""
    return check_balance
