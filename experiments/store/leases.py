"""Jobs that only one process may do: a lease row with an end, renewed by its holder."""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.store.tables import LeaseRow


def take(session: Session, name: str, holder: str, now: int, lasts: int) -> bool:
    """Take or renew a lease inside a writing transaction.

    Args:
        lasts: µs after which the lease is free again unless renewed, so that a killed holder blocks nobody for long.

    Returns:
        Whether `holder` has the lease now.
    """
    row = session.get(LeaseRow, name, with_for_update=True)
    if row is None:
        session.add(LeaseRow(name=name, holder=holder, until=now + lasts, beat_at=now))
        session.flush()
        return True
    # an end far beyond what a lease lasts was set before the clock was put back; a living holder renews it at once
    if row.holder != holder and now < row.until <= now + 2 * lasts:
        return False
    row.holder, row.until, row.beat_at = holder, now + lasts, now
    session.flush()
    return True


def give_back(session: Session, name: str, holder: str) -> None:
    """Free the lease where `holder` has it."""
    row = session.get(LeaseRow, name, with_for_update=True)
    if row is not None and row.holder == holder:
        session.delete(row)
        session.flush()
