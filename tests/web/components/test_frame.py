"""The frame of every page: navigation, scripts, the account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from web import assets

Render = Callable[..., str]
BASE = """{% extends "base.html" %}{% set needs_charts = NEEDS %}
{% set breadcrumbs = [{"href": "/tests", "label": "Tests"}, {"label": "Entry"}] %}
{% block content %}<h1>Hello</h1>{% endblock %}"""
NAV = [
    {"href": "/", "label": "Overview", "icon": "layout-dashboard", "active": True},
    {"href": "/tests", "label": "Experiments", "icon": "flask-conical", "active": False},
]


def page(render: Render, needs: str = "false", **context: Any) -> str:
    given = {"title": "Entry", "nav_items": NAV, "user": "Sam", "company": "Demo Telecom", "environment": "test"}
    return render(BASE.replace("NEEDS", needs), **{**given, **context})


def test_the_frame_shows_the_given_navigation_and_nothing_else(render: Render, balanced: Callable[[str], None]) -> None:
    html = page(render)
    balanced(html.replace("<!doctype html>", ""))
    links = re.findall(r'class="nav-link" href="([^"]+)"', html)
    assert links == ["/", "/tests"] * 2, "once in the sidebar, once in the menu of small screens"
    assert html.count('<a class="nav-link" href="/" aria-current="page">') == 2
    assert "<title>Entry · Netlift</title>" in html
    assert '<span aria-current="page">Entry</span>' in html
    assert html.index('href="#content"') < html.index("<nav")


def test_plotly_is_loaded_only_where_a_page_asks_for_it(render: Render) -> None:
    assert "plotly" not in page(render)
    assert "charts.js" not in page(render)
    html = page(render, "true")
    assert html.index("plotly-basic.min.js") < html.index("charts.js")


def test_htmx_sends_the_token_and_scripts_come_from_here(render: Render) -> None:
    html = page(render)
    assert """hx-headers:inherited='{"X-CSRFToken": "token"}'""" in html
    assert re.search(r"<script(?![^>]*\bsrc=)", html) is None
    assert all(source.startswith("/static/") for source in re.findall(r'<script[^>]*src="([^"]+)"', html))


def test_a_visitor_without_account_sees_no_account(render: Render) -> None:
    assert "Sign out" not in page(render, user=None, sign_out_url="/out")
    assert "Sign out" in page(render, sign_out_url="/out")


def test_a_static_address_carries_the_hash_of_its_file(app: Flask) -> None:
    with app.test_request_context():
        first = assets.asset_url("css/tokens.css")
        assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{10}", first)
        assert first.split("v=")[1] != assets.asset_url("css/base.css").split("v=")[1]
        with pytest.raises(FileNotFoundError):
            assets.asset_url("css/no_such_file.css")
