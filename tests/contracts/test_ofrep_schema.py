"""The OFREP addresses asked what nobody thought of; every answer must be one that the protocol knows.

They are held against our own statement of the protocol (`ofrep.yaml`), which is as strict as the published one or
stricter. The published document itself is not part of this repository; with a copy at hand:

    OFREP_SCHEMA=openapi.yaml OFREP_EXAMPLES=1000 pytest -n0 -s tests/contracts/test_ofrep_schema.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contracts import protocol
from tests.contracts.conftest import VALUES, Server
from tests.contracts.protocol import ANSWERS, BULK, FLAG, SINGLE, STATUSES

CHECKS = "not_a_server_error," + ",".join(
    f"{what}_conformance" for what in ("status_code", "content_type", "response_schema", "response_headers")
)
OURS = Path(__file__).with_name("ofrep.yaml")
#: Another statement of the protocol to hold the answers against: the published one.
PUBLISHED = os.environ.get("OFREP_SCHEMA")
EXAMPLES = os.environ.get("OFREP_EXAMPLES", "15")


def load(path: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(path).read_text())
    return document


def published_as_meant(document: dict[str, Any]) -> dict[str, Any]:
    """The published schema with the three patches without which no valid answer meets it.

    A flag without value meets every alternative, whole numbers are two types at once, and metadata of an item is said
    to be any object although clients read texts, numbers and booleans only. Flags that exist are asked for beside those
    that do not, and addresses that we do not offer are left out.
    """
    schemas = document["components"]["schemas"]
    if "evaluationSuccess" not in schemas:
        return document
    schemas.get("codeDefaultFlag", {})["not"] = {"required": ["value"]}
    metadata = {"type": "object", "additionalProperties": {"type": ["boolean", "string", "number"]}}
    for part in schemas["evaluationSuccess"]["allOf"]:
        if "oneOf" in part:
            part["anyOf"] = part.pop("oneOf")
        if "metadata" in part.get("properties", {}):
            part["properties"]["metadata"] = metadata
    [key] = (one for one in document["paths"][SINGLE]["post"]["parameters"] if one["name"] == "key")
    key["schema"] = {"anyOf": [{"enum": sorted([*VALUES, "paused", "private"])}, {"type": "string"}]}
    document["paths"] = {path: document["paths"][path] for path in (SINGLE, BULK)}
    return document


def test_every_answer_is_one_the_protocol_knows(server: Server, tmp_path: Path) -> None:
    schema = tmp_path / "ofrep.yaml"
    schema.write_text(yaml.safe_dump(published_as_meant(load(PUBLISHED or OURS))))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", server.url),
            *("--header", f"Authorization: Bearer {server.server_key}", "--checks", CHECKS),
            *("--max-examples", EXAMPLES, "--seed", "1", "--phases", "examples,coverage,fuzzing"),
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    told = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert told is not None, done.stdout[-2000:]
    assert told[1] == told[2]
    assert int(told[1]) > 60
    print(f"{schema.name}: {told[0]}")  # seen with -s


@pytest.mark.parametrize("path", [SINGLE, BULK])
def test_our_statement_knows_no_status_that_the_protocol_does_not(path: str) -> None:
    ours = frozenset(protocol.responses(load(OURS), path))
    assert ours <= STATUSES[path]
    assert STATUSES[path] - ours == {"500"}  # which no answer may be


@pytest.mark.parametrize(("path", "status"), [place for place in ANSWERS if place[1] != "500"])
def test_our_statement_is_as_strict_as_the_published_one(path: str, status: str) -> None:
    document = load(OURS)
    schema = protocol.body(document, path, status)
    assert schema is not None
    assert_as_strict(protocol.demand(document, schema), ANSWERS[path, status])


def test_a_flag_of_a_bulk_answer_is_one_flag() -> None:
    document = load(OURS)
    assert_as_strict(protocol.demand(document, protocol.items(document)), FLAG)


def assert_as_strict(ours: protocol.Demand, theirs: protocol.Demand) -> None:
    assert ours.required >= theirs.required
    for name, types in ours.types.items():
        assert types <= theirs.types.get(name, types), name
    for name, words in theirs.words.items():
        assert ours.words[name] <= words, name


if PUBLISHED is not None:  # a copy was given; without one there is nothing to compare, and no test to leave out

    def test_what_we_read_in_the_published_document_stands_there() -> None:
        document = load(PUBLISHED or "")
        for path, statuses in STATUSES.items():
            assert frozenset(protocol.responses(document, path)) == statuses
            for status in statuses:
                schema = protocol.body(document, path, status)
                assert (schema is not None) == ((path, status) in ANSWERS)
                if schema is not None:
                    assert protocol.demand(document, schema) == ANSWERS[path, status], (path, status)
        assert protocol.demand(document, protocol.items(document)) == FLAG
