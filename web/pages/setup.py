"""Set-up: code with the real key, what waits for its first exposure, and what arrives right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from experiments.domain.environment import Environment
from experiments.services import access, arrivals, catalogue, experiments
from experiments.services.clock import now_us
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.frame import signed_in_only
from web.pages.setup_choice import Choice, choice_of
from web.pages.setup_snippets import BY_KEY, WAYS, snippets
from web.pages.setup_stream import Stream, stream_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("setup", __name__)
signed_in_only(bp)


@bp.get("/setup")
def show() -> ResponseReturnValue:
    """The whole page."""
    now = now_us()
    with reading(deployment().engine) as session:
        choice = _choice(session)
        tests = arrivals.awaited(session, now)
        hints = arrivals.hints_of(arrivals.gather(session, now, request.args.get("place", "")))
        stream = _stream(session, now)
    return render_template(
        "pages/setup.html",
        title="Set-up",
        choice=choice,
        ways=WAYS,
        snippets=snippets(BY_KEY[choice.way], choice.fill),
        tests=tests,
        hints=hints,
        stream=stream,
        place=request.args.get("place", ""),
    )


@bp.get("/setup/waiting")
def waiting() -> ResponseReturnValue:
    """The tests and whether anybody has come, for a page that asks again."""
    with reading(deployment().engine) as session:
        tests = arrivals.awaited(session, now_us())
    return render_template("pages/_setup_waiting.html", tests=tests)


@bp.get("/setup/hints")
def hints() -> ResponseReturnValue:
    """What looks wrong, for a page that asks again."""
    place = request.args.get("place", "")
    with reading(deployment().engine) as session:
        found = arrivals.hints_of(arrivals.gather(session, now_us(), place))
    return render_template("pages/_setup_hints.html", hints=found, place=place)


@bp.get("/setup/events")
def events() -> ResponseReturnValue:
    """What arrived, for a page that asks again."""
    with reading(deployment().engine) as session:
        stream = _stream(session, now_us())
    return render_template("pages/_setup_events.html", stream=stream)


def _stream(session: Session, now: int) -> Stream:
    return stream_of(session, request.args, now)


def _choice(session: Session) -> Choice:
    running: dict[str, Any] = {test.key: test for test in experiments.all_experiments(session)}
    products = catalogue.all_products(session)
    host = request.host_url.rstrip("/")
    return choice_of(request.args, host, access.all_keys(session), running.values(), products, tuple(Environment))
