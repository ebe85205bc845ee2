"""Domain values as JSON-ready dictionaries: what API, command line and audit log show.

Names are those of EXPERIMENT.toml, so that what was read can be written back; instants are ISO 8601, money is in
minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.domain.access_link import AccessLink
from experiments.domain.approval import Approval
from experiments.domain.audience import Audience, OfferPolicy
from experiments.domain.experiment import Experiment
from experiments.domain.identity import IdentitySecretInfo
from experiments.domain.journey import Journey
from experiments.domain.key import KeyInfo
from experiments.domain.layer import Layer, LayerSlice
from experiments.domain.metric import MetricUse
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.product import Family, Product
from experiments.domain.rollout import RollOut
from experiments.domain.signed_in import WebSession
from experiments.domain.source import Source
from experiments.domain.token import TokenInfo
from experiments.domain.user import User
from experiments.domain.variant import Variant
from experiments.services.clock import maybe_iso, to_iso
from experiments.services.definitions import Definition
from experiments.services.net_definition import net_plan

Document = dict[str, Any]


def experiment(value: Experiment) -> Document:
    """The definition, and beside it state, history and revision."""
    return {
        **definition(Definition.of(value)),
        "status": value.status.value,
        "phase": value.phase.number,
        "phases": [phase(each) for each in value.phases],
        "rollout": None if value.rollout is None else rollout(value.rollout),
        "imported": value.imported,
        "created_at": maybe_iso(value.created_at),
        "launched_at": maybe_iso(value.launched_at),
        "stopped_at": maybe_iso(value.stopped_at),
        "revision": value.revision,
    }


def definition(value: Definition) -> Document:
    """The document that `read_definition` reads; what is not set is left out."""
    return _without_none(
        {
            "key": value.key,
            "name": value.name,
            "hypothesis": value.hypothesis,
            "unit": value.unit.value,
            "owner": value.owner,
            "enrolment": value.enrolment,
            "audience": audience(value.audience),
            "variants": [variant(each) for each in value.variants],
            "metrics": [metric_use(each) for each in value.metrics],
            "plan": plan(value.plan),
            "layer": None if value.layer is None else layer_slice(value.layer),
        }
    )


def phase(value: Phase) -> Document:
    """A phase as history shows it."""
    return {
        "number": value.number,
        "enrolment": value.enrolment,
        "audience": audience(value.audience),
        "variants": [variant(each) for each in value.variants],
        "layer": None if value.layer is None else layer_slice(value.layer),
        "started_at": maybe_iso(value.started_at),
        "ended_at": maybe_iso(value.ended_at),
    }


def variant(value: Variant) -> Document:
    """One variant."""
    return _without_none({"key": value.key, "name": value.name, "weight": value.weight, "payload": value.payload})


def audience(value: Audience) -> Document:
    """Rules and policy."""
    rules = [{"attribute": rule.attribute, "op": rule.op.value, "values": list(rule.values)} for rule in value.rules]
    return {"description": value.description, "rules": rules, "policy": policy(value.policy)}


def policy(value: OfferPolicy) -> Document:
    """When the offer must not be made."""
    return _without_none(
        {
            "not_with_open_issue": value.not_with_open_issue,
            "not_offered_within_days": value.not_offered_within_days,
            "not_refused_within_days": value.not_refused_within_days,
            "only_if_qualified": value.only_if_qualified,
            "most_offers_in_30_days": value.most_offers_in_30_days,
        }
    )


def metric_use(value: MetricUse) -> Document:
    """A metric with its role."""
    margin = value.margin and {value.margin.scale.value: value.margin.value}
    return _without_none(
        {
            "metric": value.metric,
            "role": value.role.value,
            "margin": margin,
            "effect": value.effect,
            "measurable": value.measurable,
            "version": value.version,
        }
    )


def plan(value: Plan) -> Document:
    """The plan without the record of its calculation."""
    return _without_none(
        {
            "looks": value.looks,
            "weeks": value.weeks,
            "units_per_variant": value.units_per_variant,
            "alpha": value.alpha,
            "power": value.power,
            "spending": value.spending.value,
            "goal_rule": value.goal_rule.value,
            "maturation_days": value.maturation_days,
            "traffic_per_week": value.traffic_per_week,
            "binding": value.binding,
            "net": None if value.net is None else net_plan(value.net),
        }
    )


def layer_slice(value: LayerSlice) -> Document:
    """The part of a layer."""
    return {"key": value.layer, "start": value.start, "end": value.end}


def rollout(value: RollOut) -> Document:
    """A shipped winner."""
    return {
        "variant": value.variant,
        "share": value.share,
        "holdback": value.holdback,
        "started_at": maybe_iso(value.started_at),
        "state": value.state.value,
        "steps": [{"share": step.share, "earliest": to_iso(step.earliest)} for step in value.steps],
        "keep": value.keep,
        "keep_until": maybe_iso(value.keep_until),
        "last_read_out": value.last_read_out,
        "holdback_until": maybe_iso(value.holdback_until),
        "read_as": value.read_as.value,
        "on_harm": value.on_harm.value,
        "guard_days": value.guard_days,
        "guard_since": maybe_iso(value.guard_since),
        "halted_at": maybe_iso(value.halted_at),
    }


def layer(value: Layer) -> Document:
    """A layer without its salt."""
    return {"key": value.key, "name": value.name, "holdout": value.holdout}


def family(value: Family) -> Document:
    """A product family."""
    return {"key": value.key, "name": value.name}


def product(value: Product) -> Document:
    """A product; price, margin and value in minor units."""
    return {
        "key": value.key,
        "name": value.name,
        "family": value.family,
        "tier": value.tier,
        "price": value.price,
        "margin": value.margin,
        "months": value.months,
        "multiple": value.multiple,
        "one_off": value.one_off,
        "held_discount": value.held_discount,
        "retention": value.retention,
        "replaces": list(value.replaces),
        "components": [{"product": part.product, "quantity": part.quantity} for part in value.components],
        "value": value.value,
    }


def journey(value: Journey) -> Document:
    """A journey with its steps."""
    steps = [
        {"key": step.key, "name": step.name, "match": step.match.value, "pattern": step.pattern} for step in value.steps
    ]
    lists = {name: list(getattr(value, name)) for name in ("families", "addons", "priority")}
    told = {"window_days": value.window_days, "version": value.version, "archived": value.archived}
    return {"key": value.key, "name": value.name, "steps": steps, **lists, **told}


def source(value: Source) -> Document:
    """A sender of events."""
    return {
        "key": value.key,
        "name": value.name,
        "kind": value.kind.value,
        "environment": value.environment.value,
        "complete": value.complete,
        "watermark": maybe_iso(value.watermark),
    }


def key(value: KeyInfo) -> Document:
    """A key; a server key shows its first characters only."""
    return {
        "id": value.id,
        "kind": value.kind.value,
        "label": value.label,
        "environment": value.environment.value,
        "source": value.source_key,
        "prefix": value.prefix,
        "public_key": value.public_key,
        "origins": list(value.origins),
        "created_at": maybe_iso(value.created_at),
        "revoked_at": maybe_iso(value.revoked_at),
    }


def identity_secret(value: IdentitySecretInfo) -> Document:
    """An identity secret by its first characters."""
    return {
        "id": value.id,
        "environment": value.environment.value,
        "prefix": value.prefix,
        "created_at": maybe_iso(value.created_at),
        "retired_at": maybe_iso(value.retired_at),
    }


def user(value: User) -> Document:
    """A person."""
    return {
        "id": value.id,
        "email": value.email,
        "name": value.name,
        "role": value.role.value,
        "disabled": value.disabled,
    }


def token(value: TokenInfo) -> Document:
    """A personal token, without its secret."""
    return {
        "id": value.id,
        "label": value.label,
        "scopes": [scope.value for scope in value.scopes],
        "prefix": value.prefix,
        "created_at": to_iso(value.created_at),
        "expires_at": to_iso(value.expires_at),
        "last_used_at": maybe_iso(value.last_used_at),
        "revoked_at": maybe_iso(value.revoked_at),
    }


def access_link(value: AccessLink) -> Document:
    """An invitation or a way to a new password, without its secret."""
    return {
        "id": value.id,
        "email": value.email,
        "role": None if value.role is None else value.role.value,
        "created_by": value.created_by,
        "created_at": to_iso(value.created_at),
        "expires_at": to_iso(value.expires_at),
    }


def approval(value: Approval) -> Document:
    """A request for a second person's word, and the answer."""
    return {
        "id": value.id,
        "experiment": value.experiment,
        "deed": value.deed.value,
        "revision": value.revision,
        "rollout": None if value.rollout is None else rollout(value.rollout),
        "asked_by": value.asked_by,
        "asked_at": to_iso(value.asked_at),
        "reason": value.reason,
        "state": value.state.value,
        "answered_by": value.answered_by,
        "answered_at": maybe_iso(value.answered_at),
        "answer": value.answer,
    }


def web_session(value: WebSession) -> Document:
    """A signed-in browser."""
    return {
        "id": value.id,
        "device": value.device,
        "via": value.via.value,
        "started_at": to_iso(value.started_at),
        "seen_at": to_iso(value.seen_at),
    }


def _without_none(values: Mapping[str, Any]) -> Document:
    return {name: value for name, value in values.items() if value is not None}
