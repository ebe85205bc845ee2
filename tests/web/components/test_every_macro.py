"""Every macro renders, names icons that exist and escapes what it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.insight.journeys import Funnel, FunnelStep
from experiments.stats.proportion import proportion

WEB = Path(__file__).resolve().parents[3] / "web"
MACRO = re.compile(r"{%-?\s*macro\s+([a-z]\w*)\(")
HOSTILE = '"><script>alert(1)</script>'
Render = Callable[..., str]

VARIANTS = [{"key": "a", "title": "Control"}, {"key": "b", "title": "Entry"}]
STEPS = [
    {
        "key": "gross",
        "title": "Gross gain",
        "words": "own channels",
        "value": 182000,
        "lo": 1000,
        "hi": 2000,
        "status": "ok",
    },
    {
        "key": "channel",
        "title": "Other channels",
        "words": None,
        "value": None,
        "lo": None,
        "hi": None,
        "status": "not_measured",
    },
    {
        "key": "net",
        "title": "Sum",
        "words": None,
        "value": 182000,
        "lo": 1000,
        "hi": 2000,
        "status": "partial",
        "missing": ["other channels"],
    },
]
FIGURE = {"data": [], "layout": {}, "alt": "Orders +12.5%"}
FUNNEL = Funnel((FunnelStep("TV", 9, proportion(9, 9), proportion(9, 9), 0),
                 FunnelStep("Shop", 4, proportion(4, 9), proportion(4, 9), 5)), 1)  # fmt: skip
HEAT = [{"place": {"name": "TV", "pattern": "/tv"}, "cells": [
    {"tone": "4", "text": "#1", "family": "TV", "money": 500, "people": 7, "href": "/x"}]}]  # fmt: skip
#: One call of every macro, and words that must come out.
CALLS: dict[str, tuple[str, str]] = {
    "account": ("account('Sam', '/out', 'Demo', 'test')", "Sign out"),
    "breadcrumb_trail": ("breadcrumb_trail([{'href': '/', 'label': 'Start'}, {'label': 'Here'}])", "Here"),
    "button": ("button('Save', name='do', value='1', attributes={'hx-get': '/x'})", 'hx-get="/x"'),
    "callout": ("callout('Late data', 'Until May', tone='warn')", "Late data"),
    "card": ("card('Plan', note='frozen', pill_text='New')", "frozen"),
    "cell": ("cell('Units', 5, numeric=true)", 'data-label="Units"'),
    "chart": ("chart(figure)", "data-chart"),
    "chart_card": ("chart_card('Effect', figure, ['Day', 'Change'], [['1', '+1%']], caption='Read so')", "+1%"),
    "check_strip": ("check_strip([{'icon': 'scale', 'title': 'Split', 'text': 'as planned'}])", "as planned"),
    "checkbox_field": ("checkbox_field('cap', 'Cap', checked=true)", "checked"),
    "checkbox_group": (
        "checkbox_group('c', 'Channels', [('web', 'Web', 'hint'), ('app', 'App')], ['app'])",
        "Channels",
    ),
    "code_snippet": ("code_snippet('a < b', 'SDK', 'one')", "a &lt; b"),
    "csrf_field": ("csrf_field()", 'name="csrf_token"'),
    "data_table": ("data_table('Tests', columns, rows, 'None yet.', csv_href='/csv')", "1,010"),
    "decision_banner": ("decision_banner(decision, rule_href='/rule')", "Orders rose."),
    "definition": ("definition('Look', 'A planned moment.', '/d')", "A planned moment."),
    "method_link": ("method_link('Change', 'lift')", "/docs/method#lift"),
    "dialog": ("dialog('stop', 'Stop?')", "popover"),
    "dialog_button": ("dialog_button('stop', 'Stop')", 'popovertarget="dialog-stop"'),
    "dialog_close": ("dialog_close('stop')", "Cancel"),
    "empty_state": ("empty_state('Nothing yet', 'Send an event.')", "Send an event."),
    "facts": ("facts([{'term': 'Unit', 'value': 'visitor'}])", "visitor"),
    "figure_table": ("figure_table('Effect', ['Day'], [['1']], csv_href='/csv')", "Numbers as a table"),
    "file_field": ("file_field('f', 'File', accept='.csv')", 'accept=".csv"'),
    "filter_bar": ("filter_bar('/tests')", 'method="get"'),
    "flash_messages": ("flash_messages([('error', 'Refused'), ('message', 'Saved')])", "Refused"),
    "form_actions": ("form_actions()", "body"),
    "form_errors": ("form_errors({'key': 'key is wrong', '': 'all is wrong'})", 'href="#field-key"'),
    "how_to_read": ("how_to_read('split', 'half and half')", "/docs/how-to-read#split"),
    "icon": ("icon('scale', label='Split')", 'aria-label="Split"'),
    "icon_button": ("icon_button('Refresh', 'refresh-cw')", "Refresh"),
    "job_progress": ("job_progress(5, 10, 'Import', '/job')", "every 2s"),
    "funnel_card": ("funnel_card('Funnel', funnel, '/docs/journeys')", "the largest loss"),
    "heat_map": ("heat_map('Map', 'Place', ['TV'], heat, 'EUR', docs='/docs/x')", "€5 a week"),
    "kpi_strip": ("kpi_strip([{'label': 'Orders', 'value': '+7', 'note': 'n', 'trend': [1, 2]}])", "+7"),
    "lazy": ("lazy('/fragment')", 'hx-get="/fragment"'),
    "lanes": (
        "lanes('Tests', [(0, '2 Nov')], 50, [{'name': 'Shop', 'rows': [[{'href': '/x', 'left': 0, 'name': 'Entry', "
        "'words': 'ends soon', 'status': 'running', 'planned': false, 'recruiting': 10, 'maturing': 5}]]}])",
        "ends soon",
    ),
    "link_button": ("link_button('Export', '/csv', download=true)", "download"),
    "link_card": ("link_card('Plan', '/plan', 'Sample size', 'calculator')", "Sample size"),
    "log_list": ("log_list([{'when': '2026-10-12T08:00:00Z', 'what': 'Launched', 'who': 'Sam'}], 'Log', '')", "08:00"),
    "logo": ("logo()", "<svg"),
    "matrix_table": (
        "matrix_table('Matrix', 'Holds', ['TV'], [{'title': 'None', 'cells': [{'text': '+1', 'tone': 'gain'}]}], '')",
        "matrix-gain",
    ),
    "metric_table": ("metric_table([result], 'Entry', csv_href='/csv')", "▲"),
    "nav_list": (
        "nav_list([{'href': '/', 'label': 'Start', 'icon': 'target', 'active': true}])",
        'aria-current="page"',
    ),
    "doc_link": ("doc_link('backlog', 'Rank', 'range')", 'href="/docs/backlog#range"'),
    "still_needed": ("still_needed({'goal': 'goal is empty, must be given.'})", "answer-missing"),
    "newest_and_older": ("newest_and_older('/a', '/b')", 'href="/b"'),
    "number_field": ("number_field('m', 'Margin', 5, suffix='%', min=0, max=100, required=true)", 'max="100"'),
    "page_header": ("page_header('Tests', status='running', status_detail='day 2', meta=[{'text': 'm'}])", "day 2"),
    "pagination": ("pagination('1 to 2', '/a', '/b')", 'rel="next"'),
    "pill": ("pill('New', tone='gain')", "pill-gain"),
    "post_button": ("post_button('Ship', '/ship', fields={'share': 1})", 'name="share"'),
    "worker_bar": (
        "worker_bar('Measuring', {'waiting': false, 'step': 'sales', 'place': 2, 'total': 3, 'spent': 4, 'usual': 9, "
        "'share': 0.4}, {'hx-get': '/bar'})",
        'value="40"',
    ),
    "progress_line": ("progress_line(12000, 38000, 'visitors', 'about 6 days left')", "about 6 days left"),
    "radio_group": ("radio_group('d', 'Direction', [('1', 'Up'), ('-1', 'Down')], value='-1')", "Down"),
    "row_header": ("row_header('Name', 'Entry')", 'scope="row"'),
    "section_heading": ("section_heading('Plan', 'frozen')", "<h2>Plan</h2>"),
    "search_field": ("search_field('entry')", 'role="combobox"'),
    "search_link": ("search_link()", 'href="/search"'),
    "shortcuts_dialog": (
        "shortcuts_dialog({'here': [{'keys': ['?'], 'label': 'Help'}], 'go': [], 'all': []})",
        "<kbd>?</kbd>",
    ),
    "select_field": ("select_field('r', 'Role', [('g', 'Goal'), ('More', [('s', 'Second')])], 's')", "optgroup"),
    "split_check": ("split_check(ok, variants)", "Split as planned."),
    "status_pill": ("status_pill('running', 'day 2')", "Running, day 2"),
    "tabs": ("tabs([{'href': '/', 'label': 'Results', 'active': true, 'count': 2}], 'Test')", "Results"),
    "text_area": ("text_area('why', 'Why', value='Since')", "Since"),
    "text_field": ("text_field('t', 'Title', value='Orders')", 'value="Orders"'),
    "theme_switch": ("theme_switch()", "data-theme-switch"),
    "tour_strip": (
        "tour_strip({'number': 1, 'total': 2, 'step': {'title': 'Goals', 'sees': 's', 'do': 'd'}})",
        "step 1 of 2",
    ),
    "verdict": ("verdict('holds')", "Holds"),
    "waiting": ("waiting('Waiting', '/w')", 'role="status"'),
    "waterfall_table": ("waterfall_table(steps, 'Net', 'per 1,000 visitors')", "without other channels"),
}
WITH_BODY = {
    "card",
    "dialog",
    "filter_bar",
    "form_actions",
    "page_header",
    "decision_banner",
    "split_check",
    "empty_state",
}


def files_of_macros() -> dict[str, str]:
    paths = sorted((WEB / "templates" / "components").glob("*.html"))
    return {name: path.name for path in paths for name in MACRO.findall(path.read_text(encoding="utf-8"))}


OWNER = files_of_macros()


def call_of(name: str, call: str, body: str = "body") -> str:
    imported = f'{{% from "components/{OWNER[name]}" import {name} %}}'
    return imported + (f"{{% call {call} %}}{body}{{% endcall %}}" if name in WITH_BODY else f"{{{{ {call} }}}}")


@pytest.fixture
def context(sample: SimpleNamespace) -> dict[str, Any]:
    return {
        "result": sample.result(),
        "decision": sample.decision(),
        "ok": sample.split("ok"),
        "variants": VARIANTS,
        "steps": STEPS,
        "figure": FIGURE,
        "funnel": FUNNEL,
        "heat": HEAT,
        "columns": [{"key": "name", "label": "Name"}, {"key": "units", "label": "Units", "numeric": True}],
        "rows": [{"name": "Entry", "units": "1,010"}],
    }


def test_no_macro_is_left_untried() -> None:
    assert set(CALLS) == set(OWNER)


@pytest.mark.parametrize("name", CALLS)
def test_every_macro_renders(
    name: str, render: Render, balanced: Callable[[str], None], context: dict[str, Any]
) -> None:
    call, words = CALLS[name]
    html = render(call_of(name, call), **context)
    assert words in html
    balanced(html)
    sprite = (WEB / "static" / "vendor" / "lucide" / "sprite.svg").read_text(encoding="utf-8")
    for icon in re.findall(r'sprite\.svg[^"]*#([\w-]+)"', html):
        assert f'<symbol id="{icon}"' in sprite


@pytest.mark.parametrize(
    "call",
    [
        "metric_table([hostile_result], hostile)",
        "decision_banner(hostile_decision, variant_titles={'b': hostile})",
        "data_table(hostile, columns, [{'name': hostile, 'units': hostile}], 'x')",
        "chart_card(hostile, {'data': [{'x': [0, 1], 'y': [0, 1], 'mode': 'lines', 'name': hostile, "
        "'line': {'color': hostile}}], 'layout': {'showlegend': true}, 'alt': hostile}, [hostile], [[hostile]])",
        "text_field('t', hostile, value=hostile, hint=hostile, error=hostile, attributes={'data-x': hostile})",
        "code_snippet(hostile, hostile)",
        "flash_messages([('error', hostile)])",
        "kpi_strip([{'label': hostile, 'value': hostile, 'trend': [1, 2]}])",
        "waterfall_table([{'key': 'net', 'title': hostile, 'value': 1, 'lo': 0, 'hi': 2}], hostile, hostile)",
        "definition(hostile, hostile, hostile)",
        "select_field('s', 'S', [(hostile, hostile)], hostile)",
    ],
)
def test_what_people_typed_is_text(
    call: str,
    render: Render,
    balanced: Callable[[str], None],
    context: dict[str, Any],
    sample: SimpleNamespace,
) -> None:
    hostile = {
        "hostile": HOSTILE,
        "hostile_result": sample.result(title=HOSTILE, note=HOSTILE),
        "hostile_decision": sample.decision(
            title=HOSTILE, sentence=HOSTILE, reasons=(HOSTILE,), variants={"b": "ship", "c": "harm"}
        ),
    }
    html = render(call_of(call.split("(")[0], call, body=""), **context, **hostile)
    assert "<script>alert" not in html
    balanced(html)
