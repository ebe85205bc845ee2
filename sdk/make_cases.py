"""Write cases.json, the golden cases that every SDK and the server must answer alike.

    python sdk/make_cases.py            write sdk/cases.json
    python sdk/make_cases.py --check    fail where the file differs from what would be written

Nothing in it is computed by an SDK: the hash is a plain Python murmur3, checked against published hashes; units are
searched until their draws lie where a case wants them, and what must come out is written by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from golden import audiences, documents, gates, hashes, splits
from golden.configs import CONFIGS

TARGET = Path(__file__).with_name("cases.json")

EVALUATIONS = {
    "split": splits.split_cases,
    "unit": splits.unit_cases,
    "agent": splits.agent_cases,
    "enrolment": splits.enrolment_cases,
    "phase": splits.phase_cases,
    "status": splits.status_cases,
    "layer": splits.layer_cases,
    "holdout": splits.holdout_cases,
    "edge": splits.edge_cases,
    "audience": gates.audience_evaluation_cases,
    "remote": gates.remote_cases,
    "forced": gates.forced_cases,
    "rollout": gates.rollout_cases,
    "fallback": gates.fallback_cases,
}


def groups() -> dict[str, list[dict[str, Any]]]:
    """All cases by group."""
    return {
        "hash32": list(hashes.hash32_cases()),
        "unit_hash": list(hashes.unit_hash_cases()),
        "normalise": list(hashes.normalise_cases()),
        "buckets": list(hashes.bucket_cases()),
        "audience": list(audiences.audience_cases()),
        "documents": list(documents.document_cases()),
        "evaluate": [{"group": name, **case} for name, make in EVALUATIONS.items() for case in make()],
    }


def compact(value: Any) -> str:
    """JSON on one line, in ASCII so that no editor changes an id by composing its characters."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def render() -> str:
    """The whole file, one case per line."""
    configs = ",\n".join(f"{compact(name)}:{compact(document)}" for name, document in CONFIGS.items())
    parts = ['"format":1', f'"configs":{{\n{configs}\n}}']
    for name, cases in groups().items():
        lines = ",\n".join(compact(case) for case in cases)
        parts.append(f'"{name}":[\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    text = render()
    if "--check" in arguments:
        same = TARGET.read_text(encoding="ascii") == text
        print("cases.json is up to date." if same else "cases.json differs: run python sdk/make_cases.py")
        return 0 if same else 1
    TARGET.write_text(text, encoding="ascii")
    print({name: len(cases) for name, cases in groups().items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
