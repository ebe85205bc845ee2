"""How insight writes numbers into sentences."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.domain.money import money_text

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def change(value: float, digits: int = 1) -> str:
    """`0.098` → "+9.8%" with the true minus sign."""
    text = f"{100 * value:+.{digits}f}%"
    return text.replace("-", "−")


def money(value: float, currency: str) -> str:
    """`8900.4` → "+€8,900"."""
    return money_text(value, currency, sign=True)


def count(number: int, noun: str) -> str:
    """`3, "test"` → "three tests"."""
    return f"{word(number)} {noun}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def lowered(title: str) -> str:
    """The title of a metric inside a sentence; CSAT and SIM stay as they are."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def raised(sentence: str) -> str:
    """With a capital."""
    return sentence[:1].upper() + sentence[1:]


def word(number: int) -> str:
    """`3` → "three"; beyond ten in figures."""
    return NUMBERS[number] if number < len(NUMBERS) else str(number)
