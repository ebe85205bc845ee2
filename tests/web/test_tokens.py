"""The colours of both themes: complete, alike in both places they are written, and readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "web" / "static" / "css"
CSS = (STATIC / "tokens.css").read_text(encoding="utf-8")
ON_SURFACES = ["ink", "ink-2", "ink-3", "brand", "gain", "loss", "warn"]
PAIRS = [
    *((ink, ground) for ink in ON_SURFACES for ground in ("bg", "surface", "surface-2")),
    *((tone, f"{tone}-soft") for tone in ("brand", "gain", "loss", "warn")),
    ("ink-2", "neutral-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-tone", "gain"),
    ("on-tone", "loss"),
    ("on-tone", "warn"),
    ("sidebar-ink", "sidebar"),
    ("sidebar-ink-2", "sidebar"),
    ("sidebar-ink", "sidebar-hover"),
]


def block(start: str) -> dict[str, str]:
    body = CSS[CSS.index(start) :]
    body = body[body.index("{") : body.index("}")]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


LIGHT = block(":root {")
DARK = LIGHT | block(':root:not([data-theme="light"])')


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_switch_and_the_system_give_the_same_dark_theme() -> None:
    assert block(':root:not([data-theme="light"])') == block(':root[data-theme="dark"]')


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(theme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edge_of_a_field_and_the_focus_ring_are_seen(theme: dict[str, str]) -> None:
    assert contrast(theme["field-line"], theme["surface"]) >= 3
    assert contrast(theme["brand"], theme["bg"]) >= 3


def test_colours_are_written_in_the_tokens_only() -> None:
    """White on the dark sidebar and the mark's blue are the same in both themes."""
    fixed = {"#ffffff", "#2850d8", "#9bb3ff"}
    for name in ("base.css", "components.css"):
        found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", (STATIC / name).read_text(encoding="utf-8")))
        assert found <= fixed, name


def test_every_variable_that_is_used_exists() -> None:
    local = {"tone", "tone-soft"}
    for path in STATIC.glob("*.css"):
        used = set(re.findall(r"var\(--([\w-]+)", path.read_text(encoding="utf-8")))
        assert used <= set(LIGHT) | local, path.name
