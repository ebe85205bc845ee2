"""Read-outs and the guard's sides on both databases, counted by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from experiments.domain.rollout import ENTRY_DAYS, RollOut
from experiments.services import roll_out
from experiments.services.clock import DAY
from experiments.services.decide import Choice, decide
from experiments.services.experiments import by_key
from experiments.services.read_outs import read_out_of
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import phases
from experiments.store.codes import HELD_BACK
from experiments.store.tables import ExposureRow, HoldingRow
from tests.scenes import APPROVER, NOW, seed, stopped

KEY = "tv-entry"
AT = NOW + DAY
HOLDING = {"source_id": 1, "complete": True, "independent": False, "family_id": 0, "tier": 0}


def expose(session: Session, unit: int, variant: int, at: int) -> None:
    phase = phases.ids(session)[KEY, 1]
    row = {"seq": unit * 10 + (at > AT), "phase_id": phase, "unit": unit, "variant": variant, "at": at}
    session.execute(insert(ExposureRow), [{**row, "received_at": at, "source_id": 1, "channel": 1}])


def states(session: Session, customer: int, at: int, *products: int) -> None:
    """A full statement: its marker and one row per product."""
    rows = [{"customer": customer, "as_of": at, "product_id": product, "received_at": at} for product in (0, *products)]
    session.execute(insert(HoldingRow), [{**row, **HOLDING} for row in rows])


@pytest.fixture
def shipped(engine: Engine) -> Engine:
    with writing(engine) as session:
        seed(session)
        stopped(session, KEY, unit="customer")
        rollout = RollOut("personal-entry", holdback=0.2, keep=False)
        decide(session, APPROVER, NOW + 2, KEY, Choice.SHIP, rollout=rollout, reason="Because.")
    return engine


def test_retention_is_counted_from_full_statements(shipped: Engine) -> None:
    """Held back: 10 that held, 7 still do. With the winner: 20 that held, 18 still do. Others held nothing."""
    with writing(shipped) as session:
        for unit in range(1, 61):
            held = unit <= 30
            expose(session, unit, HELD_BACK if held else 1, AT)
            holds = unit <= 10 or 31 <= unit <= 50
            states(session, unit, AT - DAY, *((7,) if holds else ()))
            leaves = unit in (1, 2, 3, 31, 32)
            states(session, unit, AT + 29 * DAY, *(() if leaves or not holds else (7, 8)))
    with reading(shipped) as session:
        told = read_out_of(session, by_key(session, KEY), 30, AT + 31 * DAY)
        early = read_out_of(session, by_key(session, KEY), 30, AT + 29 * DAY)
    assert (told.held, told.given, early.held) == (30, 30, 0)
    kept = told.rows[1]
    assert (kept.held, kept.given) == pytest.approx((0.7, 0.9))


def test_without_statements_retention_is_not_measured(shipped: Engine) -> None:
    with writing(shipped) as session:
        for unit in range(1, 21):
            expose(session, unit, HELD_BACK if unit <= 10 else 1, AT)
            states(session, unit, AT - DAY, 7)
    with reading(shipped) as session:
        told = read_out_of(session, by_key(session, KEY), 90, AT + 91 * DAY)
    assert (told.rows[1].status, told.rows[1].held) == ("not_measured", None)
    assert "Under 90% have a full statement" in told.rows[1].note


def test_who_enters_and_on_which_side(shipped: Engine) -> None:
    """Late ones are of no cohort; who is let go from a smaller holdback stays on their side; the control is on none."""
    with writing(shipped) as session:
        entered = by_key(session, KEY).rollout.entry_until  # type: ignore[union-attr]
        assert entered == NOW + 2 + ENTRY_DAYS * DAY
        expose(session, 1, HELD_BACK, AT)
        expose(session, 1, 1, AT + DAY)
        expose(session, 2, 1, AT)
        expose(session, 3, 0, AT)
        expose(session, 4, 1, NOW + 1)  # before the roll-out
        expose(session, 5, HELD_BACK, entered + 1)
        roll_out.raise_roll_out(session, APPROVER, AT, KEY, share=1.0, holdback=0.1)
    with reading(shipped) as session:
        told = read_out_of(session, by_key(session, KEY), 30, AT + 100 * DAY)
    assert (told.held, told.given) == (1, 1)
