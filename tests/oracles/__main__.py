"""Compare the statistics with the oracles from the command line; exit status 1 on any miss."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tests.oracles.cases import DATA, Run, load, register_all, run, run_published, worst
from tests.oracles.registry import Check


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the oracle folders, or the published tables; print one line per topic."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracles", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of oracle files (default: the data folder)")
    parser.add_argument("--published", type=Path, metavar="FILE", help="published tables instead of oracle folders")
    parser.add_argument("-v", "--verbose", action="store_true", help="also name the oracles that are not covered")
    options = parser.parse_args(arguments)
    register_all()
    if options.published is not None:
        return _published(options.published)
    runs = [run(case) for folder in options.folders or [DATA] for case in load(folder)]
    if not runs:
        print("no cases found")
        return 1
    return _oracles(runs, verbose=options.verbose)


def _oracles(runs: Sequence[Run], *, verbose: bool) -> int:
    by_topic: dict[str, list[Run]] = defaultdict(list)
    for found in runs:
        by_topic[found.case.topic].append(found)
    missed = 0
    for topic, group in by_topic.items():
        checks = [check for found in group for check in found.checks]
        uncovered = sum(len(found.uncovered) for found in group)
        problems = [f"{found.case.id}: {found.problem}" for found in group if found.problem]
        missed += _line(topic, checks, uncovered, problems)
        if verbose:
            for name in sorted({name for found in group for name in found.uncovered}):
                print(f"    not covered: {name}")
    total = sum(len(found.checks) for found in runs)
    print(f"{len(runs)} cases, {total} comparisons, {missed} failed")
    return 1 if missed else 0


def _published(path: Path) -> int:
    missed = 0
    for section, checks, problem in run_published(path):
        uncovered = 1 if checks is None else 0
        missed += _line(section, checks or (), uncovered, [problem] if problem else [])
    return 1 if missed else 0


def _line(topic: str, checks: Sequence[Check], uncovered: int, problems: Sequence[str]) -> int:
    failures = [check for check in checks if not check.passed]
    failed = len(failures) + len(problems)
    passed = len(checks) - len(failures)
    print(f"{topic}: {passed} passed, {failed} failed, {uncovered} not covered, worst error {worst(checks):.1e}")
    for check in failures:
        print(f"    FAILED {check.name}: {check.got!r}, expected {check.expected!r} within {check.tolerance:g}")
    for problem in problems:
        print(f"    FAILED {problem}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
