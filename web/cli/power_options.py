"""What was written on the command line of `netlift power`, and which parts of it go together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from experiments.decision.sizing import Agents
    from experiments.services.history import Lookback
    from experiments.stats.power import Design

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PowerOptions:
    """The options by their names; None where one was left out."""

    goals: tuple[str, ...]
    guardrails: tuple[str, ...]
    traffic: float | None
    units: int | None
    weeks: int | None
    wanted: float
    alpha: float
    looks: int
    spending: str
    variants: int
    allocation: float
    window: int | None
    goal_rule: str
    correlation: float | None
    currency: str
    from_history: bool
    unit: str | None
    days: int | None
    until: datetime | None
    holdings: tuple[str, ...]
    holdings_any: tuple[str, ...]
    holdings_not: tuple[str, ...]
    page: str | None
    covariate_days: int | None
    agents: int | None = None
    contacts: float | None = None
    icc: float | None = None
    contacts_cv: float | None = None

    @property
    def few(self) -> bool:
        """Whether agents are drawn."""
        return self.agents is not None or self.unit == "agent"

    @property
    def turned_round(self) -> bool:
        """Whether the size is given and effects are asked for."""
        return self.units is not None or self.weeks is not None

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            click.UsageError: naming the options.
        """
        if self.units is not None and self.weeks is not None:
            raise click.UsageError("--units and --weeks exclude each other.")
        if self.from_history and self.window is not None:
            raise click.UsageError("--window and --from-history exclude each other: the metrics say their window.")
        self._check_agents()
        if not self.from_history:
            for name in ("unit", "days", "until", "holdings", "holdings_any", "holdings_not", "page", "covariate_days"):
                if getattr(self, name) not in (None, ()):
                    raise click.UsageError(f"--{name.replace('_', '-')} needs --from-history.")
            if self.traffic is None and self.units is None and self.agents is None:
                raise click.UsageError("Missing option '--traffic'; only --units and --from-history do without it.")

    def _check_agents(self) -> None:
        stated = [name for name in ("contacts", "icc", "contacts_cv") if getattr(self, name) is not None]
        if self.agents is None:
            for name in stated:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --agents.")
        elif self.from_history:
            raise click.UsageError("--agents and --from-history exclude each other: use --unit agent.")
        elif self.contacts is None or self.icc is None:
            raise click.UsageError("--agents needs --contacts and --icc.")
        elif self.traffic is not None:
            raise click.UsageError("--agents and --traffic exclude each other: agents are there from the first day.")

    def stated_agents(self) -> Agents | None:
        """What is known of the agents; None where none are drawn."""
        from experiments.decision.sizing import Agents

        if self.agents is None:
            return None
        return Agents(self.agents, self.contacts or 0.0, self.icc or 0.0, self.contacts_cv or 0.0)

    def design(self) -> Design:
        """The design that all parts share."""
        from experiments.decision.sizing import make_design
        from experiments.domain.plan import Spending

        return make_design(
            self.alpha, self.wanted, self.allocation, self.variants, self.looks, Spending(self.spending), few=self.few
        )  # fmt: skip

    def lookback(self) -> Lookback:
        """Which units, and when they were first seen."""
        from experiments.domain.experiment import UnitKind
        from experiments.services.history import Lookback

        usual = Lookback()
        until = None
        if self.until is not None:
            after = self.until.replace(tzinfo=UTC) + timedelta(days=1)
            until = (after - _EPOCH) // timedelta(microseconds=1)
        return Lookback(
            unit=usual.unit if self.unit is None else UnitKind(self.unit),
            days=usual.days if self.days is None else self.days,
            until=until,
            holds=self.holdings,
            lacks=self.holdings_not,
            holds_any=self.holdings_any,
            page=self.page,
            covariate_days=self.covariate_days,
        )
