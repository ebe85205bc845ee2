"""Settings that administrators change while the product runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from experiments.store.tables import DeploymentSettingRow


def value(session: Session, name: str) -> Any | None:
    """What is set; None where nothing is."""
    row = session.get(DeploymentSettingRow, name)
    return None if row is None else row.value


def put(session: Session, name: str, value: Any) -> None:
    """Set it."""
    session.merge(DeploymentSettingRow(name=name, value=value))
    session.flush()
