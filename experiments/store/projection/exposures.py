"""`Experiment Viewed` → exposure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from experiments.domain.experiment import UnitKind
from experiments.store.codes import BROWSER_CODE, HELD_BACK, HELD_OUT
from experiments.store.events import StoredEvent
from experiments.store.projection.body import Body, agent_of, channel_code, whole_of
from experiments.store.projection.catalogue import Catalogue, ExperimentCode, PhaseCode, SourceCode
from experiments.store.projection.facts import Fact, Flaw, Ignored, Reading
from experiments.store.tables import ExposureRow

#: Reasons that are exposures to the variant that is named; a roll-out is one while part of the units is held back.
SHOWN = frozenset({"SPLIT", "ROLLOUT"})
MAX_PHASE = 32_767
KEPT_OUT = {"HOLDOUT": HELD_OUT, "HOLDBACK": HELD_BACK}


def read(event: StoredEvent, body: Body, source: SourceCode, catalogue: Catalogue) -> Iterator[Reading]:
    """One exposure, unless the variant was forced or a fallback."""
    properties = body.properties
    reason = properties.get("reason") or "SPLIT"
    if not isinstance(reason, str) or reason not in SHOWN | KEPT_OUT.keys():
        yield Ignored("forced" if reason == "FORCED" else "no_exposure")
        return
    experiment = _found(catalogue.experiments, properties.get("experiment_id"))
    if experiment is None:
        yield _unknown("experiment", "experiment_id", properties)
        return
    phase = experiment.phases.get(_phase_number(properties, experiment, event.occurred_at))
    if phase is None:
        yield _unknown("phase", "phase", properties)
        return
    variant = KEPT_OUT.get(reason, _found(phase.variants, properties.get("variation_id")))
    if variant is None:
        yield _unknown("variant", "variation_id", properties)
        return
    told: dict[str, Any] = {"suppressed": properties.get("suppressed") is True, "browser": _browser(properties)}
    told["channel"] = channel_code(body, source)
    yield _exposure(event, experiment.unit, phase, variant, source, told)


def _browser(properties: dict[str, Any]) -> int:
    """The family's code, negative where the visitor's id was met for the first time; 0 where no family is told."""
    code: int = _found(BROWSER_CODE, properties.get("browser")) or 0
    return -code if properties.get("new_id") is True else code


def _unit(event: StoredEvent, kind: str, source: SourceCode) -> tuple[int | None, str]:
    """Hash of what the experiment randomises, and the field that names it."""
    if kind == UnitKind.VISITOR:
        return event.visitor, "anonymousId"
    if kind == UnitKind.CUSTOMER:
        return event.customer, "userId"
    return agent_of(event, source), "properties.agent_id"


def _exposure(
    event: StoredEvent, unit_kind: str, phase: PhaseCode, variant: int, source: SourceCode, told: dict[str, Any]
) -> Reading:
    unit, field = _unit(event, unit_kind, source)
    if unit is None:
        return Flaw("no_unit", field, f"{field} is missing; this experiment randomises by {unit_kind}.")
    row = {
        "seq": event.seq,
        "phase_id": phase.id,
        "unit": unit,
        "variant": variant,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "source_id": event.source_id,
        **told,
    }
    return Fact(ExposureRow, row)


def _phase_number(properties: dict[str, Any], experiment: ExperimentCode, at: int) -> int:
    """The stated number; a sender that knows of no phases means the one that had started last."""
    stated = properties.get("phase")
    number = experiment.phase_at(at) if stated is None else whole_of(stated, low=1, high=MAX_PHASE)
    return number or 0


def _found(known: dict[Any, Any], key: Any) -> Any:
    """A JSON value can be anything, and not everything can be looked up."""
    return known.get(key) if isinstance(key, str) else None


def _unknown(noun: str, name: str, properties: dict[str, Any]) -> Flaw:
    return Flaw(f"unknown_{noun}", f"properties.{name}", f"{name} == {properties.get(name)!r}, does not exist."[:500])
