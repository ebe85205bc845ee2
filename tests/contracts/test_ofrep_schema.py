"""The OFREP addresses asked what nobody thought of; every answer must be one that the protocol knows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.contracts.conftest import Server

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
#: Another statement of the protocol to hold the answers against, such as the published one.
SCHEMA = Path(os.environ.get("OFREP_SCHEMA") or Path(__file__).with_name("ofrep.yaml"))


def published_as_meant(document: dict[str, Any]) -> dict[str, Any]:
    """The published schema with the three patches without which no valid answer meets it.

    A flag without value meets every alternative, whole numbers are two types at once, and metadata of an item is said
    to be any object although clients read texts, numbers and booleans only.
    """
    schemas = document["components"]["schemas"]
    if "evaluationSuccess" not in schemas:
        return document
    schemas.get("codeDefaultFlag", {})["not"] = {"required": ["value"]}
    for part in schemas["evaluationSuccess"]["allOf"]:
        if "oneOf" in part:
            part["anyOf"] = part.pop("oneOf")
        if "metadata" in part.get("properties", {}):
            part["properties"]["metadata"]["additionalProperties"] = {"type": ["boolean", "string", "number"]}
    document["paths"].pop("/ofrep/v1/configuration", None)
    return document


def test_every_answer_is_one_the_protocol_knows(server: Server, tmp_path: Path) -> None:
    schema = tmp_path / "ofrep.yaml"
    schema.write_text(yaml.safe_dump(published_as_meant(yaml.safe_load(SCHEMA.read_text()))))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", server.url),
            *("--header", f"Authorization: Bearer {server.server_key}", "--checks", CHECKS),
            *("--max-examples", "15", "--seed", "1", "--phases", "coverage,fuzzing"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
