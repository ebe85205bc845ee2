"""The JavaScript SDK: its own tests, its sizes, its types, and that it answers as the Python SDK does."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.sdk_javascript import fuzz
from tests.sdk_javascript.building import run

ROOT = Path(__file__).resolve().parents[2]


def test_its_own_tests_pass(built: Path) -> None:
    files = sorted(path.relative_to(built).as_posix() for path in built.glob("tests/*.test.mjs"))
    told = run("node", "--test", "--test-reporter=tap", *files)
    assert int(re.search(r"^# pass (\d+)$", told, re.MULTILINE).group(1)) > 40  # type: ignore[union-attr]
    assert re.search(r"^# skipped 0$", told, re.MULTILINE)


def test_its_types_hold(built: Path) -> None:
    run("node_modules/.bin/tsc", "-p", "tsconfig.json")
    run("node_modules/.bin/tsc", "-p", "tests/types")


@pytest.mark.parametrize(("file", "most"), [("core.js", 3000), ("index.js", 4000), ("netlift.js", 4500)])
def test_it_stays_small(built: Path, file: str, most: int) -> None:
    size = len(gzip.compress((built / "dist" / file).read_bytes(), compresslevel=9, mtime=0))
    assert size <= most, f"{file} has {size} bytes gzipped, at most {most} are promised."


@pytest.mark.parametrize("name", ["netlift.js", "netlift.debug.js"])
def test_the_script_that_is_served_is_the_one_that_is_built(built: Path, name: str) -> None:
    fresh = (built / "dist" / name).read_bytes()
    assert (ROOT / "web/static/vendor/netlift" / name).read_bytes() == fresh, "run make vendor"


def test_the_version_is_stated_alike(built: Path) -> None:
    version = json.loads((built / "package.json").read_text(encoding="utf-8"))["version"]
    assert f'VERSION = "{version}"' in (built / "src" / "version.ts").read_text(encoding="utf-8")


def test_it_needs_no_package_at_run_time(built: Path) -> None:
    package = json.loads((built / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    assert all(package["peerDependenciesMeta"][name]["optional"] for name in package["peerDependencies"])
    for name in ("index.js", "core.js", "netlift.js"):
        assert not re.search(r"\bimport\b|\brequire\(", (built / "dist" / name).read_text(encoding="utf-8"))


def test_the_package_brings_what_it_says_and_nothing_else(built: Path) -> None:
    run("node_modules/.bin/tsc", "-p", "tsconfig.json")  # here too: another process may not have come to it yet
    told = run("npm", "pack", "--dry-run", "--json", "--ignore-scripts")
    files = {file["path"] for file in json.loads(told)[0]["files"]}
    package = json.loads((built / "package.json").read_text(encoding="utf-8"))
    outside = {"LICENSE", "README.md", "package.json"}
    assert files >= outside
    assert {file for file in files if not file.startswith("dist/")} == outside
    entries = [entry for entry in package["exports"].values() if isinstance(entry, dict)]
    named = {path for entry in entries for path in entry.values()} | {package["main"], package["types"]}
    assert {path.removeprefix("./") for path in named} <= files
    assert (built / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_package_says_who_what_and_under_which_terms(built: Path) -> None:
    package = json.loads((built / "package.json").read_text(encoding="utf-8"))
    for field in ("name", "version", "description", "keywords", "author", "engines", "files", "publishConfig"):
        assert package[field], field
    assert package["license"] == "Apache-2.0"


@pytest.mark.parametrize("seed", [1, 2])
def test_python_and_javascript_answer_alike(built: Path, seed: int) -> None:
    found, reasons = fuzz.differences(3000, seed)
    assert found == []
    assert len(reasons) >= 13


def test_the_comparison_finds_a_difference(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fuzz.evaluate
    monkeypatch.setattr(
        fuzz, "evaluate", lambda config, key, unit, *rest, **more: real(config, key, f"{unit}!", *rest, **more)
    )
    found, _ = fuzz.differences(200, 3)
    assert found
