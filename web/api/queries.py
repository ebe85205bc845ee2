"""What stands in the query of an address."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.services.compared import PERIODS


def parameter(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """Documentation of a parameter; a text where its schema does not say otherwise."""
    told = {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}}
    return {**told, "required": True} if required else told


#: What the overview and the contact centre can both be asked for.
PERIOD = parameter("days", "Whole days of the period, which ended at midnight.", type="integer", enum=list(PERIODS))
CHANNEL = parameter("channel", "Only this channel.", enum=["", *(one.value for one in Channel)])


def whole_number(name: str, least: int, most: int) -> int | None:
    """A whole number of the address; None where it is left out.

    Raises:
        DomainError: `out_of_range`, it is no whole number in digits of ASCII, or lies outside the bounds.
    """
    given = request.args.get(name)
    if given is None:
        return None
    # The length first: Python refuses to read a number of thousands of digits.
    if not re.fullmatch("[0-9]{1,19}", given) or not least <= int(given) <= most:
        told = f"{name} == {given[:60]!r}, must be a whole number from {least} to {most}."
        raise DomainError("out_of_range", told, name)
    return int(given)
