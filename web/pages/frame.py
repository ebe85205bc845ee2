"""What stands around every page: navigation, who is signed in, which deployment this is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from experiments.domain.access import Right, UserRole, may
from experiments.services.actor import Actor
from experiments.services.approvals import requests
from experiments.services.sessions import reading
from web.auth import SIGN_IN_PATH, current_person
from web.deployment import deployment
from web.formatters import Reader
from web.pages.shortcuts import shortcut_groups
from web.pages.words import in_method, word_href, word_of
from web.security import csp_nonce
from web.understanding import reading_of

if TYPE_CHECKING:
    from flask import Blueprint, Flask
    from flask.typing import ResponseReturnValue

    from experiments.domain.user import User

#: (address, label, icon) in the order of the cycle; only pages that exist.
NAVIGATION = (
    ("/", "Overview", "layout-dashboard"),
    ("/goals", "Goals", "target"),
    ("/opportunities", "Opportunities", "telescope"),
    ("/backlog", "Backlog", "list-ordered"),
    ("/planner", "Planner", "calculator"),
    ("/experiments", "Experiments", "flask-conical"),
    ("/learnings", "Learnings", "lightbulb"),
    ("/contact-centre", "Contact centre", "phone"),
    ("/data", "Data", "database"),
    ("/setup", "Set-up", "code"),
    ("/keys", "Keys", "key-round"),
    ("/definitions", "Definitions", "book-open"),
)
#: Only for those who may open something there.
ADMINISTRATION = (("/admin", "Admin", "settings"),)
ADMINISTRATORS = frozenset(role for role in UserRole if may(role, Right.READ_AUDIT))


def register(app: Flask) -> None:
    """Give every template the frame's values and the defined words, and its dates the deployment's time zone."""
    app.before_request(set_reader)
    app.context_processor(_values)
    app.add_template_global(word_of)
    app.add_template_global(word_href)
    app.add_template_global(in_method)
    app.add_template_global(reading_of)


def signed_in_only(bp: Blueprint) -> None:
    """Send strangers who want a page of this blueprint to the sign-in page, and back afterwards."""

    @bp.before_request
    def guard() -> ResponseReturnValue | None:
        if current_person() is not None:
            return None
        if is_fragment():  # a redirect would put the sign-in page inside the page that asked
            return Response(status=401, headers={"HX-Redirect": SIGN_IN_PATH})
        answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return answer


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def set_reader() -> None:
    """Dates are written in the time zone of the deployment."""
    g.reader = Reader(time_zone=deployment().settings.time_zone)


def _values() -> dict[str, Any]:
    person = _person()
    settings = deployment().settings
    items = [
        {"href": href, "label": label, "icon": icon, "active": _is_here(href)}
        for href, label, icon in (*NAVIGATION, *(_further(person) if person else ()))
    ]
    return {
        "nav_items": items if person else [],
        "user": person.name if person else None,
        "sign_out_url": "/sign-out" if person else None,
        "environment": "production",
        "company": settings.company,
        "currency": settings.currency,
        "csp_nonce": csp_nonce(),
        "shortcuts": shortcut_groups(may_edit=may(person.role, Right.EDIT)) if person else None,
    }


def _further(person: User) -> tuple[tuple[str, str, str], ...]:
    """What stands in the navigation for some only: what waits for them, and the administration."""
    if person.role not in ADMINISTRATORS:
        return ()
    with reading(deployment().engine) as session:
        waiting = requests.count_waiting(session, Actor(person.email, person.role))
    mine = (("/approvals", f"Approvals ({waiting})", "shield-check"),) if waiting else ()
    return (*mine, *ADMINISTRATION)


def _is_here(href: str) -> bool:
    return request.path == href if href == "/" else request.path.startswith(href)


def _person() -> User | None:
    """Who is signed in; nobody where the database is down, so that the page that says so can be drawn."""
    try:
        return current_person()
    except SQLAlchemyError:
        return None
