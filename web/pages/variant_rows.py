"""The rows of the form that describe variants: name, share, payload."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from web.pages.fields import slug
from web.pages.sizing_form import Arms

if TYPE_CHECKING:
    from web.pages.fields import Form

ROWS = 8
CONTROL = "control"


@dataclass(frozen=True)
class VariantRow:
    """One filled row; `weight` is None where no share was typed, so that all are equal."""

    number: int
    name: str
    weight: float | None
    payload: Any

    @property
    def key(self) -> str:
        """The key in SDK code: the first row is the control."""
        return CONTROL if self.number == 1 else slug(self.name) or f"variant-{self.number}"

    def document(self) -> dict[str, Any]:
        """The row as a definition writes it."""
        given = {"key": self.key, "name": self.name, "weight": self.weight, "payload": self.payload}
        return {name: value for name, value in given.items() if value is not None}


def read_variants(form: Form) -> tuple[VariantRow, ...]:
    """The filled rows; errors stay in the form under their fields."""
    rows = tuple(row for number in range(1, ROWS + 1) if (row := _row(form, number)))
    _check(form, rows)
    return rows


def arms_of(rows: tuple[VariantRow, ...]) -> Arms:
    """What the sample size needs of the rows; two equal variants while fewer are filled."""
    shares = [row.weight for row in rows if row.weight]
    equal = len(shares) < len(rows) or len(rows) < 2
    return Arms(max(2, len(rows)), 1.0 if equal else round(shares[1] / shares[0], 12))


def _row(form: Form, number: int) -> VariantRow | None:
    field = f"variant{number}"
    name, payload = form.text(f"{field}_name"), form.text(f"{field}_payload")
    weight = form.number(f"{field}_weight", f"Share of variant {number}", required=False, percent=True)
    if not name:
        if number <= 2 or payload or weight is not None:
            form.errors[f"{field}_name"] = f"The name of variant {number} is empty, must be given."
        return None
    return VariantRow(number, name, weight, _payload(form, f"{field}_payload", payload) if payload else None)


def _payload(form: Form, field: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        form.errors[field] = f"The payload is no JSON: {error}."
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _check(form: Form, rows: tuple[VariantRow, ...]) -> None:
    """Shares are given for all or for none, sum to 100%, and are equal but for the control's."""
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            form.errors[f"variant{row.number}_name"] = (
                f"variant {row.number} == {row.name!r}, must differ from the others."
            )
        seen.add(row.key)
    shares = [row.weight for row in rows if row.weight is not None]
    if not shares or any(f"variant{row.number}_weight" in form.errors for row in rows):
        return
    if len(shares) < len(rows):
        missing = next(row for row in rows if row.weight is None)
        form.errors[f"variant{missing.number}_weight"] = (
            "The share is empty, must be given for all variants or for none."
        )
    elif abs(sum(shares) - 1) > 1e-9:
        form.errors["variant1_weight"] = f"The shares sum to {100 * sum(shares):g}%, must sum to 100%."
    elif len(set(shares[1:])) > 1:
        form.errors["variant2_weight"] = "The shares beside the control's differ, must be equal to size the test."
