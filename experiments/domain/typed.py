"""Two people change the same answers: what each of them changed, and where they meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both changed, to different values."""

    field: str
    theirs: tuple[str, ...]
    mine: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both people's answers in one.

    Args:
        answers: theirs where only they changed a field, else mine.
        taken: fields that only they changed.
        clashes: fields that both changed; `answers` holds mine there.
    """

    answers: dict[str, tuple[str, ...]]
    taken: tuple[str, ...]
    clashes: tuple[Clash, ...]


def merge(fields: Collection[str], seen: Typed, theirs: Typed, mine: Typed) -> Merged:
    """Bring together what was changed since both saw the same answers.

    Args:
        fields: every field there is; one that is left out of a mapping is empty.
        seen: what both began with.
    """
    answers: dict[str, tuple[str, ...]] = {}
    taken, clashes = [], []
    for field in fields:
        before, other, own = (_value(each, field) for each in (seen, theirs, mine))
        answers[field] = own
        if other in (before, own):
            continue
        if own == before:
            answers[field] = other
            taken.append(field)
        else:
            clashes.append(Clash(field, other, own))
    return Merged(answers, tuple(taken), tuple(clashes))


def _value(typed: Typed, field: str) -> tuple[str, ...]:
    """Line ends as one kind: browsers send forms with CR LF."""
    return tuple(text.replace("\r\n", "\n").strip() for text in typed.get(field, ()) if text.strip())
