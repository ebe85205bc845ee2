"""The steps of the waterfall and their sum, from one vector of effects and one covariance."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.decision.gross_to_net.data import BEFORE, MONEY, MONEY_SCALE, PRODUCT, Arms
from experiments.decision.gross_to_net.estimates import direction_of, linear, vector
from experiments.decision.gross_to_net.figures import Bar, Cohort, Figure
from experiments.decision.gross_to_net.levers import break_evens, sensitivities
from experiments.decision.gross_to_net.rate import Rate
from experiments.decision.gross_to_net.waterfall import STEPS, TITLES, Net, ProductWorth, Step, StepKey, Waterfall
from experiments.decision.net import NetValue
from experiments.stats.moments import Matrix, Vector

#: Columns of the money block in the order of the effect vector.
COLUMNS = ("PE", "U", "O", "PX", "PL", "S", "once:P", "once:U")
#: What is not measured, inside a sentence, where the title of the step does not read well there.
NOUNS: Mapping[str, str] = {"pull_forward": "later sales", "gross": "gross gain"}
CLASSES = {"P": "promoted", "U": "protected", "O": "other"}


def waterfall(arms: Arms, cohort: Cohort, bar: Bar) -> Waterfall | None:
    """The waterfall of one variant; None where an arm has fewer than two units."""
    found = vector(COLUMNS, arms.pair(MONEY), (BEFORE,) if bar.covariates else ())
    if found is None:
        return None
    delta, sigma = found
    missing = arms.data.missing
    steps = tuple(_step(key, delta, sigma, bar, missing, cohort.days) for key in STEPS)
    products = sold_products(arms)
    return Waterfall(
        variant=arms.variant,
        unit=arms.data.unit,
        currency=arms.data.declared.currency,
        steps=steps,
        net=_net(delta, sigma, bar, missing, arms.data.final),
        cohort=cohort,
        bar=bar,
        sensitivity=sensitivities(delta, sigma, bar, missing, products),
        break_even=break_evens(delta, missing, products),
        products=products,
        cap=None if arms.data.declared.cap is None else arms.data.declared.cap / 100,
    )


def net_weights(missing: Mapping[StepKey, str]) -> list[float]:
    """w over COLUMNS: each measured step once, service with a minus."""
    by_column = {column: 0.0 if key in missing else sign for key, (column, sign) in STEPS.items()}
    return [by_column.get(column, 0.0) for column in COLUMNS]


def net_value(fall: Waterfall, rate: Rate) -> NetValue:
    """The net as the rule and the banner need it."""
    net = fall.net
    titles = tuple(NOUNS.get(key, TITLES[key].lower()) for key in net.missing)
    return NetValue(net.value, net.lo, net.hi, net.status, titles, fall.currency, rate.clause)


def sold_products(arms: Arms) -> tuple[ProductWorth, ...]:
    """Every product sold to the cohort, by the part it plays, with what was kept of it."""
    groups = dict(zip((arms.control, arms.variant), arms.pair(PRODUCT), strict=True))
    found = []
    for letter, group in CLASSES.items():
        for product in arms.data.products:
            column = f"q:{product.key}:{letter}"
            if column not in groups[arms.control].columns:
                continue
            kept = {key: moments.mean_of(column) * moments.n for key, moments in groups.items()}
            found.append(
                ProductWorth(
                    product.key, product.title, group, product.months, product.margin / 100, product.one_off / 100, kept
                )
            )
    return tuple(found)


def _step(key: StepKey, delta: Vector, sigma: Matrix, bar: Bar, missing: Mapping[StepKey, str], days: int) -> Step:
    if key in missing:
        return Step(key, TITLES[key], None, None, None, "not_measured", None, missing[key])
    column, sign = STEPS[key]
    weights = [sign if name == column else 0.0 for name in COLUMNS]
    figure = linear(weights, delta, sigma, bar, MONEY_SCALE)
    value = figure.value or 0.0
    if figure.status != "ok" and value == 0:
        return Step(key, TITLES[key], 0.0, None, None, "too_few", None, "Nothing happened in either variant.")
    # An amount without spread, such as the price of one offer per unit, is known exactly.
    lo, hi = (value, value) if figure.lo is None or figure.hi is None else (figure.lo, figure.hi)
    return Step(key, TITLES[key], value, lo, hi, "ok", step_words(key, figure, days))


def step_words(key: StepKey, figure: Figure, days: int) -> str | None:
    """What the interval of a step says, where it says something."""
    words: dict[tuple[str, int], str] = {
        ("channel", -1): "moved from other channels",
        ("channel", 1): "extra in other channels",
        ("pull_forward", -1): f"would have come within {days} days anyway",
        ("pull_forward", 1): "more sales later",
    }
    return words.get((key, direction_of(figure)))


def _net(delta: Vector, sigma: Matrix, bar: Bar, missing: Mapping[StepKey, str], final: bool) -> Net:
    keys = tuple(key for key in STEPS if key in missing)
    figure = linear(net_weights(missing), delta, sigma, bar, MONEY_SCALE)
    if len(keys) == len(STEPS):
        return Net(None, None, None, "not_measured", keys, final)
    return Net(figure.value, figure.lo, figure.hi, "partial" if keys else "ok", keys, final)
