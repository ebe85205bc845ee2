"""All templates: they compile, import only what they use, explain their macros, and carry no script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from web import assets, charts, formatters

WEB = Path(__file__).resolve().parents[2] / "web"
TEMPLATES = WEB / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
IMPORT = re.compile(r"""{%-?\s*from\s+"([^"]+)"\s+import\s+([\w\s,]+?)(?:\s+with context)?\s*-?%}""")
MACRO = re.compile(r"{%-?\s*macro\s+([a-z]\w*)(\([^%]*\))\s*-?%}")


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("web", root_path=str(WEB))
    for part in (assets, formatters, charts):
        part.register(app)
    return app


def macros(path: Path) -> dict[str, str]:
    return dict(MACRO.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES)
def test_every_template_compiles_and_imports_only_what_it_uses(page: str, app: Flask) -> None:
    app.jinja_env.get_template(page)
    source = (TEMPLATES / page).read_text(encoding="utf-8")
    rest = IMPORT.sub("", re.sub(r"{#.*?#}", "", source, flags=re.DOTALL))
    for origin, names in IMPORT.findall(source):
        for name in (part.strip() for part in names.split(",")):
            assert name in macros(TEMPLATES / origin), f"{origin} has no macro {name}"
            assert re.search(rf"\b{name}\(", rest), f"{page} imports {name} and does not use it"


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_every_macro_is_explained_at_the_head_of_its_file(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("#}")[0]
    for name, arguments in macros(path).items():
        for argument in re.findall(r"(\w+)(?==|,|\))", arguments):
            if argument not in {"None", "False", "True"} and not argument.isdigit():
                assert re.search(rf"{name}\([^)]*\b{argument}\b", head.replace("\n", " ")), f"{name}: {argument}"
        assert f"{name}(" in head


@pytest.mark.parametrize("page", PAGES)
def test_no_template_carries_script_or_handlers(page: str) -> None:
    source = (TEMPLATES / page).read_text(encoding="utf-8")
    assert not re.search(r"\son\w+=|hx-on|javascript:", source)
    for attributes in re.findall(r"<script([^>]*)>", source):
        assert "src=" in attributes or "nonce=" in attributes or "application/json" in attributes
