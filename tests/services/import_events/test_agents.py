"""Files of a contact centre say who handled it, with or without a customer."""

from __future__ import annotations

import pytest

from experiments.domain.errors import DomainError
from experiments.services.import_events.convert import Converter
from experiments.services.import_events.converted import Converted, Refused
from experiments.services.import_events.holds import Holds, target_of
from experiments.services.import_events.numbered import NumberedRow
from experiments.services.import_events.spec import EventSpec, Rule, SourceSpec

COLUMNS = ("when", "agent", "customer", "seconds")
FIELDS = {
    "timestamp": Rule(column="when"), "agent_id": Rule(column="agent"), "handle_seconds": Rule(column="seconds"),
}  # fmt: skip


def converted(*rows: tuple[str, ...], fields: dict[str, Rule] = FIELDS) -> list[Converted | Refused]:
    spec = EventSpec(Holds.CONTACTS, SourceSpec("calls", "Calls"), fields)
    numbered: list[NumberedRow] = list(enumerate(rows, start=1))
    return list(Converter(spec, COLUMNS, id_key=b"k" * 32, products=()).items(numbered))


def test_a_call_of_somebody_unknown_is_its_agents() -> None:
    first, second, nobody = converted(
        ("2026-11-03T10:00:00Z", "a-1", "", "240"),
        ("2026-11-03T10:00:00Z", "a-2", "", "120"),
        ("2026-11-03T10:00:00Z", "", "", "60"),
    )
    assert isinstance(first, Converted)
    assert isinstance(second, Converted)
    assert first.event["properties"] == {"handle_seconds": 240, "agent_id": "a-1"}
    assert "userId" not in first.event
    assert first.event["messageId"] != second.event["messageId"], "two agents handle two calls of one moment"
    assert isinstance(nobody, Refused)


def test_the_agent_changes_no_id_of_a_row_that_names_a_customer() -> None:
    """A file that was imported before agents were mapped may be imported again without counting twice."""
    row, known = ("2026-11-03T10:00:00Z", "a-1", "c-7", "240"), {**FIELDS, "user_id": Rule(column="customer")}
    without = {name: rule for name, rule in known.items() if name != "agent_id"}
    [now], [before] = converted(row, fields=known), converted(row, fields=without)
    assert isinstance(now, Converted)
    assert isinstance(before, Converted)
    assert now.event["messageId"] == before.event["messageId"]
    assert (now.event["userId"], now.event["properties"]["agent_id"]) == ("c-7", "a-1")


def test_somebody_must_be_mapped() -> None:
    with pytest.raises(DomainError, match="nobody did it"):
        EventSpec(Holds.CONTACTS, SourceSpec("calls", "Calls"), {"timestamp": Rule(column="when")})
    assert target_of(Holds.CUSTOMERS, "agent_id") is None
