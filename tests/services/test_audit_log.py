"""The audit log only grows, by the database's own word; a forgotten colleague's name goes and their deeds stay."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError, ForbiddenError
from experiments.domain.unnaming import Unnaming
from experiments.services import access, audit, experiments, launch
from experiments.services.access import HashedPassword
from experiments.services.actor import Actor
from experiments.services.audit import AuditQuery
from experiments.services.sessions import reading, writing
from experiments.store.engines import is_sqlite
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW, draft, seed

ANN = Actor("ann@example.org", UserRole.APPROVER)
DEEDS = (
    "update audit set reason = 'nothing happened'",
    "update audit set at = 0",
    "delete from audit",
    "insert into audit_gate (id) values (1); update audit set at = 0",
    "insert into audit_gate (id) values (1); update audit set action = 'nothing'",
    "insert into audit_gate (id) values (1); delete from audit",
)


@pytest.mark.parametrize("deed", DEEDS)
def test_the_database_refuses_to_change_the_log(engine: Engine, deed: str) -> None:
    with writing(engine) as session:
        seed(session)
    with pytest.raises(DBAPIError, match="append-only"):
        _run(engine, *deed.split("; "))
    with reading(engine) as session:
        assert audit.history(session)[0].action == "create"
        assert session.execute(text("select count(*) from audit_gate")).scalar_one() == 0


def test_nor_does_it_empty_the_log(engine: Engine) -> None:
    if is_sqlite(engine):
        return
    with pytest.raises(DBAPIError, match="append-only"):
        _run(engine, "truncate audit")


def _run(engine: Engine, *statements: str) -> None:
    with writing(engine) as session:
        for statement in statements:
            session.execute(text(statement))


def test_deeds_are_found_by_who_what_and_when(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session)
        launch.launch(session, APPROVER, NOW + 5, "tv-entry", reason="Ready.")
        launch.stop(session, APPROVER, NOW + 9, "tv-entry")
    with reading(engine) as session:

        def actions(**query: object) -> list[str]:
            return [each.action for each in audit.search(session, APPROVER, AuditQuery(**query))]  # type: ignore[arg-type]

        assert actions()[:3] == ["stop", "launch", "create"]
        assert actions(who=APPROVER.name[:4], noun="experiment") == ["stop", "launch"]
        assert actions(action="launch") == ["launch"]
        assert actions(noun="layer", key="tv-pages") == ["create"]
        assert actions(since=NOW + 5, until=NOW + 9) == ["launch"]
        assert actions(who="%") == []
        newest = next(audit.search(session, APPROVER, AuditQuery(), 1))
        assert actions(older_than=newest.id)[:2] == ["launch", "create"]
        assert {"experiment", "layer"} <= set(audit.known_words(session, "noun"))
        with pytest.raises(ForbiddenError):
            audit.search(session, EDITOR, AuditQuery())


def test_a_forgotten_colleague_leaves_deeds_without_a_name(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        for email, name in ((ANN.name, "Ann"), ("joann@example.org", "Joann")):
            access.create_user(session, ADMIN, NOW, email=email, name=name, password=HashedPassword("x"), role=ANN.role)
        draft(session, owner=ANN.name)
        launch.launch(session, ANN, NOW, "tv-entry", reason="Asked by ann@example.org, not joann@example.org.")
        with pytest.raises(ConflictError, match="keep them out first"):
            access.forget_user(session, ADMIN, NOW, ANN.name)
        access.disable_user(session, ADMIN, NOW, ANN.name)
        with pytest.raises(ForbiddenError):
            access.forget_user(session, APPROVER, NOW, ANN.name)
        before = [(each.id, each.at, each.action) for each in audit.history(session)]
        label = access.forget_user(session, ADMIN, NOW, ANN.name)
        after = audit.history(session)
        told = str([audit.describe(each) for each in after])
        kept = str(access.all_users(session))
        owner = experiments.by_key(session, "tv-entry").owner
    assert [(each.id, each.at, each.action) for each in after[1:]] == before
    assert f"Asked by {label}, not joann@example.org." in told
    assert "'ann@example.org" not in told + kept
    assert "'Ann'" not in told + kept
    assert "Joann" in kept
    assert owner == label


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ("ann@example.org", "L"),
        ("ann@example.org with token “CI”", "L with token “CI”"),
        ("joann@example.org", "joann@example.org"),
        ("ann@example.org.uk", "ann@example.org.uk"),
        ("Mail ann@example.org.", "Mail L."),
        ("Ann", "T"),
        ("Annual", "Annual"),
    ],
)
def test_only_the_person_is_unnamed(found: str, left: str) -> None:
    assert Unnaming("ann@example.org", "Ann", "L", "T").value({"a": [found]}) == {"a": [left]}
