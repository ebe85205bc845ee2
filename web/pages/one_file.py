"""A page as a file of its own: styles, font and icons inside, no address that leads back to a server."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_STATIC = Path(__file__).resolve().parents[1] / "static"
_SHEETS = ("css/tokens.css", "css/base.css", "css/components.css", "css/report.css")
_FONT = "vendor/inter/inter-latin.woff2"
_ICON = re.compile(r'<use href="[^"#]*sprite\.svg[^"#]*#([\w-]+)"></use>')
_DOWNLOAD = re.compile(r"(?: · )?<a\b[^>]*\sdownload\b[^>]*>.*?</a>", re.DOTALL)
_ASIDE = re.compile(
    r'(?: · )?<a\b[^>]*\bhref="/[^"]*"[^>]*>(?:How it is \w+|How to declare it|Who counts|What this is)</a>'
)
_LINK = re.compile(r'<a\b[^>]*\bhref="/[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


@cache
def inline_style() -> Markup:
    """All style sheets as one text, with the font inside."""
    css = "\n".join((_STATIC / name).read_text("utf-8") for name in _SHEETS)
    font = base64.b64encode((_STATIC / _FONT).read_bytes()).decode("ascii")
    css = css.replace(f"../{_FONT}", f"data:font/woff2;base64,{font}")
    return Markup(css)  # noqa: S704 - our own files


def self_contained(html: str) -> str:
    """The page with its icons drawn in place; links to the app, which a mailed file cannot follow, become words."""
    html = _ICON.sub(lambda found: f'<svg viewBox="0 0 24 24">{_symbols()[found[1]]}</svg>', html)
    for pattern in (_DOWNLOAD, _ASIDE):
        html = pattern.sub("", html)
    return _LINK.sub(r"\1", html)


@cache
def _symbols() -> dict[str, str]:
    sprite = (_STATIC / "vendor/lucide/sprite.svg").read_text("utf-8")
    return dict(re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', sprite, re.DOTALL))
