"""OpenFeature's server-side clients for Python and node, unchanged: PyPI's and npm's OFREP providers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.identity import sign
from experiments.services.clock import now_us
from netlift.config import parse_config
from netlift.evaluation import evaluate
from tests.contracts.conftest import VALUES, Server, serving
from web.app import create_app

FALLBACKS: dict[str, Any] = {
    "words": "default", "flag": False, "integer": 0, "float": 0.0, "text": "default", "object": {}, "half": "default",
    "paused": "default", "private": "default",
}  # fmt: skip
Ask = Callable[..., dict[str, Any]]


def python_client(server: Server, **headers: str) -> Any:
    """A client on a provider of its own; a path in the address is the shop's proxy."""
    sent = headers or {"Authorization": f"Bearer {server.server_key}"}
    domain = repr(sorted(sent.items()))
    api.set_provider(OFREPProvider(server.url, headers_factory=lambda: sent), domain)
    return api.get_client(domain)


def ask_python(server: Server, flag: str, fallback: Any, context: dict[str, Any], **headers: str) -> dict[str, Any]:
    """What the Python client answers, in the names of the JavaScript one."""
    kinds = {bool: "boolean", int: "integer", float: "float", str: "string", dict: "object"}
    get = getattr(python_client(server, **headers), f"get_{kinds[type(fallback)]}_details")
    told = get(flag, fallback, EvaluationContext(context.get("targetingKey"), {**context}))
    return {
        "value": told.value,
        "variant": told.variant,
        "reason": str(told.reason.value if hasattr(told.reason, "value") else told.reason),
        "flagMetadata": dict(told.flag_metadata),
        "errorCode": told.error_code.value if told.error_code else None,
    }


def ask_node(packages: Path, server: Server, flag: str, fallback: Any, context: Any, **headers: str) -> dict[str, Any]:
    """What the node client answers."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object"}
    ask = {"flag": flag, "type": kinds[type(fallback)], "fallback": fallback, "context": context}
    sent = headers or {"Authorization": f"Bearer {server.server_key}"}
    given = json.dumps({"baseUrl": server.url, "headers": list(sent.items()), "asks": [ask]})
    command = ["node", "server.mjs", given]
    done = subprocess.run(command, cwd=packages, check=True, capture_output=True, text=True, timeout=60)
    [told] = json.loads(done.stdout)
    return {"variant": None, "errorCode": None, **told}


@pytest.fixture(params=["python", "node"])
def ask(request: pytest.FixtureRequest, server: Server) -> Ask:
    """One question to the server through somebody else's client."""
    if request.param == "python":
        return lambda *given, **headers: ask_python(server, *given, **headers)
    packages = request.getfixturevalue("packages")
    return lambda *given, **headers: ask_node(packages, server, *given, **headers)


def drawn(server: Server, flag: str, unit: str) -> str | None:
    """What the SDK draws from the published config."""
    with server.app.test_client() as client:
        document = client.get("/v1/config/server", headers={"Authorization": f"Bearer {server.server_key}"}).json
    return evaluate(parse_config(document), flag, unit).variant


@pytest.mark.parametrize("flag", VALUES)
def test_every_type_of_value_comes_through_as_the_sdk_draws_it(ask: Ask, server: Server, flag: str) -> None:
    told = ask(flag, FALLBACKS[flag], {"targetingKey": "visitor-1"})
    variant = drawn(server, flag, "visitor-1")
    payload = VALUES[flag][0 if variant == "control" else 1]
    whole = None not in VALUES[flag]
    assert (told["variant"], told["reason"], told["errorCode"]) == (variant, "SPLIT", None)
    assert told["value"] == (payload if whole else variant)
    metadata = told["flagMetadata"]
    assert metadata["experimentKey"] == flag
    assert (metadata["doLogExposure"], metadata["phase"], metadata["unit"]) == (True, 1, "visitor")
    assert (metadata["contextId"], metadata["flagSetId"]) == ("visitor-1", "production")


