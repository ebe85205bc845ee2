"""Specs: refused with the field that is wrong, and the same after going through a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.domain.errors import DomainError
from experiments.services.import_events.parse import describe_spec, read_spec, read_spec_file
from tests.intake_world import EXAMPLES

GOOD: dict[str, Any] = {
    "holds": "orders",
    "source": {"key": "office", "name": "Office"},
    "columns": {"order_id": "o", "timestamp": "t", "user_id": "c", "product": "p"},
}


def without(name: str) -> dict[str, Any]:
    return GOOD | {"columns": {key: value for key, value in GOOD["columns"].items() if key != name}}


def columns(**more: Any) -> dict[str, Any]:
    return GOOD | {"columns": GOOD["columns"] | more}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (GOOD | {"holds": "socks"}, "holds"),
        (GOOD | {"source": {"name": "Office"}}, "source.key"),
        (GOOD | {"source": {"key": "Office!"}}, "source.key"),
        (without("order_id"), "columns.order_id"),
        (without("user_id"), "columns.user_id"),
        (columns(colour="x"), "columns.colour"),
        (columns(price={}), "columns.price"),
        (columns(price={"column": "a", "constant": "b"}), "columns.price"),
        (columns(price={"column": "a", "divide": 0}), "columns.price"),
        (columns(price={"column": "a", "otherwise": "guess"}), "columns.price.otherwise"),
        (columns(price={"column": "a", "values": {"a": 1}}), "columns.price.values"),
        (GOOD | {"file": {"encoding": "klingon"}}, "file.encoding"),
        (GOOD | {"file": {"time_zone": "Amsterdam"}}, "file.time_zone"),
        (GOOD | {"file": {"date_at": "noon"}}, "file.date_at"),
        (GOOD | {"file": {"decimal": ",", "thousands": ","}}, "file.thousands"),
        (GOOD | {"file": {"delimiter": ";;"}}, "file.delimiter"),
        (GOOD | {"only": {"status": "paid"}}, "only.status"),
        (GOOD | {"surprise": 1}, "surprise"),
        ({"holds": "surveys", "source": {"key": "s"}, "columns": {"timestamp": "t", "user_id": "u"}}, "columns.csat"),
    ],
)
def test_a_bad_spec_names_the_field(document: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_spec(document)
    assert refused.value.field == field


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_survive_a_document(path: Path) -> None:
    spec = read_spec_file(path)
    assert read_spec(describe_spec(spec)) == spec
