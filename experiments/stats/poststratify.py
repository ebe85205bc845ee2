"""Post-stratification: compare within strata known before exposure, then average over them.

Each stratum counts with its share of all units; the variance is conditional on the counts. In large samples the result
is that of covariate adjustment with one indicator per stratum.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiments.stats.contrast import Contrast, contrast
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments


def stratified(measure: Measure, strata: Sequence[tuple[Moments, Moments]]) -> Contrast:
    """Contrast over strata; read it with `effects.absolute_of`, `effects.relative_of` or `noninferiority.*_of`.

    The status is too_few where a stratum has under two units in a group (merge small strata first), and not_testable
    where a stratum has no value or no stratum has any spread. A stratum without spread is allowed beside others.

    Args:
        measure: what is compared; covariates adjust within strata.
        strata: (control, variant) of each stratum; strata are disjoint.

    Raises:
        ValueError: where strata is empty.
    """
    if not strata:
        raise ValueError("strata == [], must hold at least one.")
    total = sum(control.n + variant.n for control, variant in strata)
    if min(min(control.n, variant.n) for control, variant in strata) < 2:
        return Contrast(Status.TOO_FEW, None, None)
    parts = [contrast(measure, control, variant) for control, variant in strata]
    weights = [(control.n + variant.n) / total for control, variant in strata]
    if any(part.delta is None for part in parts):
        return Contrast(Status.NOT_TESTABLE, None, None)
    found = _weighted(parts, weights)
    return found if found.variance > 0 else Contrast(Status.NOT_TESTABLE, found.control, found.variant)


def _weighted(parts: Sequence[Contrast], weights: Sequence[float]) -> Contrast:
    pairs = list(zip(parts, weights, strict=True))
    return Contrast(
        Status.OK,
        sum(w * part.control for part, w in pairs if part.control is not None),
        sum(w * part.variant for part, w in pairs if part.variant is not None),
        sum(w**2 * part.v_control for part, w in pairs),
        sum(w**2 * part.v_variant for part, w in pairs),
        sum(w**2 * part.covariance for part, w in pairs),
    )