def test_no_arm_of_a_test_becomes_an_error(ask: Ask, server: Server) -> None:
    """A client makes an error of an answer without value or of another type, and errors are no exposures."""
    units = {drawn(server, "half", f"visitor-{number}"): f"visitor-{number}" for number in range(20)}
    assert units.keys() == {"control", "entry"}
    for variant, unit in units.items():
        told = ask("half", "default", {"targetingKey": unit})
        assert (told["value"], told["reason"], told["flagMetadata"]["doLogExposure"]) == (variant, "SPLIT", True)
        assert told["flagMetadata"].get("payload") == (None if variant == "control" else '{"label":"For you"}')


def test_who_is_not_in_the_test_gets_the_default_in_the_code(ask: Ask, request: pytest.FixtureRequest) -> None:
    """The node client of version 0.1.3 knows no answer without value and calls it an error, with the same default."""
    for flag, reason in (("paused", "DISABLED"), ("private", "UNKNOWN")):
        told = ask(flag, "default", {"targetingKey": "visitor-1", "anonymousId": "visitor-1"})
        assert told["value"] == "default"
        if "python" in request.node.name:
            assert (told["reason"], told["errorCode"]) == (reason, None)
            assert told["flagMetadata"]["doLogExposure"] is False
        else:
            assert (told["reason"], told["errorCode"]) == ("ERROR", "GENERAL")


def test_a_server_key_vouches_for_its_customers(ask: Ask) -> None:
    told = ask("private", "default", {"targetingKey": "visitor-1", "userId": "customer-1"})
    assert told["reason"] == "SPLIT"
    assert told["value"] == told["variant"]


def test_a_page_key_needs_the_signature_of_the_shop(ask: Ask, server: Server) -> None:
    page = {"X-API-Key": server.page_key}
    context = {"targetingKey": "visitor-1", "userId": "customer-1"}
    assert ask("private", "default", context, **page)["value"] == "default"
    expiry = now_us() // 1_000_000 + 600
    signature = sign("customer-1", expiry, server.secret.encode())
    signed = {**context, "identityExpiry": expiry, "identitySignature": signature}
    assert ask("private", "default", signed, **page)["reason"] == "SPLIT"


@pytest.mark.parametrize(
    ("flag", "fallback", "context", "code"),
    [
        ("nothing", "default", {"targetingKey": "x"}, "FLAG_NOT_FOUND"),
        ("words", "default", {}, "TARGETING_KEY_MISSING"),
        ("words", "default", {"targetingKey": "x", "userId": 5}, "INVALID_CONTEXT"),
        ("integer", "default", {"targetingKey": "x"}, "TYPE_MISMATCH"),
    ],
)
def test_errors_arrive_with_their_code_and_the_default(
    ask: Ask, flag: str, fallback: Any, context: dict[str, Any], code: str
) -> None:
    told = ask(flag, fallback, context)
    assert (told["value"], told["reason"], told["errorCode"]) == (fallback, "ERROR", code)


def test_a_wrong_key_is_an_error_and_not_an_answer(ask: Ask) -> None:
    told = ask("words", "default", {"targetingKey": "x"}, Authorization="Bearer sk_live_nothing")
    assert (told["value"], told["reason"], told["errorCode"]) == ("default", "ERROR", "GENERAL")


def test_a_client_that_asks_too_often_waits_as_long_as_it_is_told(
    server: Server, contract_engine: Engine, tmp_path: Path
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, id_key="k", evaluations_per_minute=1)  # type: ignore[call-arg]
    with serving(create_app(settings, contract_engine)) as url:
        provider = OFREPProvider(url, headers_factory=lambda: {"X-API-Key": server.server_key})
        api.set_provider(provider, "limited")
        client, context = api.get_client("limited"), EvaluationContext("visitor-1")
        assert client.get_string_details("words", "default", context).error_code is None
        refused = client.get_string_details("words", "default", context)
    assert (refused.value, refused.error_code) == ("default", ErrorCode.GENERAL)
    assert provider.retry_after is not None
    wait = (provider.retry_after - datetime.now(UTC)).total_seconds()
    assert 0 < wait <= 61
    paused = client.get_string_details("words", "default", context)  # the server is gone, and nobody asks it
    assert "paused" in (paused.error_message or "")
