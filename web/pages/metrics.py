"""The metric catalogue: what is measured, in which version, by which tests; defined beside a look at real events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from experiments.domain.access import Right
from experiments.domain.channel import Channel
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.services import catalogue, metric_preview, ready_metrics
from experiments.services import metrics as service
from experiments.services.clock import now_us
from experiments.services.metric_uses import tests_by_metric
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.charts.days import day_bars
from web.deployment import deployment
from web.pages.data_frame import area_tabs, csv_answer
from web.pages.fields import Form
from web.pages.frame import is_fragment, signed_in_only
from web.pages.metric_fields import direction_words, field_values, read_form
from web.pages.metric_forms import is_money, metric_forms
from web.pages.metric_words import counted

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from experiments.domain.metric import Metric

bp = Blueprint("catalogue-metrics", __name__, url_prefix="/data")
signed_in_only(bp)

EVENTS = (("sale", "Sales"), ("contact", "Contacts"), ("survey", "Survey answers"), ("custom", "Custom events"),
          ("page", "Page views"))  # fmt: skip
VALUES = (("count", "How many"), ("quantity", "Quantity"), ("revenue", "Revenue: the monthly price"),
          ("margin", "Margin over the expected months"), ("seconds", "Seconds of a contact"),
          ("number", "The number an answer or an event carries"), ("orders", "Orders, however many lines each has"),
          ("net_score", "Promoters less detractors, of answers from 0 to 10"))  # fmt: skip
KINDS = (("rate", "Rate", "Share of units with at least so many."), ("mean", "Mean", "A number per unit."),
         ("ratio", "Ratio", "One sum over another."))  # fmt: skip
#: What an empty form begins with.
EXAMPLE = {"kind": "rate", "direction": "higher", "event": "sale", "window_days": "28", "return_days": "14",
           "covariate_days": "0"}  # fmt: skip


@bp.get("/metrics")
def index() -> ResponseReturnValue:
    """Every metric in its newest version, and the ready ones to add."""
    with reading(deployment().engine) as session:
        found = service.all_metrics(session)
        used = tests_by_metric(session)
        ready = ready_metrics.missing_metrics(session, deployment().settings.digital)
    return render_template(
        "pages/metrics.html",
        title="Metrics",
        area=area_tabs(),
        rows=[_row(metric, used.get(metric.key, ())) for metric in found],
        ready=[{"metric": metric, "counted": counted(metric)} for metric in ready],
        may_edit=current_actor().may(Right.EDIT),
    )


@bp.get("/metrics.csv")
def export() -> ResponseReturnValue:
    """The list as a file."""
    head = ("key", "name", "kind", "counts", "window_days", "direction", "protected", "version", "tests")
    with reading(deployment().engine) as session:
        found = service.all_metrics(session)
        used = tests_by_metric(session)
    cells = (
        (metric.key, metric.name, metric.kind.value, counted(metric), metric.window_days,
         "higher" if metric.direction > 0 else "lower", int(metric.protected), metric.version,
         " ".join(use.experiment.key for use in used.get(metric.key, ())))
        for metric in found
    )  # fmt: skip
    return csv_answer("metrics", head, cells)


@bp.post("/metrics/ready")
def add_ready() -> ResponseReturnValue:
    """Add a ready metric."""
    with writing(deployment().engine) as session:
        metric = ready_metrics.add_ready(
            session, current_actor(), now_us(), request.form.get("key", ""), deployment().settings.digital
        )
    flash(f"“{metric.name}” is added.", "success")
    return redirect(f"/data/metrics/{metric.key}")


@bp.get("/metrics/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    current_actor().require(Right.EDIT)
    return _page(None, Form(MultiDict(EXAMPLE)))


@bp.get("/metrics/<key>")
def show(key: str) -> ResponseReturnValue:
    """One metric: what it counts, its versions, its tests, and its form."""
    with reading(deployment().engine) as session:
        metric = service.metric_by_key(session, key)
    return _page(metric, Form(MultiDict(field_values(metric))))


@bp.post("/metrics/new")
def add() -> ResponseReturnValue:
    """Add a metric, or look at it first."""
    return _posted(None)


@bp.post("/metrics/<key>")
def change(key: str) -> ResponseReturnValue:
    """Save the next version, or look at it first; tests that run keep theirs."""
    with reading(deployment().engine) as session:
        known = service.metric_by_key(session, key)
    return _posted(known)


def _posted(known: Metric | None) -> ResponseReturnValue:
    form = Form(request.form)
    metric = read_form(form, known)
    if is_fragment() or form.text("action") == "preview":
        return _previewed(known, form, metric)
    current_actor().require(Right.EDIT)
    if metric is not None:
        try:
            with writing(deployment().engine) as session:
                if known is None and service.metric_versions(session, metric.key):
                    raise ConflictError(f"key == {metric.key!r}, exists already.", "key", code="exists")
                saved = service.save_metric(session, current_actor(), now_us(), metric, reason=form.text("reason"))
        except DomainError as error:
            form.refuse(error, {"key": "key", "reason": "reason"})
        else:
            flash(f"“{saved.name}” is saved as version {saved.version}.", "success")
            return redirect(f"/data/metrics/{saved.key}")
    return _page(known, form), 422


def _previewed(known: Metric | None, form: Form, metric: Metric | None) -> ResponseReturnValue:
    seen = _look(metric, form) if metric else None
    if is_fragment():
        return render_template("pages/_metric_preview.html", seen=seen, form=form, fragment=True)
    return _page(known, form, seen)


def _look(metric: Metric, form: Form) -> dict[str, Any] | None:
    """What the preview shows; None, with an error in the form, where it could not be read."""
    unit = form.choice("preview_unit", UnitKind, metric_preview.usual_unit(metric))
    currency = deployment().settings.currency
    try:
        with reading(deployment().engine) as session:
            found = metric_preview.preview(session, metric, now_us(), unit)
    except DomainError as error:
        form.refuse(error, {})
        return None
    whole = {"rate": "number", "mean": "number:2", "ratio": "number:3"}[metric.kind.value]
    daily = f"money:{currency}" if is_money(metric) else "number" if metric.kind.value == "mean" else whole
    words = f"{metric.name} by day of the last {metric_preview.DAYS} days"
    # The facts hold money in minor units; what people type and read is in major ones.
    return {
        "found": found,
        "metric": metric,
        "counted": counted(metric),
        "chart": day_bars([value for _, value in found.by_day], words),
        "daily": daily,
        "form": metric_forms([metric], currency).get(metric.key, "number:4"),
        "rows": metric_preview.ROWS,
        "cap": f"{found.cap:g}" if found.cap is not None else None,
    }


def _row(metric: Metric, uses: Any) -> dict[str, Any]:
    return {"metric": metric, "counted": counted(metric), "direction": direction_words(metric), "uses": uses}


def _page(known: Metric | None, form: Form, seen: dict[str, Any] | None = None) -> str:
    with reading(deployment().engine) as session:
        versions = service.metric_versions(session, known.key) if known else ()
        uses = tests_by_metric(session).get(known.key, ()) if known else ()
        choices = {
            "families": [(family.key, family.name) for family in catalogue.all_families(session)],
            "products": [(product.key, product.name) for product in catalogue.all_products(session)],
            "sources": [(source.key, source.name) for source in catalogue.all_sources(session)],
            "relations": [(relation.value, relation.value) for relation in Relation],
            "channels": [(channel.value, channel.value) for channel in Channel],
        }
        names = metric_preview.known_names(session)
    return render_template(
        "pages/metric.html",
        title=known.name if known else "New metric",
        metric=known,
        counted=counted(known) if known else None,
        direction=direction_words(known) if known else None,
        versions=[{"metric": version, "counted": counted(version)} for version in versions],
        uses=uses,
        form=form,
        choices=choices,
        names=names,
        seen=seen,
        events=EVENTS,
        values=VALUES,
        kinds=KINDS,
        units=[(unit.value, unit.value.capitalize() + "s") for unit in UnitKind],
        may_edit=current_actor().may(Right.EDIT),
    )
