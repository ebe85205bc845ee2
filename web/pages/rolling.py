"""A shipped winner: its steps, its guard, its holdback, what was done; and the buttons that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request

from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.domain.money import MINOR
from experiments.domain.rollout import READ_OUTS
from experiments.services import roll_out
from experiments.services.clock import now_us, to_iso
from experiments.services.roll_out_view import RollOutView, roll_out_view
from experiments.services.sessions import reading, writing
from web.auth import current_actor
from web.deployment import deployment
from web.pages.data_frame import csv_answer
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.pages.result_tabs import ROLL_OUT, tab_items
from web.pages.results import find_page
from web.pages.rolling_words import ALL_DEEDS, GUARD, MEASURES, READ_OUT, STATES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask.typing import ResponseReturnValue

    from experiments.services.audit import AuditEntry
    from experiments.services.roll_out_view import ReadOutLine

bp = Blueprint("rolling", __name__)
signed_in_only(bp)

#: Deeds of one click: (use case, what is said afterwards).
DEEDS: Mapping[str, tuple[Callable[..., Any], str]] = {
    "pause": (roll_out.pause_roll_out, "Paused at its share; no step is taken until you go on."),
    "resume": (roll_out.resume_roll_out, "It goes on; the steps to come moved by the time that was lost."),
    "roll-back": (
        roll_out.roll_back,
        "Rolled back: within a minute everybody sees the control. You can undo it here.",
    ),
    "restore": (roll_out.restore_roll_out, "The roll-back is undone: the winner is shown to the share that had it."),
    "end": (roll_out.end_roll_out, "Ended: the service answers for this test no more."),
}


@bp.get("/experiments/<key>/rollout")
def show(key: str) -> ResponseReturnValue:
    """The whole page."""
    return _page(key)


@bp.post("/experiments/<key>/rollout/<deed>")
def act(key: str, deed: str) -> ResponseReturnValue:
    """Pause, go on, roll back, undo that, end, give it to everybody, keep the holdback longer."""
    form = Form(request.form)
    change, words = _change(deed, form)
    try:
        with writing(deployment().engine) as session:
            change(session, current_actor(), now_us(), key, reason=form.text("reason"))
    except (ForbiddenError, NotFoundError):
        raise
    except DomainError as error:
        flash(error.message, "error")
    else:
        flash(words, "success")
    return redirect(f"/experiments/{key}" if deed == "end" else f"/experiments/{key}/rollout")


@bp.get("/experiments/<key>/rollout/history.csv")
def history(key: str) -> ResponseReturnValue:
    """What was done, newest first."""
    head = ("at", "who", "action", "reason")
    rows = ((to_iso(deed.at), deed.who, deed.action, deed.reason) for deed in _view(key).history)
    return csv_answer(f"{key}-roll-out", head, rows)


@bp.get("/experiments/<key>/rollout/read-outs.csv")
def read_outs(key: str) -> ResponseReturnValue:
    """What the holdback can see and what it told; margin in the major units of `measured_in`."""
    head = ("days", "due", "planned", "measure", "measured_in", "can_see", "can_see_fall", "status", "held", "given",
            "change", "low",
            "high", "times", "verdict", "read_as", "read_at")  # fmt: skip
    view = _view(key)
    read_as = view.rollout.read_as.value if view.rollout is not None else ""
    return csv_answer(f"{key}-holdback", head, (cells for line in view.read_outs for cells in _cells(line, read_as)))


def _change(deed: str, form: Form) -> tuple[Callable[..., Any], str]:
    if deed in DEEDS:
        return DEEDS[deed]
    if deed == "everybody":
        return _everybody, "Everybody but the held back gets the winner now."
    if deed == "extend":
        days = form.text("days")
        wanted = int(days) if days in map(str, READ_OUTS) else 0

        def longer(*given: Any, **more: Any) -> Any:
            return roll_out.extend_holdback(*given, days=wanted, **more)

        return longer, f"The holdback is kept until its read-out at {wanted} days."
    raise NotFoundError("deed", deed)


def _everybody(session: Any, actor: Any, now: int, key: str, *, reason: str = "") -> Any:
    view = roll_out_view(session, key)
    holdback = view.rollout.holdback if view.rollout is not None else 0.0
    return roll_out.raise_roll_out(session, actor, now, key, share=1.0, holdback=holdback, reason=reason)


def _view(key: str) -> RollOutView:
    with reading(deployment().engine) as session:
        return roll_out_view(session, key)


def _page(key: str) -> str:
    view, page = _view(key), find_page(key)
    guard = view.guard
    return render_template(
        "pages/results.html",
        title=f"{ROLL_OUT.label} · {page.experiment.name}",
        page=page,
        decide=None,
        tab=ROLL_OUT,
        tab_links=tab_items(page, ROLL_OUT),
        view=view,
        guard=None if guard is None else guard.reading,
        state=STATES[view.rollout.state.value] if view.rollout is not None else ("Ended", "neutral"),
        guard_words=GUARD,
        verdicts=VERDICTS,
        read_words=READ_OUT,
        measures=[
            {"key": key, "label": title, "href": "/docs/roll-out#read-outs"} for key, (title, _) in MEASURES.items()
        ],
        planned=[_read_out(line) for line in view.read_outs if line.planned or line.reading],
        unplanned=[_read_out(line) for line in view.read_outs if not line.planned and not line.reading],
        later=[(str(line.days), f"{line.days} days") for line in view.read_outs if not line.planned],
        deeds=[_deed(deed) for deed in view.history],
        may_decide=page.may["decide"],
    )


def _deed(deed: AuditEntry) -> dict[str, Any]:
    what, _ = ALL_DEEDS.get(deed.action, (deed.action.replace("_", " ").capitalize(), ""))
    return {"at": deed.at, "who": deed.who, "what": what, "why": deed.reason}


def _read_out(line: ReadOutLine) -> dict[str, Any]:
    return {"line": line, "measures": _measures(line)}


def _measures(line: ReadOutLine) -> list[dict[str, Any]]:
    """The three measures of one read-out."""
    seen = {each["measure"]: each for each in (line.design or {}).get("seen", [])}
    told = {each["measure"]: each for each in line.reading.reading["rows"]} if line.reading is not None else {}
    return [
        {"title": title, "form": _form(form), "seen": seen.get(key), "told": told.get(key)}
        for key, (title, form) in MEASURES.items()
    ]


def _form(form: str) -> str:
    return f"money:{deployment().settings.currency}" if form == "money" else form


def _measured_in(measure: str) -> str:
    return deployment().settings.currency if MEASURES[measure][1] == "money" else "share"


def _major(measure: str, value: float | None) -> float | None:
    return value / MINOR if value is not None and MEASURES[measure][1] == "money" else value


def _cells(line: ReadOutLine, read_as: str) -> list[tuple[Any, ...]]:
    rows = []
    for key in MEASURES:
        seen: dict[str, Any] = next(
            (each for each in (line.design or {}).get("seen", []) if each["measure"] == key), {}
        )
        told = line.reading.reading["rows"] if line.reading is not None else []
        row: dict[str, Any] = next((each for each in told if each["measure"] == key), {})
        amounts = [_major(key, row.get(name)) for name in ("held", "given", "change", "lo", "hi")]
        numbers = [row.get("status"), *amounts, row.get("times"), row.get("verdict")]
        at = to_iso(line.reading.at) if line.reading is not None else ""
        able = [_major(key, each) for each in (seen.get("change"), seen.get("fall", seen.get("change")))]
        what = (key, _measured_in(key), *able)
        rows.append((line.days, to_iso(line.at), int(line.planned), *what, *numbers, read_as, at))
    return rows
