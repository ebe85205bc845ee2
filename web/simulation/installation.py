"""What the shop must know of the installation it sends to, read from the management API with a server key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from experiments.domain.audience import PRIVATE_ATTRIBUTES
from experiments.domain.errors import DomainError, NotFoundError
from web.simulation.products import Assortment, SoldProduct

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class LiveTest:
    """One test as far as a shop needs it.

    Args:
        remote: eligibility needs facts that a browser must not hold.
        rules: of the audience, with attribute, op and values.
        share: part of the eligible units that can come into the test: its slice of a layer times its enrolment.
        control_weight: share of the control among them.
        weeks, units, maturation_days: of the plan; weeks and units are None where there is no plan.
    """

    key: str
    unit: str
    status: str
    remote: bool
    rules: tuple[dict[str, Any], ...]
    control: str
    share: float
    control_weight: float
    weeks: int | None
    units: int | None
    maturation_days: int


class Installation:
    """A running server.

    Args:
        host: address with scheme, without a path.
        server_key: secret key of the shop's back office.
    """

    def __init__(self, host: str, server_key: str) -> None:
        self._host = host.rstrip("/")
        self._headers = {"Authorization": f"Bearer {server_key}"}

    def tests(self, keys: tuple[str, ...] = ()) -> tuple[LiveTest, ...]:
        """The tests with these keys, or all that are running.

        Raises:
            DomainError: a test is not running, none is, or the server does not answer.
        """
        found = {item["key"]: _live_test(item) for item in self._get("experiments") if not item["imported"]}
        for key in keys:
            if key not in found:
                raise NotFoundError("experiment", key)
            if found[key].status != "running":
                raise DomainError(
                    "bad_transition", f"{key} is {found[key].status}, must be running to get visitors.", "status"
                )
            if found[key].unit == "agent":
                told = f"{key} draws agents, must draw visitors or customers: the simulated shop has no contact centre."
                raise DomainError("bad_unit", told, "unit")
        chosen = tuple(found[key] for key in keys) or tuple(
            test for test in found.values() if test.status == "running" and test.unit != "agent"
        )
        if not chosen:
            raise DomainError("bad_transition", "No test is running; launch one first.", "status")
        return chosen

    def assortment(self) -> Assortment:
        """The catalogue.

        Raises:
            DomainError: it is empty, or the server does not answer.
        """
        items = self._get("products")
        if not items:
            raise DomainError("required", "The catalogue has no products, so nothing can be sold.", "products")
        return Assortment(
            tuple(SoldProduct(item["key"], item["family"], item["tier"], item["price"] / 100) for item in items)
        )

    def _get(self, path: str) -> list[dict[str, Any]]:
        address = f"{self._host}/api/v1/{path}"
        try:
            reply = requests.get(address, headers=self._headers, timeout=PATIENCE_SECONDS)
        except requests.RequestException as error:
            message = f"{self._host} does not answer ({type(error).__name__}); is `netlift serve` running there?"
            raise DomainError("unreachable", message, "host") from None
        if reply.status_code != requests.codes.ok:
            raise DomainError("refused", f"{address} answered {reply.status_code}: {_reason(reply)}", "host")
        items: list[dict[str, Any]] = reply.json()["items"]
        return items


def _live_test(item: dict[str, Any]) -> LiveTest:
    audience, plan = item["audience"], item["plan"]
    policy = any(value not in (None, False) for value in audience.get("policy", {}).values())
    rules = tuple(audience["rules"])
    control = item["variants"][0]
    layer = item.get("layer") or {"start": 0.0, "end": 1.0}
    return LiveTest(
        key=item["key"],
        unit=item["unit"],
        status=item["status"],
        remote=policy or any(rule["attribute"] in PRIVATE_ATTRIBUTES for rule in rules),
        rules=rules,
        control=control["key"],
        share=item["enrolment"] * (layer["end"] - layer["start"]),
        control_weight=control["weight"],
        weeks=plan.get("weeks"),
        units=plan.get("units_per_variant"),
        maturation_days=plan.get("maturation_days", 0),
    )


def _reason(reply: requests.Response) -> str:
    try:
        return str(reply.json()["message"])
    except (ValueError, KeyError, TypeError):
        return reply.reason
