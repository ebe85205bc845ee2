"""What many tests begin with: people, a catalogue, and a test that is ready to launch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.experiment import Experiment
from experiments.domain.user import User
from experiments.services import access, catalogue, experiments, launch
from experiments.services.actor import Actor
from experiments.services.definitions import read_definition
from experiments.services.metrics import ensure_default_metrics
from experiments.store.engines import writing

VIEWER = Actor("vera@example.org", UserRole.VIEWER)
EDITOR = Actor("edda@example.org", UserRole.EDITOR)
APPROVER = Actor("abel@example.org", UserRole.APPROVER)
ADMIN = Actor("ada@example.org", UserRole.ADMIN)
NOW = 1_790_000_000_000_000


def document(key: str = "tv-entry", **changes: Any) -> dict[str, Any]:
    """A definition that is ready to launch, as decoded from JSON; None leaves a field out."""
    made = {
        "key": key,
        "name": "Personal entry on TV pages",
        "hypothesis": "Mobile-only visitors find the shop, seen in cross-sell orders.",
        "unit": "visitor",
        "variants": [
            {"key": "control", "name": "Page as it is", "weight": 0.5},
            {"key": "personal-entry", "name": "Entry", "weight": 0.5, "payload": {"label": "For you"}},
        ],
        "metrics": [
            {"metric": "cross-sell", "role": "goal", "effect": 0.1},
            {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.05}},
        ],
        "plan": {"weeks": 4, "units_per_variant": 20_000, "looks": 2},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def seed(session: Session) -> None:
    """Built-in metrics and a layer."""
    ensure_default_metrics(session, NOW)
    catalogue.add_layer(session, EDITOR, NOW, key="tv-pages", name="TV pages", holdout=0.05)


def add_person(session: Session, person: Actor, name: str = "N") -> User:
    """Somebody with an account, whose password nobody knows."""
    hashed = access.HashedPassword("nobody's")
    return access.create_user(session, ADMIN, NOW, email=person.name, name=name, password=hashed, role=person.role)


def draft(session: Session, key: str = "tv-entry", **changes: Any) -> Experiment:
    """A draft that is ready to launch."""
    return experiments.create(session, EDITOR, NOW, read_definition(document(key, **changes)))


def running(session: Session, key: str = "tv-entry", **changes: Any) -> Experiment:
    """A launched test."""
    draft(session, key, **changes)
    return launch.launch(session, APPROVER, NOW, key)


#: What of a test may be damaged: (table, column, value).
DAMAGED_PLAN = ("experiment", "plan", '{"weeks": "two"}')


def damage(engine: Engine, key: str, what: tuple[str, str, str] = DAMAGED_PLAN) -> None:
    """Spoil a stored value of a test, as a disk or a hand in the database may."""
    table, column, value = what
    of_it = "key = :key" if table == "experiment" else "experiment_id = (select id from experiment where key = :key)"
    with writing(engine) as session:
        session.execute(text(f"update {table} set {column} = :value where {of_it}"), {"key": key, "value": value})


def stopped(session: Session, key: str = "tv-entry", **changes: Any) -> Experiment:
    """A stopped test."""
    running(session, key, **changes)
    return launch.stop(session, APPROVER, NOW + 1, key)
