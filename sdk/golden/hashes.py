"""Cases of the hash, of the form of unit ids, and of weighted ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.murmur import PUBLISHED, draw, murmur3

TEXTS = (
    *("A", "ab", "abc", "abcd", "abcde", "tv-entry:visitor-1", "0", "-1", "00000000-0000-4000-8000-000000000000"),
    *("é", "e\u0301", "ß", "Ærøskøbing", "Ελλάδα", "Кириллица", "עברית", "العربية", "ไทย", "한국어", "中文:用户"),
    *("😀", "👩‍👩‍👧‍👦", "🇳🇱", "\U0010ffff", "\u0000", "tab\there", "line\nbreak", '"quoted"\\'),
    *("https://example.com/?q=1&r=2", "a" * 1000, "ö" * 333, "😀" * 64),
)
SALTS = ("k3j2", "k3j2:e", "k3j2:v", "tv-pages", "tv-pages:h", "Übung", "s" * 40, "🙂")
UNITS = ("visitor-1", "visitor-2", "1", "ökø", "日本語", "😀", "x" * 300, "a:b", "c4f1e9d2-7a55-4b0e-9a43-3f2b1d6e8c70")

# Zero-width space, next line and file separator are no spaces to JavaScript's trim; the ligature survives NFC.
KEPT = (
    *("visitor-1", "0", "null", "Ökø", "日本語", "👩‍👩‍👧‍👦", "a b", "a\tb", "A"),
    *("\u200bzero", "\u0085next", "\u001cfile", "ﬁ"),
)
COMPOSED = (
    ("e\u0301", "é"),
    ("A\u030angstro\u0308m", "Ångström"),
    ("\u212b", "Å"),
    ("\u1112\u1161\u11ab", "한"),
    (" e\u0301 ", "é"),
)
SPACES = " \t\n\v\f\r\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
UNUSABLE: tuple[Any, ...] = (
    *(None, "", " ", " \t\r\n", "\u00a0\u3000\ufeff", "\ud83d", "a\udc00b"),
    *(42, 1.5, 0, True, False, [], ["v"], {}),
)

STEP, TOP = 1 / 2**32, 1 - 1 / 2**32
# Weights, then draws with the index of the range each falls into.
RANGES: tuple[tuple[list[float], list[tuple[float, int]]], ...] = (
    ([1.0], [(0.0, 0), (0.5, 0), (TOP, 0)]),
    ([0.5, 0.5], [(0.0, 0), (0.25, 0), (0.5 - STEP, 0), (0.5, 1), (0.5 + STEP, 1), (TOP, 1)]),
    ([0.0, 1.0], [(0.0, 1), (0.5, 1), (TOP, 1)]),
    ([1.0, 0.0], [(0.0, 0), (0.5, 0), (TOP, 0)]),
    ([0.25, 0.25, 0.5], [(0.25 - STEP, 0), (0.25, 1), (0.5 - STEP, 1), (0.5, 2), (TOP, 2)]),
    ([0.5, 0.0, 0.5], [(0.5 - STEP, 0), (0.5, 2), (TOP, 2)]),
    ([0.0, 0.5, 0.5], [(0.0, 1), (0.5 - STEP, 1), (0.5, 2)]),
    ([0.8, 0.1, 0.1], [(0.0, 0), (0.75, 0), (0.85, 1), (0.95, 2), (TOP, 2)]),
    ([1 / 3, 1 / 3, 1 / 3], [(0.0, 0), (0.3333, 0), (0.3334, 1), (0.6666, 1), (0.6667, 2), (TOP, 2)]),
    ([0.1] * 10, [(0.05, 0), (0.15, 1), (0.25, 2), (0.35, 3), (0.65, 6), (0.75, 7), (0.95, 9), (TOP, 9)]),
    # Plain sums from left to right: 0.1 + 0.2 is a little more than 0.3, so 0.3 still belongs to the second.
    ([0.1, 0.2, 0.7], [(0.1, 1), (0.3, 1), (0.1 + 0.2, 2), (TOP, 2)]),
    ([0.3333333, 0.3333333, 0.3333333], [(0.66666659, 1), (0.6666667, 2), (0.99999995, 2), (TOP, 2)]),
    ([0.95, 0.05], [(0.95 - STEP, 0), (0.95, 1), (TOP, 1)]),
    ([0.001, 0.999], [(0.0, 0), (0.0009, 0), (0.001, 1)]),
)


def hash32_cases() -> Iterator[dict[str, Any]]:
    """Hashes of whole texts; the published ones first, and they must agree."""
    for text, expected, source in PUBLISHED:
        if murmur3(text.encode()) != expected:
            raise AssertionError(f"the hash of {text!r} is not the published one")
        yield {"text": text, "expected": expected, "source": source}
    for text in TEXTS:
        yield {"text": text, "expected": murmur3(text.encode())}


def unit_hash_cases() -> Iterator[dict[str, Any]]:
    """Draws of units under salts."""
    for salt in SALTS:
        for unit in UNITS:
            yield {"salt": salt, "unit": unit, "expected": draw(salt, unit)}


def normalise_cases() -> Iterator[dict[str, Any]]:
    """Unit ids as they are hashed; null where there is no usable id."""
    yield from ({"unit": unit, "expected": unit} for unit in KEPT)
    yield from ({"unit": unit, "expected": expected} for unit, expected in COMPOSED)
    yield from ({"unit": f"{space}v 1{space}{space}", "expected": "v 1"} for space in SPACES)
    yield from ({"unit": unit, "expected": None} for unit in UNUSABLE)


def bucket_cases() -> Iterator[dict[str, Any]]:
    """Which weighted range a draw falls into: closed below, open above, the last edge forced to 1."""
    for weights, draws in RANGES:
        yield from ({"weights": weights, "u": u, "expected": index} for u, index in draws)
