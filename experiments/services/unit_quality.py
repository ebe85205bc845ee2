"""What the report of a test says of its own data: who was left out, who was seen twice, what could not be linked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.orm import Session

from experiments.decision.quality import Handled, NewIds, Quality
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Metric
from experiments.domain.stated import StatedRelations
from experiments.services.carry_over import carry_over_note
from experiments.services.linked import warning
from experiments.services.returning import returning_note
from experiments.store import stated_relations
from experiments.store.moments import MomentsRequest, MomentsResult
from experiments.store.moments.handled import handled_counts
from experiments.store.moments.others import offers_of_other_tests
from experiments.store.moments.quality import identity_facts, late_exposures, new_ids, suppressed_units
from experiments.store.moments.traffic import marked_counts
from experiments.store.moments.units import every_exposed


def exposed_units(experiment: Experiment, result: MomentsResult) -> dict[str, int]:
    """Exposed units by variant, mature or not."""
    return {variant.key: result.counts.exposed.get(i, 0) for i, variant in enumerate(experiment.phase.variants)}


def unit_quality(
    session: Session,
    experiment: Experiment,
    metrics: Sequence[Metric],
    request: MomentsRequest,
    result: MomentsResult,
    mature: int,
) -> Quality:
    """Facts about the units of the current phase and their identities.

    Args:
        result: what the sums over units gave.
        mature: units that the sums are made of, all variants together.
    """
    exposed = exposed_units(experiment, result)
    total, twice = sum(exposed.values()), result.counts.in_two_variants
    identity = identity_facts(session, request)

    def shares(linked: dict[int, int]) -> dict[str, float | None]:
        return {key: linked.get(i, 0) / exposed[key] if exposed[key] else None for i, key in enumerate(exposed)}

    return Quality(
        in_two_variants=twice,
        in_two_variants_share=twice / (total + twice) if total + twice else 0.0,
        contaminated=identity.contaminated if identity else 0,
        contaminated_share=identity.contaminated / identity.customers if identity and identity.customers else 0.0,
        immature=total - mature,
        linked_at_exposure=shares(identity.linked_at_exposure) if identity else {},
        linked_at_cut=shares(identity.linked_at_cut) if identity else {},
        excluded=_excluded(session, experiment, request),
        suppressed=_suppressed(session, experiment, request),
        new_ids=_new_ids(session, experiment, request),
        offers_elsewhere=_offers_elsewhere(session, experiment, request),
        late=late_exposures(session, request),
        handled=_handled(session, request),
        stated_relations=StatedRelations.of(stated_relations.of_units(session, request)),
        notes=(
            *carry_over_note(session, experiment, total, request),
            *returning_note(session, experiment, metrics, request),
            *warning(session, experiment, metrics),
        ),
    )


def _suppressed(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, int]:
    """Units that were kept from seeing their variant, by variant; only tests on private facts have any."""
    if not experiment.phase.audience.remote:
        return {}
    found = suppressed_units(session, request)
    return {variant.key: found.get(i, 0) for i, variant in enumerate(experiment.phase.variants)} if found else {}


def _new_ids(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, NewIds]]:
    """Exposed visitors and new ids by browser and variant; other ids are no browser's to forget."""
    if request.unit is not UnitKind.VISITOR:
        return {}
    keys = [variant.key for variant in experiment.phase.variants]
    found = new_ids(session, request)
    return {word: {key: NewIds(*counts.get(i, (0, 0))) for i, key in enumerate(keys)} for word, counts in found.items()}


def _handled(session: Session, request: MomentsRequest) -> Handled | None:
    found = handled_counts(session, request)
    return None if found is None else Handled(**asdict(found))


def _offers_elsewhere(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, int]]:
    """Units that other tests made an offer, by test and variant of this one."""
    keys = [variant.key for variant in experiment.phase.variants]
    found = offers_of_other_tests(session, request)
    return {test: {key: counts.get(i, 0) for i, key in enumerate(keys)} for test, counts in found.items()}


def _excluded(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, int]]:
    """Units left out by reason and variant; nothing where nobody is."""
    if not request.without_marked:
        return {}
    found = marked_counts(session, every_exposed(request), request.unit, request.cut)
    keys = [variant.key for variant in experiment.phase.variants]
    return {reason: {key: counts.get(i, 0) for i, key in enumerate(keys)} for reason, counts in found.items()}
