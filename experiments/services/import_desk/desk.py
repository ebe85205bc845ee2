"""One file on its way in, step by step: uploaded, mapped, looked at, taken in; given up or taken back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError, DomainError
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.import_desk.guess import guess, refit
from experiments.services.import_desk.sniff import beginning_of, options_of
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.parse import describe_spec, read_spec
from experiments.services.import_events.runs import NOUN, digest_of, ensure_source
from experiments.services.import_events.spec import EventSpec
from experiments.store.catalogue import aliases, products
from experiments.store.intake import mappings, runs
from experiments.store.intake.mappings import Mapping
from experiments.store.intake.runs import FileImport, RowProblem

#: Who waits for the worker, and who can still be changed.
BUSY = ("checking", "waiting", "running", "undoing")
OPEN = ("uploaded", "checked")
PAGE, FOLDER, API = "page", "folder", "api"

__all__ = ["BUSY", "OPEN", "FileImport", "Mapping", "RowProblem"]


def upload(
    session: Session, actor: Actor, now: int, *, holds: Holds, file: str, stored: str, path: Path, origin: str = PAGE
) -> int:
    """Note an uploaded file; returns the id of its import.

    Raises:
        DomainError: it cannot be read at all.
    """
    actor.require(Right.EDIT)
    beginning_of(path)  # what cannot be read is refused at the door
    made = runs.add(
        session,
        holds=holds.value,
        origin=origin,
        file=file[-200:],
        stored=stored,
        digest=digest_of(path),
        state="uploaded",
        who=actor.name,
        created_at=now,
        size=path.stat().st_size,
    )
    audit.record(session, actor, now, "upload", NOUN, str(made), after={"file": file[-200:], "holds": holds.value})
    return made


def guessed(session: Session, run: FileImport, path: Path, zone: str) -> tuple[dict[str, object], dict[str, object]]:
    """(columns, file) of a spec document, as guesses for people to correct."""
    known = products.ids(session).keys() | aliases.all_aliases(session).keys()
    rules, options = guess(Holds(run.holds), beginning_of(path), zone, known)
    columns: dict[str, object] = {key: {"column": rule.column} for key, rule in rules.items()}
    shown = {name: getattr(options, name) for name in options.__slots__}
    return columns, shown


def set_mapping(session: Session, actor: Actor, run: FileImport, spec: EventSpec) -> None:
    """Say what the columns mean.

    Raises:
        ConflictError: it is not open any more.
    """
    actor.require(Right.EDIT)
    _change(session, run, OPEN, spec=describe_spec(spec), source_key=spec.source.key, state="uploaded", report={})


def use_saved(session: Session, actor: Actor, run: FileImport, name: str, path: Path) -> EventSpec:
    """Take a saved mapping for this file; raises DomainError where it is for something else."""
    actor.require(Right.EDIT)
    saved = mapping_by_name(session, name)
    if saved.holds != run.holds:
        raise DomainError("wrong_kind", f"mapping == {name!r}, is for {saved.holds}, not for {run.holds}.", "mapping")
    document = dict(saved.spec)
    spec = read_spec(document)
    spec = read_spec(describe_spec(spec) | {"file": _file_document(spec, path)})
    set_mapping(session, actor, run, spec)
    return spec


def start(session: Session, actor: Actor, now: int, run: FileImport, *, dry: bool) -> None:
    """Hand the import to the worker.

    Raises:
        ConflictError: it is not open, its columns have no meaning yet, or the source is a shop's.
    """
    actor.require(Right.EDIT)
    if not run.spec:
        raise ConflictError("Say first what the columns mean.", "columns", code="required")
    spec = read_spec(run.spec)
    if not dry and spec.holds is not Holds.PRODUCTS:
        ensure_source(session, actor, now, spec)
    runs.forget_problems(session, run.id)
    fresh = {"done": 0, "position": 0, "report": {}, "error": "", "finished_at": None}
    _change(session, run, OPEN, state="checking" if dry else "waiting", dry=dry, who=actor.name, **fresh)


def cancel(session: Session, actor: Actor, now: int, run: FileImport) -> str:
    """Give up an import; what it has stored stays and can be taken back. Returns the name of the file to delete."""
    actor.require(Right.EDIT)
    if run.state == "checking":
        _change(session, run, ("checking",), state="uploaded")
        return ""
    _change(session, run, (*OPEN, "waiting", "running"), state="cancelled", finished_at=now, stored="")
    audit.record(session, actor, now, "cancel", NOUN, str(run.id), after={"file": run.file})
    return run.stored


def ask_undo(session: Session, actor: Actor, now: int, run: FileImport, reason: str) -> None:
    """Have the worker take back everything an import stored.

    Raises:
        ConflictError: it did not store anything, or the catalogue it changed is in use.
    """
    actor.require(Right.LAUNCH)
    why = why_not_undo(run)
    if why:
        raise ConflictError(why, "state")
    if not reason.strip():
        raise DomainError("required", "reason is empty, must say why.", "reason")
    _change(session, run, ("done", "failed", "cancelled"), state="undoing", finished_at=None)
    audit.record(session, actor, now, "undo", NOUN, str(run.id), after={"file": run.file}, reason=reason)


def why_not_undo(run: FileImport) -> str:
    """Why an import cannot be taken back, "" where it can."""
    if run.holds == Holds.PRODUCTS:
        return "A price list is not taken back: sales already have their value from it. Change the products instead."
    if run.state not in ("done", "failed", "cancelled"):
        return "Only an import that has ended can be taken back."
    return "" if run.report.get("new") else "This import stored nothing new, so that there is nothing to take back."


def save_mapping(
    session: Session, actor: Actor, now: int, name: str, spec: EventSpec, *, picked_up: bool = False
) -> None:
    """Keep a mapping under a name; one of this name is replaced."""
    from experiments.domain.checks import check_key

    actor.require(Right.EDIT)
    check_key(name, "mapping")
    before = mappings.find(session, name)
    mappings.save(session, Mapping(name, spec.holds.value, describe_spec(spec), picked_up, now, actor.name))
    old = None if before is None else {"spec": before.spec, "picked_up": before.picked_up}
    new = {"spec": describe_spec(spec), "picked_up": picked_up}
    audit.record(session, actor, now, "change" if old else "create", "file_mapping", name, before=old, after=new)


def delete_mapping(session: Session, actor: Actor, now: int, name: str) -> None:
    """Forget a mapping."""
    actor.require(Right.EDIT)
    mapping_by_name(session, name)
    mappings.delete(session, name)
    audit.record(session, actor, now, "delete", "file_mapping", name)


def mapping_by_name(session: Session, name: str) -> Mapping:
    """The mapping; raises NotFoundError."""
    from experiments.domain.errors import NotFoundError

    found = mappings.find(session, name)
    if found is None:
        raise NotFoundError("mapping", name)
    return found


def all_mappings(session: Session) -> list[Mapping]:
    """Every mapping, by name."""
    return mappings.all_mappings(session)


def import_by_id(session: Session, import_id: int) -> FileImport:
    """The import; raises NotFoundError."""
    return runs.find(session, import_id)


def newest_imports(session: Session, *, limit: int = 50, after: int | None = None) -> list[FileImport]:
    """Imports, newest first."""
    return runs.newest(session, limit=limit, after=after)


def with_refused_rows(session: Session, *, among: int = 100) -> list[FileImport]:
    """Of the newest imports that took something in, those with rows that could not be taken."""
    found = runs.newest(session, limit=among, state="done")
    return [run for run in found if not run.dry and run.report.get("refused")]


def refused_rows(session: Session, import_id: int, limit: int = runs.MOST_ERRORS) -> list[RowProblem]:
    """Rows of an import that were refused."""
    return runs.problems(session, import_id, limit)


def _file_document(spec: EventSpec, path: Path) -> dict[str, object]:
    options = refit(spec.file, options_of(path))
    return {name: getattr(options, name) for name in options.__slots__}


def _change(session: Session, run: FileImport, states: tuple[str, ...], **values: object) -> None:
    if not runs.change(session, run.id, only_in=states, **values):
        raise ConflictError(f"The import is {run.state} now; look at it again.", "state")
