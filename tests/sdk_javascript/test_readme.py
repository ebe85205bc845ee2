"""The README of the JavaScript SDK says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.shop import SNIPPET
from tests.sdk_javascript.building import SDK, run

README = (SDK / "README.md").read_text(encoding="utf-8")
CLIENT = re.compile(r"\bnetlift\.(\w+)\(")


def test_the_script_tag_is_the_one_that_is_tried_out() -> None:
    assert SNIPPET in README


def test_its_examples_can_be_read(built: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```(jsx?)\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 6
    for number, (kind, code) in enumerate(blocks):
        (tmp_path / f"{number}.{kind}").write_text(code, encoding="utf-8")
        run("node_modules/.bin/esbuild", str(tmp_path / f"{number}.{kind}"), "--log-level=error")


def test_every_method_is_told_and_every_method_told_exists() -> None:
    types = (SDK / "src" / "types.ts").read_text(encoding="utf-8")
    methods = set(re.findall(r"^  (\w+)(?:<[^(]*>)?\(", types, re.MULTILINE))
    assert {"variant", "payload", "peek", "track", "page", "identify", "order", "flush"} < methods
    assert set(CLIENT.findall(README)) <= methods
    assert {name for name in methods if f"`{name}" not in README and f"netlift.{name}(" not in README} == set()


def test_every_option_is_told() -> None:
    types = (SDK / "src" / "types.ts").read_text(encoding="utf-8")
    listed = types.partition("export interface Options {")[2].partition("\n}")[0]
    options = set(re.findall(r"^  (\w+)\??:", listed, re.MULTILINE))
    table = README.partition("## Options")[2]
    assert {name for name in options if f"`{name}`" not in table} == set()
