"""Reading the oracle files and running every case through its adapter."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracles.registry import ADAPTERS, DEFAULT_TOLERANCE, PUBLISHED, Case, Check

DATA = Path(__file__).parent / "data"
MODULES = ("adapters_effects", "adapters_joint", "adapters_planning")


@dataclass(frozen=True)
class Run:
    """What became of one case.

    Attributes:
        case: the case.
        checks: comparisons made; empty where the topic has no adapter or the adapter failed.
        uncovered: oracle entries that no comparison followed.
        unexplained: those of them without a reason.
        problem: the error of an adapter that failed.
    """

    case: Case
    checks: tuple[Check, ...]
    uncovered: tuple[str, ...]
    unexplained: tuple[str, ...]
    problem: str | None = None


def register_all() -> None:
    """Import the adapter modules, which register themselves; a module that is not there adds none."""
    for name in MODULES:
        if (Path(__file__).parent / f"{name}.py").exists():
            importlib.import_module(f"tests.oracles.{name}")


def load(folder: Path) -> list[Case]:
    """Cases of every JSON file of a folder; a file without cases is one case, its parts are the oracle entries."""
    return [case for path in sorted(folder.glob("*.json")) for case in _cases(path)]


def run(case: Case) -> Run:
    """Run one case; a topic without adapter is not covered, and an adapter that fails is a problem."""
    registration = ADAPTERS.get(case.topic)
    everything = tuple(case.oracles)
    if registration is None:
        return Run(case, (), everything, everything)
    try:
        checks = tuple(registration.run(case))
    except Exception as error:  # every other case shall still run
        return Run(case, (), everything, everything, f"{type(error).__name__}: {error}")
    followed = {check.oracle for check in checks}
    uncovered = tuple(name for name in case.oracles if name not in followed)
    unexplained = tuple(name for name in uncovered if registration.reason(name) is None)
    return Run(case, checks, uncovered, unexplained)


def run_published(path: Path) -> Iterator[tuple[str, tuple[Check, ...] | None, str | None]]:
    """For each section of the published tables: its name, the checks (None without adapter) and a problem."""
    for section, content in json.loads(path.read_text("utf-8")).items():
        if section.startswith("_"):
            continue
        adapter = PUBLISHED.get(section)
        if adapter is None:
            yield section, None, None
            continue
        try:
            yield section, tuple(adapter(content)), None
        except Exception as error:  # every other section shall still run
            yield section, (), f"{type(error).__name__}: {error}"


def worst(checks: Iterable[Check]) -> float:
    """Largest error of some checks; 0 without any."""
    return max((check.error for check in checks), default=0.0)


def _cases(path: Path) -> list[Case]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if "cases" not in content:
        return [Case(path.stem, path.stem, content, dict(_parts(content)))]
    topic = str(content.get("topic", path.stem))
    return [
        Case(
            str(entry.get("topic", topic)),
            str(entry["id"]),
            entry["inputs"],
            entry.get("oracles", {}),
            _tolerance(entry.get("tolerance")),
        )
        for entry in content["cases"]
    ]


def _tolerance(stated: object) -> float:
    """The tolerance of a case; some files state it in words, and the adapter then gives the number."""
    return float(stated) if isinstance(stated, int | float) else DEFAULT_TOLERANCE


def _parts(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Oracle entries of a file without cases: its inner tables, and its lists under the field "vectors"."""
    for name, part in content.items():
        if isinstance(part, list):
            yield name, {"vectors": part}
        elif isinstance(part, dict):
            yield from ((f"{name} {inner}", table) for inner, table in part.items() if isinstance(table, dict))
