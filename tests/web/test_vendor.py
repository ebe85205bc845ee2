"""What a browser loads is ours, pinned, unchanged and licensed."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "web" / "static"
VENDOR = STATIC / "vendor"
LISTED = json.loads((VENDOR / "vendor.lock.json").read_text(encoding="utf-8"))
LOCK, OWN = LISTED["packages"], LISTED["own"]
NPM = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
LICENCES = {"0BSD", "BSD-0-Clause", "MIT", "ISC", "OFL-1.1"}
OURS = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *(ROOT / "web" / "templates").rglob("*.html")]
ICON = re.compile(r"""(?:\bicon\(|icon_name=|["']icon["']:\s*|icon_button\([^,]+,\s*)["']([a-z0-9-]+)["']""")


@pytest.mark.parametrize("package", [*LOCK, *OWN], ids=lambda package: package["package"])
def test_vendored_files_are_the_ones_that_were_locked(package: dict[str, object]) -> None:
    for entry in package["files"]:  # type: ignore[attr-defined]
        content = (VENDOR / entry["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"]), entry["path"]


def test_nothing_is_vendored_that_is_not_in_the_lock() -> None:
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    locked = {entry["path"] for package in (*LOCK, *OWN) for entry in package["files"]}
    assert present == locked | {"vendor.lock.json"}


@pytest.mark.parametrize("package", LOCK, ids=lambda package: package["package"])
def test_versions_are_pinned_alike_everywhere(package: dict[str, str]) -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    installed = NPM[f"node_modules/{package['package']}"]
    assert wanted[package["package"]] == package["version"] == installed["version"]
    assert installed["integrity"].startswith("sha512-")


@pytest.mark.parametrize("package", LOCK, ids=lambda package: package["package"])
def test_every_package_has_a_permissive_licence_and_its_text(package: dict[str, str]) -> None:
    assert package["licence"] in LICENCES
    assert len((VENDOR / package["licence_text"]).read_text(encoding="utf-8")) > 300


def symbols() -> set[str]:
    sprite = ElementTree.parse(VENDOR / "lucide" / "sprite.svg").getroot()
    return {symbol.get("id", "") for symbol in sprite}


def test_the_sprite_holds_the_listed_icons() -> None:
    assert symbols() == set(json.loads((STATIC / "icons" / "used.json").read_text(encoding="utf-8")))


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sources = [*(ROOT / "web").rglob("*.html"), *(ROOT / "web").rglob("*.py")]
    named = {name for path in sources for name in ICON.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named <= symbols()


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href|action|@import|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", text)


def test_scripts_run_under_the_policy() -> None:
    for path in STATIC.glob("js/*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function\(|innerHTML|document\.write|setTimeout\(\s*[\"']", text), path.name
