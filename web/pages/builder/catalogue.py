"""Metrics, families and products a draft may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.domain.metric import Metric
    from experiments.domain.product import Family, Product
    from web.pages.measured import Measurement


class Catalogue:
    """Metrics, families and products a definition may name, and what history says of those a draft names."""

    def __init__(
        self,
        metrics: Sequence[Metric],
        families: Sequence[Family],
        products: Sequence[Product],
        history: Measurement | None = None,
    ) -> None:
        self.history = history
        self.metrics = metrics
        self.by_key = {metric.key: metric for metric in metrics}
        self.families = families
        self._products = products

    def knowing(self, history: Measurement | None) -> Catalogue:
        """The same with what history says."""
        return Catalogue(self.metrics, self.families, self._products, history)

    def products_of(self, family: str) -> tuple[Product, ...]:
        """The products of a family, lowest tier first."""
        return tuple(sorted((each for each in self._products if each.family == family), key=lambda each: each.tier))
