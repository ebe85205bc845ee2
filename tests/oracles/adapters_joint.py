"""Adapters of the topics about splits, several effects together, strata, quantiles and hashing.

Where an oracle is not followed, the reason stands in `not_followed` of its topic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.stats import effects, net, normal, region, srm
from experiments.stats.fieller import Quotient, quotient
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.poststratify import stratified
from experiments.stats.quantile import QuantileEstimate, quantile_contrast
from netlift.hashing import hash32, unit_hash
from tests.oracles.registry import Case, Check, adapter, check, published

RATE = Measure("rate", "y")


@adapter(
    "srm_chi2",
    not_followed={
        "binomtest": "exact test of two groups; chi-square serves any number and agrees where it matters",
        "correction=True": "no continuity correction",
    },
)
def srm_chi2(case: Case) -> Iterator[Check]:
    found = srm.pearson(case.inputs["obs"], case.inputs["w"])
    yield from case.follow("chisquare", {"chi2": found.statistic, "p": found.p})
    # These take the square root of chi-square and the normal tail, or a rounded sum: 1e-12 at p = 3e-5.
    yield from case.follow("correction=False", {"pvalue": found.p}, tolerance=1e-9)
    yield from case.follow("gbstats", {"p": found.p})
    yield from case.follow("sample_ratio_test", {"p": found.p}, tolerance=1e-9)


@adapter(
    "srm_sequential",
    not_followed={
        "slab_weight=0.05": "re-mixes at every step, so that the result depends on the size of the batches",
        "chisquare on totals": "not valid at any time; shown for contrast",
    },
)
def srm_sequential(case: Case) -> Iterator[Check]:
    days, weights = case.inputs["days"], case.inputs["w"]
    for pattern, concentration in (
        ("slab_weight=0 (", 10_000.0),
        ("concentration=1000", 1_000.0),
        ("uniform Dirichlet(1,..,1)", float(len(weights))),
    ):
        found = srm.sequential(days, weights, concentration)
        fields = {"p_running": list(found.p_running), "log_bayes_factor": list(found.log_bayes_factor)}
        yield from case.follow(pattern, fields, without="concentration=10000" if concentration < 10_000 else None)


KINDS = {"interval": "interval", "rays": "complement: (-inf,r1] U [r2,inf)", "line": "whole line"}


@adapter(
    "fieller_cannibalisation",
    not_followed={"delta method": "ignores that the gain may be near zero; shown for contrast"},
)
def fieller_cannibalisation(case: Case) -> Iterator[Check]:
    lost, gained = case.inputs["a"], case.inputs["b"]
    v_lost, v_gained, covariance = (case.inputs[name] for name in ("va", "vb", "cab"))
    q = normal.upper_quantile(case.inputs["alpha"] / 2)
    sigma = [[v_gained, covariance], [covariance, v_lost]]
    found = net.displacement_rate([gained, lost], sigma, level=1 - case.inputs["alpha"])
    roots = [found.lo, found.hi]
    fields = {
        "point": found.point,
        "kind": KINDS[found.kind],
        "roots": roots,
        "denominator_z": found.denominator_z,
    }
    yield from case.follow("closed form Fieller", fields)
    yield from case.follow("numeric inversion", {"roots": roots})
    yield from case.follow("check: |z|", {"z": _z_at(found, case.inputs), "z_crit": q})
    direct = quotient(-lost, gained, v_lost, v_gained, -covariance, q)
    yield check(f"{case.id} · displacement_rate is the quotient", roots, [direct.lo, direct.hi])


def _z_at(found: Quotient, inputs: Mapping[str, float]) -> list[float]:
    """|z| of the test of each root, from the definition."""
    return [
        abs(inputs["a"] + r * inputs["b"]) / math.sqrt(inputs["va"] + 2 * r * inputs["cab"] + r**2 * inputs["vb"])
        for r in (found.lo, found.hi)
        if r is not None
    ]


@adapter("joint_ellipse")
def joint_ellipse(case: Case) -> Iterator[Check]:
    delta, sigma, level = (case.inputs[name] for name in ("delta", "cov", "level"))
    shape = region.ellipse(delta, sigma, level)
    distance, p = region.joint_test(delta, sigma)
    fields = {
        "chi2_crit": region.chi2_quantile(level),
        "semi_axes": list(shape.semi_axes),
        "angle_major_rad": shape.angle,
        "origin_mahalanobis2": distance,
        "p_joint": p,
    }
    yield from case.follow("eigh + chi2(2)", fields)


@adapter("net_effect")
def net_effect(case: Case) -> Iterator[Check]:
    found = net.combined(case.inputs["weights"], case.inputs["delta"], case.inputs["cov"])
    yield from case.follow(
        "closed form", {"net": found.point, "se": found.se, "p": found.p, "lo": found.lo, "hi": found.hi}
    )


@adapter("post_stratification")
def post_stratification(case: Case) -> Iterator[Check]:
    names = ("n_control", "x_control", "n_treat", "x_treat")
    strata = [
        (Moments.from_counts(n_c, x_c), Moments.from_counts(n_t, x_t))
        for n_c, x_c, n_t, x_t in zip(*(case.inputs[name] for name in names), strict=True)
    ]
    found = effects.absolute_of(stratified(RATE, strata))
    first, second = (Moments.from_counts(sum(case.inputs[n]), sum(case.inputs[x])) for n, x in (names[:2], names[2:]))
    fields = {"diff": found.point, "se": found.se, "unstratified_diff": effects.absolute(RATE, first, second).point}
    yield from case.follow("closed form", fields)


@adapter(
    "quantile",
    not_followed={"relative (delta method": "a plain delta interval of the lift disagrees with the absolute test"},
)
def quantile(case: Case) -> Iterator[Check]:
    i = case.inputs
    control = QuantileEstimate(i["n_c"], i["q_c"], i["ql_c"], i["qu_c"])
    variant = QuantileEstimate(i["n"], i["q"], i["ql"], i["qu"])
    found = effects.absolute_of(quantile_contrast(control, variant))
    yield from case.follow("TwoSidedTTest absolute", {"expected": found.point})
    # gbstats shrinks the variance by (n − 1)/n and uses t with some 2400 degrees of freedom instead of z.
    yield from case.follow("TwoSidedTTest absolute", {"sd": found.se}, tolerance=1e-3)
    yield from case.follow("TwoSidedTTest absolute", {"p_value": found.p}, tolerance=5e-3)
    yield from case.follow("TwoSidedTTest absolute", {"ci": [found.lo, found.hi]}, tolerance=2e-2)


@adapter(
    "hash_vectors",
    not_followed={
        "growthbook": "another product's scheme",
        "seed42": "the seed is 0",
        "fnv1a32": "neighbouring experiments are not independent under it",
        "xxh32": "needs WebAssembly or a second hand-written hash in the browser",
        "sha1": "asynchronous in the browser",
        "quality": "a measurement, not a number to reproduce",
    },
)
def hash_vectors(case: Case) -> Iterator[Check]:
    vectors = case.inputs["raw"]["murmur3_x86_32_seed0"]
    yield from case.follow("murmur3_x86_32_seed0", {text: hash32(text) for text in vectors}, tolerance=0.0)
    for text, expected in vectors.items():
        salt, colon, unit = text.partition(":")
        if colon:
            yield check(f"unit_hash({salt}, {unit})", unit_hash(salt, unit), expected / 2**32, tolerance=0.0)
    for vector in case.inputs["unleash_normalised_1_100"]:
        bucket = hash32(f"{vector['groupId']}:{vector['id']}") % 100 + 1
        yield Check(f"unleash {vector['id']}", bucket, vector["expected"], 0.0, "unleash_normalised_1_100")


@published("srm")
def published_srm(rows: list[dict[str, Any]]) -> Iterator[Check]:
    for row in rows:
        p = srm.pearson(row["counts"], [float(w) for w in row["expected"].split(":")]).p
        # The guide's p has a continuity correction; its text gives the uncorrected one with four digits.
        corrected = "WITH continuity correction" in row.get("method", "")
        yield check(f"srm {row['counts']}", p, 0.4670 if corrected else row["p"], 2e-4 if corrected else 1e-5)
