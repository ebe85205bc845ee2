"""Links to one kept report: made, listed and revoked by people who are signed in, opened by anybody who has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.services import experiments, shares
from experiments.services.clock import now_us, to_iso
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment, own_address
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.kept_blocks import kept_value
from web.pages.report_page import report_file
from web.pages.shared_report import shared_page
from web.share_links import PREFIX, link_of, secret_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("sharing", __name__)
signed_in_only(bp)
#: Anybody with a link, signed in or not.
open_bp = Blueprint("shared", __name__)
DAYS = [("7", "a week"), ("30", "30 days"), ("90", "90 days"), ("365", "a year")]
#: A link is a secret: no search engine, no address passed on, nothing kept on the way.
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}


@bp.get("/experiments/<key>/shares")
def index(key: str) -> ResponseReturnValue:
    """The links of a test, and the form that makes one."""
    return _page(key)


@bp.post("/experiments/<key>/shares")
def share(key: str) -> ResponseReturnValue:
    """Make a link; its address is shown on the page that answers, and never again."""
    form = Form(request.form)
    days = form.whole("days", "Days", 0)
    try:
        with writing(deployment().engine) as session:
            made = shares.share_report(session, current_actor(), now_us(), key, days=days, label=form.text("label"))
    except (ForbiddenError, NotFoundError):
        raise
    except DomainError as error:
        form.refuse(error, {"share.days": "days", "share.label": "label"})
        return _page(key, form=form), 422
    return _page(key, own_address() + link_of(made.secret))


@bp.post("/experiments/<key>/shares/<int:share_id>/revoke")
def revoke(key: str, share_id: int) -> ResponseReturnValue:
    """End a link."""
    with writing(deployment().engine) as session:
        shares.revoke_share(session, current_actor(), now_us(), key, share_id)
    flash("The link leads nowhere any more.", "success")
    return redirect(f"/experiments/{key}/shares")


@open_bp.get(f"{PREFIX}/<token>")
def show(token: str) -> ResponseReturnValue:
    """The report behind a link, as one page without navigation; 410 where it has ended, 404 where there was none."""
    secret, now = secret_of(token), now_us()
    if secret is None:
        raise shares.UnknownLinkError
    with reading(deployment().engine) as session:
        found, report = shares.open_share(session, secret, now)
        page = shared_page(session, found, report, deployment().settings.currency)
    html = kept_value(("shared", found.snapshot_id), lambda: report_file(page, shared=True))
    return Response(html, mimetype="text/html", headers=HEADERS)


def _page(key: str, made: str | None = None, *, form: Form | None = None) -> str:
    now = now_us()
    with reading(deployment().engine) as session:
        experiment = experiments.by_key(session, key)
        found = shares.shares_of(session, key)
    lines = [
        {
            "share": each,
            "made": to_iso(each.at),
            "until": to_iso(each.expires_at),
            "state": "revoked" if each.revoked_at else "open" if shares.leads_somewhere(each, now) else "expired",
        }
        for each in found
    ]
    return render_template(
        "pages/shares.html",
        title=f"Share · {experiment.name}",
        experiment=experiment,
        lines=lines,
        made=made,
        days=DAYS,
        form=form or Form(MultiDict()),
        may_share=current_actor().may(shares.RIGHT),
    )
