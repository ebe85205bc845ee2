"""Tables and form fields."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

Render = Callable[..., str]
COLUMNS = [{"key": "name", "label": "Name"}, {"key": "units", "label": "Units", "numeric": True}]
ROWS = [{"name": "Entry", "units": "1,010"}]
TABLE = '{% from "components/table.html" import data_table %}'
FORM = '{% from "components/form.html" import NAME %}'


def test_an_empty_table_says_what_to_do(render: Render) -> None:
    call = "{{ data_table('Tests', columns, [], 'No test yet: write one down.', csv_href='/csv') }}"
    html = render(TABLE + call, columns=COLUMNS)
    assert "No test yet: write one down." in html
    assert "<table" not in html
    assert "/csv" not in html


def test_a_table_may_write_its_own_cells(render: Render) -> None:
    html = render(
        """{% from "components/table.html" import data_table, cell, row_header %}
        {% call(row) data_table("Tests", columns, rows, "None.") %}
        {{ row_header("Name", row.name) }}{% call cell("Units") %}<b>{{ row.units }}</b>{% endcall %}
        {% endcall %}""",
        columns=COLUMNS,
        rows=ROWS,
    )
    assert '<th scope="row" data-label="Name">Entry</th>' in html
    assert '<td data-label="Units"><b>1,010</b></td>' in html


FIELDS = ["text_field('x', 'L'", "number_field('x', 'L'", "text_area('x', 'L'", "select_field('x', 'L', [('1', 'One')]"]


@pytest.mark.parametrize("start", [*FIELDS, "file_field('x', 'L'", "checkbox_field('x', 'L'"])
def test_a_field_is_wired_to_its_label_hint_and_error(start: str, render: Render) -> None:
    imported = FORM.replace("NAME", start.split("(")[0])
    html = render(f"{imported}{{{{ {start}, hint='How', error='x == 3, must be below 2') }}}}")
    assert 'id="field-x"' in html
    assert 'aria-describedby="error-x hint-x"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="error-x".*is 3, must be below 2', html, re.DOTALL)
    assert 'for="field-x"' in html or html.count("<label") == 1
    plain = render(f"{imported}{{{{ {start}) }}}}")
    assert "aria-" not in plain.replace('aria-hidden="true"', "")
