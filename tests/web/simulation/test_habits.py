"""What simulated customers buy: the right kind of sale, as often as asked, and the same again with the same seed."""

from __future__ import annotations

from random import Random

from experiments.domain.holding import Holdings, Relation, relation_of_sale
from experiments.domain.product import Product
from web.simulation.habits import LONGEST_DELAY_DAYS, Habits, Purchase, purchases
from web.simulation.products import Assortment, SoldProduct

CATALOGUE = (
    Product("mobile-s", "S", "mobile", 1, 1_000, 400, 24),
    Product("mobile-m", "M", "mobile", 2, 1_750, 800, 24),
    Product("tv-start", "Start", "tv", 1, 1_250, 500, 30),
    Product("tv-plus", "Plus", "tv", 2, 2_000, 900, 30),
)
ASSORTMENT = Assortment(tuple(SoldProduct(p.key, p.family, p.tier, p.price / 100) for p in CATALOGUE))
HELD = (ASSORTMENT.products[0],)
CUSTOMERS = 20_000


def bought(seed: int, habits: Habits, *, treated: bool) -> list[Purchase]:
    random = Random(seed)
    return [one for _ in range(CUSTOMERS) for one in purchases(random, habits, ASSORTMENT, HELD, treated=treated)]


def share(sales: list[Purchase], relation: Relation) -> float:
    by_key = {product.key: product for product in CATALOGUE}
    holdings = Holdings.of([CATALOGUE[0]])
    return sum(relation_of_sale(by_key[sale.product.key], holdings) is relation for sale in sales) / CUSTOMERS


def test_the_control_buys_at_the_base_rates_and_nothing_but_cross_and_up_sales() -> None:
    sales = bought(1, Habits(cross=0.10, up=0.15, lift=0.5, up_change=-0.5), treated=False)
    assert abs(share(sales, Relation.CROSS) - 0.10) < 0.01
    assert abs(share(sales, Relation.UP) - 0.15) < 0.01
    assert share(sales, Relation.CROSS) + share(sales, Relation.UP) == len(sales) / CUSTOMERS


def test_a_variant_changes_both_as_asked() -> None:
    sales = bought(1, Habits(cross=0.10, up=0.15, lift=0.5, up_change=-0.4), treated=True)
    assert abs(share(sales, Relation.CROSS) - 0.15) < 0.01
    assert abs(share(sales, Relation.UP) - 0.09) < 0.01


def test_without_an_effect_both_variants_do_the_very_same() -> None:
    habits = Habits(lift=0.0)
    assert bought(1, habits, treated=True) == bought(1, habits, treated=False)
    assert bought(1, habits, treated=True) != bought(2, habits, treated=True)


def test_orders_follow_the_visit_within_the_windows_of_the_demo() -> None:
    sales = bought(3, Habits(), treated=False)
    assert all(0 <= sale.after_days <= LONGEST_DELAY_DAYS < 14 for sale in sales)
    assert {sale.channel for sale in sales} == {"web", "app", "phone", "store"}


def test_who_holds_everything_buys_nothing() -> None:
    top = (ASSORTMENT.products[1], ASSORTMENT.products[3])
    always = Habits(cross=1.0, up=1.0)
    assert list(purchases(Random(1), always, ASSORTMENT, top, treated=False)) == []
