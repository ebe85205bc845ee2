"""Messages: which systems are told, what was told to whom, and whether it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request

from experiments.domain.access import Right
from experiments.domain.errors import DomainError, ForbiddenError
from experiments.domain.message import SUBSCRIBED, Subscription, Topic
from experiments.services import messages
from experiments.services.clock import now_us
from experiments.services.mail import postman
from experiments.services.sessions import reading, writing
from web.auth import current_actor, current_person
from web.deployment import deployment
from web.pages.admin_frame import admin_tabs
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.services.messages import NewWebhook

bp = Blueprint("messages", __name__)
signed_in_only(bp)

HOME = "/admin/messages"
BIGGEST_ID = 2**63 - 1
NUMBER = f"<int(max={BIGGEST_ID}):number>"
PLACES = {"webhook.url": "url", "webhook.label": "label", "webhook.topics": "topics"}
TOPICS = (
    (Topic.ALARM.value, "Alarms", "A broken split, harm, events that stopped: at once."),
    (Topic.DIGEST.value, "Weekly digest", "On Mondays: how the week went, what waits, runs, starts and was learned."),
)
STATES = {
    "arrived": ("Arrived", "gain"),
    "waiting": ("Waiting", "brand"),
    "tried_again": ("Is tried again", "warn"),
    "given_up": ("Given up", "loss"),
}
HEAD = ("id", "topic", "key", "to", "receiver", "state", "made_at", "sent_at", "next_try_at", "tries", "error")
PAGE, EXPORTED = 30, 10_000


@bp.get(HOME)
def index() -> ResponseReturnValue:
    """Webhooks and the newest messages."""
    current_actor().require(Right.MAKE_KEYS)
    return _page(Form(request.args))


@bp.get(f"{HOME}.csv")
def export() -> ResponseReturnValue:
    """The newest messages as a table."""
    current_actor().require(Right.MAKE_KEYS)
    with reading(deployment().engine) as session:
        found = [messages.describe_message(one) for one in messages.messages_sent(session, limit=EXPORTED)]
    return csv_answer("messages", HEAD, ([row[name] for name in HEAD] for row in found))


@bp.post(f"{HOME}/webhooks")
def create() -> ResponseReturnValue:
    """Make a webhook and show its secret this one time."""
    form = Form(request.form)
    topics = tuple(topic for topic in SUBSCRIBED if topic.value in form.many("topics"))
    try:
        with writing(deployment().engine) as session:
            made = messages.create_webhook(
                session,
                current_actor(),
                now_us(),
                deployment().vault,
                url=form.text("url"),
                label=form.text("label"),
                topics=topics,
            )
    except ForbiddenError:
        raise
    except DomainError as error:
        form.refuse(error, PLACES)
        return _page(form), 422
    shown = Response(_page(Form(request.args), made))
    shown.headers["Cache-Control"] = "no-store"  # a secret must not wait in a browser's history
    return shown


@bp.post(f"{HOME}/webhooks/{NUMBER}/stop")
def stop(number: int) -> ResponseReturnValue:
    """Tell it nothing more."""
    with writing(deployment().engine) as session:
        hook = messages.stop_webhook(session, current_actor(), now_us(), number)
    flash(f"“{hook.label}” is told nothing more.", "success")
    return redirect(HOME)


@bp.post(f"{HOME}/webhooks/{NUMBER}/test")
def test(number: int) -> ResponseReturnValue:
    """Send it a test message."""
    source = deployment().settings.public_url or "netlift"
    with writing(deployment().engine) as session:
        messages.try_webhook(session, current_actor(), now_us(), number, source)
    flash("A test message is on its way; below you see in a moment whether it arrived.", "success")
    return redirect(f"{HOME}#messages")


@bp.post(f"{HOME}/{NUMBER}/again")
def again(number: int) -> ResponseReturnValue:
    """Try a message again."""
    with writing(deployment().engine) as session:
        messages.send_again(session, current_actor(), now_us(), number)
    flash("The message is sent again.", "success")
    return redirect(f"{HOME}#messages")


@bp.post("/account/messages")
def subscribe() -> ResponseReturnValue:
    """Set what one gets by mail oneself."""
    person, form = current_person(), Form(request.form)
    if person is None:
        raise ForbiddenError("Messages go to people who sign in; this is a key.")
    wanted = Subscription(bool(form.text("alarms")), bool(form.text("digest")))
    with writing(deployment().engine) as session:
        messages.subscribe(session, current_actor(), now_us(), person.id, wanted)
    flash("What you get by mail is saved.", "success")
    return redirect("/account#messages")


def _page(form: Form, made: NewWebhook | None = None) -> str:
    before = form.whole("before", "The page", 0) or None
    with reading(deployment().engine) as session:
        hooks = messages.all_webhooks(session)
        found = messages.messages_sent(session, limit=PAGE + 1, before=before)
    rows = [{**messages.describe_message(one), "words": STATES[messages.state_of(one)]} for one in found[:PAGE]]
    return render_template(
        "pages/messages.html",
        title="Messages",
        area=admin_tabs(current_actor()),
        hooks=hooks,
        rows=rows,
        form=form,
        made=made,
        topics=TOPICS,
        has_mail=postman(deployment().settings) is not None,
        newest=HOME if before else None,
        older=f"{HOME}?before={found[PAGE - 1].id}" if len(found) > PAGE else None,
    )
