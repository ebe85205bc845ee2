"""What schemathesis cannot know of a request that it makes up."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from tests.contracts.management_fits import fitted
from tests.contracts.management_seeds import known_place, known_query


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: dict[str, Any]) -> None:
    """Send a change with a key of its own and a tag in quotes, to what exists, with a body in which all fits."""
    _mend_headers(case.headers or {})
    if case.meta is None:
        return
    operation = f"{case.method} {case.path}"
    if case.meta.phase.name is TestPhase.FUZZING and not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters.update(known_place(operation, case.path_parameters))
    if not case.meta.is_negative_at(ParameterLocation.QUERY):
        case.query.update(known_query(operation, case.query or {}))
    if case.body is not NOT_SET and case.meta.generation.mode.is_positive:
        case.body = fitted(operation, case.body)
        if operation == "PUT /api/v1/experiments/{key}":  # the key stays what the address says
            case.body["key"] = case.path_parameters["key"]


def _mend_headers(headers: dict[str, Any]) -> None:
    given, tag = headers.get("Idempotency-Key"), headers.get("If-Match")
    if isinstance(given, str) and re.fullmatch("[!-~]{1,200}", given):
        headers["Idempotency-Key"] = uuid4().hex
    if isinstance(tag, str) and re.fullmatch("[a-z0-9]{1,64}", tag):
        headers["If-Match"] = f'"{tag}"'
