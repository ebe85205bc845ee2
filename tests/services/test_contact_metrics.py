"""The ready metrics of a contact centre, counted by hand on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.decision.words import Verdict
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Margin, MetricUse, Role, Scale
from experiments.services.analyse_events import PER_CONTACT, input_from_events
from experiments.services.clock import DAY
from experiments.services.experiments import by_key
from experiments.services.metrics import check_known, ensure_default_metrics
from experiments.services.project import run_all
from experiments.services.ready_metrics import add_ready
from experiments.services.sessions import reading, writing
from tests.shop_world import ADMIN, START, Item, Shop, order, stamp, viewed

KEYS = ("hit-rate", "handle-time-per-contact", "leads", "leads-per-chat")
USED = [
    {"metric": "hit-rate", "role": "goal", "effect": 0.1},
    {"metric": "contacts", "role": "guardrail", "margin": {"relative": 0.1}},
    *({"metric": key, "role": "secondary"} for key in KEYS[1:]),
]
AT = START + DAY


def happened(event: str, customer: str, channel: str, number: int, **more: object) -> Item:
    return {
        "type": "track", "event": event, "messageId": f"{event}-{customer}-{number}", "userId": customer,
        "timestamp": stamp(AT + number * 60_000_000), "properties": {"channel": channel, **more},
    }  # fmt: skip


def test_hit_rate_handle_time_and_leads_by_chat(engine: Engine) -> None:
    """Anna: two chats, one lead in chat, one lead by phone. Bert: a call. Cleo: nothing. Dora buys, after one chat."""
    with writing(engine) as session:
        ensure_default_metrics(session, START)
        for key in KEYS:
            add_ready(session, ADMIN, START, key)
    shop = Shop(engine, unit="customer", metrics=USED)
    items = [viewed("control", AT, userId=name) for name in ("anna", "bert", "cleo")]
    items += [viewed("entry", AT, userId="dora"), order("o-1", "tv-1", AT + DAY, userId="dora")]
    for customer, channel, number, seconds in (
        ("anna", "chat", 1, 300), ("anna", "chat", 2, 120), ("bert", "phone", 3, 600), ("dora", "chat", 4, 90),
    ):  # fmt: skip
        items.append(happened("Contact Handled", customer, channel, number, handle_seconds=seconds))
    items += [happened("Lead", "anna", "chat", 5), happened("Lead", "anna", "phone", 6)]
    shop.send("shop", items, AT + 2 * DAY)
    run_all(engine, AT + 20 * DAY)
    with reading(engine) as session:
        groups = input_from_events(session, by_key(session, "entry"), AT + 20 * DAY).moments
    control, entry = groups["control"], groups["entry"]
    assert (control.n, entry.n) == (3, 1)
    assert (control.mean_of("hit-rate"), entry.mean_of("hit-rate")) == (0, 1)
    assert control.mean_of("leads") == pytest.approx(1 / 3)
    chats = control.mean_of("leads-per-chat") / control.mean_of("leads-per-chat:per")
    assert chats == pytest.approx(1 / 2)
    seconds = control.mean_of("handle-time-per-contact") / control.mean_of("handle-time-per-contact:per")
    assert seconds == pytest.approx((300 + 120 + 600) / 3)
    report = shop.report(AT + 20 * DAY)
    rows = {row.metric: row for row in report.rows("entry")}
    for key in ("handle-time-per-contact", "leads-per-chat"):
        assert (rows[key].verdict, rows[key].note) == (Verdict.NOT_TESTABLE, PER_CONTACT)
    assert rows["handle-time-per-contact"].variant_value == pytest.approx(90), "it is shown, and judges nothing"


@pytest.mark.parametrize("role", [Role.GOAL, Role.GUARDRAIL])
def test_a_mean_over_contacts_decides_nothing(sqlite_engine: Engine, role: Role) -> None:
    margin = Margin(Scale.RELATIVE, 0.1) if role is Role.GUARDRAIL else None
    with writing(sqlite_engine) as session:
        ensure_default_metrics(session, START)
        add_ready(session, ADMIN, START, "handle-time-per-contact")
        check_known(session, [MetricUse("handle-time", role, margin)], UnitKind.CUSTOMER)
        check_known(session, [MetricUse("handle-time-per-contact", Role.SECONDARY)], UnitKind.CUSTOMER)
        with pytest.raises(DomainError, match="totals per unit") as refused:
            check_known(session, [MetricUse("handle-time-per-contact", role, margin)], UnitKind.VISITOR)
    assert (refused.value.code, refused.value.field) == ("bad_role", "metrics.0.role")
