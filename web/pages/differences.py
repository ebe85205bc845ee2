"""What a deed changed, field by field: before and after as the audit log kept them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Fields that say nothing to people: they change with everything, or repeat what is listed.
_SILENT = frozenset({"revision", "created_at", "phase"})
MOST = 12
_LONGEST = 160


class Difference(NamedTuple):
    """One field; texts are empty where there was or is nothing."""

    field: str
    before: str
    after: str


def differences(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Difference]:
    """Every leaf that differs, in the order of the document."""
    return list(_walk("", before or {}, after or {}))


def _walk(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict | list) or isinstance(after, dict | list):
        old, new = _parts(before), _parts(after)
        for name in dict.fromkeys((*old, *new)):
            if path or name not in _SILENT:
                yield from _walk(f"{path}.{name}" if path else name, old.get(name), new.get(name))
        return
    yield Difference(path, _text(before), _text(after))


def _parts(value: Any) -> dict[str, Any]:
    """The members of a table or a list; members of a list go by their key where they have one."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {_name(item, place): item for place, item in enumerate(value, start=1)}
    return {} if value is None else {"": value}


def _name(item: Any, place: int) -> str:
    if isinstance(item, dict):
        return str(item.get("key") or item.get("metric") or item.get("number") or place)
    return str(place)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
