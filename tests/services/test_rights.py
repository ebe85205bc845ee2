"""Every service that changes something asks for the right before anything else, for every role.

Services are found by looking, so that a new one is in this test the moment it is written: it must refuse a viewer.
Those that only approvers or administrators may use stand below.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

import experiments.services as services
from experiments.domain.access import UserRole
from experiments.domain.errors import ForbiddenError
from experiments.services.actor import Actor
from experiments.services.sessions import writing
from tests.scenes import NOW

ROOT = "experiments.services."
APPROVER = {
    *(f"launch.{deed}" for deed in ("launch", "pause", "resume", "stop", "raise_enrolment", "new_phase")),
    *(f"roll_out.{deed}" for deed in ("end_roll_out", "extend_holdback", "pause_roll_out", "raise_roll_out",
                                      "restore_roll_out", "resume_roll_out", "roll_back")),
    "decide.decide", "import_desk.desk.ask_undo", "undo.undo_decision", "goals.agree", "audit.search",
    "insight.kappa.assume",
}  # fmt: skip
ADMIN = {
    *(f"access.keys.{deed}" for deed in ("create_key", "revoke_key")),
    *(f"access.identity.{deed}" for deed in ("create_identity_secret", "retire_identity_secret")),
    *(f"access.links.{deed}" for deed in ("invite", "invitations", "withdraw", "make_reset")),
    *(f"access.users.{deed}" for deed in ("create_user", "change_role", "disable_user", "enable_user")),
    "access.forget.forget_user", "access.tokens.tokens_of", "approvals.policy.set_policy",
    "privacy.erase", "privacy.export",
}  # fmt: skip
#: Whose is the question there and not which role, or what only others with a right call; each has a test of its own.
OTHERWISE = {
    "access.sign_in.change_own_password", "access.tokens.create_token", "access.tokens.own_tokens",
    "access.tokens.revoke_token", "access.users.change_password", "access.users.rename",
    "access.users.sign_out_everywhere", "access.web_sessions.end_session", "access.web_sessions.sessions_of",
    "access.web_sessions.own_sessions",
    "approvals.gate.check", "approvals.requests.approve", "approvals.requests.ask", "approvals.requests.count_waiting",
    "approvals.requests.decline", "approvals.requests.decide_or_ask", "approvals.requests.launch_or_ask",
    "approvals.requests.may_answer", "approvals.requests.needs_two", "approvals.requests.waiting_for",
    "approvals.requests.withdraw",
    "audit.record", "changing.save",
    "comments.add_comment", "comments.change_comment", "comments.delete_comment", "backlog.ideas.suggest",
    "messages.receivers.subscribe", "overview.wheel.wheel",
}  # fmt: skip
#: The demo's own steps, which only the product itself takes; and steps of an import, whose beginning asks for the right
#: and whose rows go through services that ask again.
INSIDE = ("demo.", "import_events.product", "import_events.take_in.", "import_events.runs.go_on",
          "import_events.runs.ensure_source", "import_events.runs.move_watermark")  # fmt: skip


class Nothing:
    """Stands for an argument that is never looked at, because the right is asked for first."""


def found() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.walk_packages(services.__path__, ROOT):
        loaded = importlib.import_module(module.name)
        for name, function in vars(loaded).items():
            own = inspect.isfunction(function) and function.__module__ == module.name and not name.startswith("_")
            if own and "actor" in inspect.signature(function).parameters:
                yield f"{module.name.removeprefix(ROOT)}.{name}", function


SERVICES = {name: function for name, function in found() if name not in OTHERWISE and not name.startswith(INSIDE)}


@pytest.fixture(scope="module")
def shared(sqlite_template: Any) -> Iterator[Engine]:
    """One migrated file for all: what is refused leaves nothing, and the rest is rolled back."""
    from experiments.store.engines import make_engine

    engine = make_engine(f"sqlite:///{sqlite_template}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_the_right_is_asked_for_first(name: str, shared: Engine) -> None:
    refused = [role for role in UserRole if _is_refused(shared, SERVICES[name], role)]
    order = list(UserRole)
    if name in ADMIN | APPROVER:
        least = UserRole.ADMIN if name in ADMIN else UserRole.APPROVER
        assert refused == order[: order.index(least)], f"{name} must need {least.value}"
    assert refused == order[: len(refused)]
    assert UserRole.VIEWER in refused, f"{name} must refuse a viewer before anything else"


def test_the_lists_name_what_there_is() -> None:
    known = {name for name, _ in found()}
    assert (APPROVER | ADMIN | OTHERWISE) - known == set()


def _is_refused(engine: Engine, service: Callable[..., Any], role: UserRole) -> bool:
    try:
        with writing(engine) as session:
            service(**_arguments(engine, session, service, role))
            session.rollback()
    except ForbiddenError:
        return True
    except Exception:
        return False  # it went on and met an argument that is nothing
    return False


def _arguments(engine: Engine, session: Any, service: Callable[..., Any], role: UserRole) -> dict[str, Any]:
    given = {"session": session, "engine": engine, "actor": Actor("vera@example.org", role), "now": NOW, "at": NOW}
    needed = inspect.signature(service).parameters
    return {
        name: given.get(name, "nothing" if parameter.annotation == "str" else Nothing())
        for name, parameter in needed.items()
        if parameter.default is parameter.empty
    }
