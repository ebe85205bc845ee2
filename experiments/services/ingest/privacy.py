"""What of an item may be stored: no raw ids, no contact data, no query strings, nothing too long or too deep."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Any

from experiments.domain.ids import clean_id, hash_id
from experiments.services.ingest import consent, traffic
from experiments.services.ingest.limits import Limits
from experiments.services.ingest.refusal import RefusalError

#: Stands where a raw id was.
MASK = "(id)"
#: Shorter ids would be found inside words and numbers that have nothing to do with them.
MIN_MASKED = 5
MIN_MASKED_DIGITS = 8
MAX_NAME = 200
#: Mappings with more keys, and longer keys, are looked through each time: what is remembered stays small.
MAX_KEYS = 24
MAX_KEY = 64
#: PostgreSQL takes no NUL in a text, and nobody wants the others in a name.
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class _Rule(Enum):
    DROP = "drop"
    ORDER = "order"
    LINE = "line"
    AGENT = "agent"
    ADDRESS = "address"


_PERSONAL = """
    anonymousid userid visitorid customerid accountid accountnumber customernumber previousid groupid deviceid
    advertisingid idfa idfv msisdn email emailaddress phone phonenumber mobilenumber firstname lastname fullname surname
    username address street postalcode zipcode birthday birthdate dateofbirth ip ipaddress iban avatar password token
    useragent writekey agentname agentemail employeeid employeenumber employeename
"""
_RULES = dict.fromkeys(_PERSONAL.split(), _Rule.DROP) | {
    "orderid": _Rule.ORDER,
    "lineid": _Rule.LINE,
    "agentid": _Rule.AGENT,
    "url": _Rule.ADDRESS,
    "path": _Rule.ADDRESS,
    "href": _Rule.ADDRESS,
    "referrer": _Rule.ADDRESS,
    "search": _Rule.ADDRESS,
}
_KEPT_CONTEXT = (("library", ("name", "version")), ("app", ("name", "version")), ("page", ("path",)))


_CONTAINERS = frozenset((dict, list))


def _look_up(key: str) -> _Rule | None:
    return _RULES.get(key.replace("_", "").replace("-", "").replace(" ", "").lower())


_remembered_rule = lru_cache(maxsize=8_192)(_look_up)


def _rule(key: str) -> _Rule | None:
    return _remembered_rule(key) if len(key) <= MAX_KEY else _look_up(key)


@lru_cache(maxsize=2_048)
def _ruled(keys: tuple[str, ...]) -> tuple[tuple[str, _Rule], ...]:
    """The keys among them that have a rule."""
    return tuple((key, rule) for key in keys if (rule := _rule(key)) is not None)


def is_plain(raw: bytes, limits: Limits, *ids: str | None) -> bool:
    """Whether no text of the item is too long and none of its ids appears elsewhere in it, said from its bytes alone.

    False does not mean that one does: only that the values must be looked at.
    """
    if b"\\" in raw or (len(raw) > limits.max_text and max(map(len, raw.split(b'"'))) > limits.max_text):
        return False
    for stated in ids:
        if stated is None or len(text := stated.strip()) < MIN_MASKED:
            continue
        if not text.isascii() or raw.count(text.encode()) != 1:
            return False
    return True


class Scrubber:
    """Copies JSON values without what must not be stored.

    Args:
        raw_ids: ids of this very item; wherever one appears inside a value it is masked.
        key: key of the id hashes; None where the order ids of the item are hashes already.
        strict: refuse what is too long or too deep, else cut it.
        plain: no text is too long and none holds an id (`is_plain`), so that only keys and nesting are looked at.
    """

    __slots__ = ("_ids", "_key", "_max_depth", "_max_text", "_strict", "plain")

    def __init__(
        self, raw_ids: Iterable[str], key: bytes | None, limits: Limits, *, strict: bool = True, plain: bool = False
    ) -> None:
        self._ids = () if plain else tuple(raw for raw in raw_ids if len(raw) >= MIN_MASKED)
        self.plain = plain
        self._key = key
        self._max_text, self._max_depth = limits.max_text, limits.max_depth
        self._strict = strict

    def mapping(self, values: dict[str, Any], name: str, depth: int = 1) -> dict[str, Any]:
        """A clean copy, or the mapping itself where it is clean; `name` is what refusals call it."""
        if depth > self._max_depth and self._is_too_deep(name, depth):
            return {}
        if self.plain and len(values) <= MAX_KEYS and _CONTAINERS.isdisjoint(map(type, values.values())):
            return self._flat(values)
        try:
            return self._entries(values, depth)
        except RefusalError as refusal:
            refusal.field = f"{self._named(name)}.{refusal.field}"
            raise

    def _flat(self, values: dict[str, Any]) -> dict[str, Any]:
        ruled = _ruled(tuple(values))
        if not ruled:
            return values
        clean = dict(values)
        for key, rule in ruled:
            kept = None if rule is _Rule.DROP else self._special(rule, values[key], key)
            if kept is None:
                del clean[key]
            else:
                clean[key] = kept
        return clean

    def _entries(self, values: dict[str, Any], depth: int) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        for key, value in values.items():
            rule = _rule(key)
            if rule is None:
                clean[self._text(key, "key")] = self._value(value, key, depth)
            elif rule is not _Rule.DROP and (kept := self._special(rule, value, key)) is not None:
                clean[key] = kept
        return clean

    def _value(self, value: Any, name: str, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, dict):
            return self.mapping(value, name, depth + 1)
        if isinstance(value, list):
            return [] if self._is_too_deep(name, depth + 1) else [self._value(one, name, depth + 1) for one in value]
        if isinstance(value, int) and len(digits := str(value)) >= MIN_MASKED_DIGITS and digits in self._ids:
            return MASK
        return value

    def _text(self, text: str, name: str) -> str:
        if self.plain:
            return text
        if len(text) > self._max_text:
            if self._strict:
                message = f"A text has {len(text)} characters, at most {self._max_text} fit."
                raise RefusalError("too_long", self._named(name), message)
            text = text[: self._max_text]
        return self.masked(text)

    def masked(self, text: str) -> str:
        """The text without the ids of its item."""
        for raw in self._ids:
            if raw in text:
                text = text.replace(raw, MASK)
        return text

    def _special(self, rule: _Rule, value: Any, name: str) -> Any:
        if rule is _Rule.ADDRESS:
            return self._text(without_query(value), name) if isinstance(value, str) else None
        if rule is _Rule.AGENT:  # which one is a hash of its own; here it stays visible that one was named
            return MASK if isinstance(value, str) and value.strip() else None
        if self._key is None or (rule is _Rule.LINE and _is_line_number(value)):
            return value
        hashed = hash_id("order", value, self._key)
        return None if hashed is None else str(hashed)

    def _is_too_deep(self, name: str, depth: int) -> bool:
        if depth > self._max_depth and self._strict:
            message = f"Values are nested deeper than {self._max_depth} levels."
            raise RefusalError("too_deep", self._named(name), message)
        return depth > self._max_depth

    def _named(self, name: str) -> str:
        """The name without ids and control characters: keys are the sender's text too."""
        return CONTROL.sub("", self.masked(name))[:MAX_NAME]


def without_query(address: str) -> str:
    """The address without what comes after `?` or `#`: ids and search words travel there."""
    return address.partition("?")[0].partition("#")[0]


def _is_line_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) <= 5
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000


def raw_ids(*values: Any) -> list[str]:
    """Every spelling of the given ids that could turn up elsewhere in the item; longer ones first.

    A refused item may bring its ids in any shape, lists and objects too.
    """
    found: set[str] = set()
    for value in values:
        if isinstance(value, str):
            found |= {value.strip(), clean_id(value) or ""}
        elif isinstance(value, int):
            found.add(str(value))
        elif isinstance(value, list | dict):
            found.update(raw_ids(*(value.values() if isinstance(value, dict) else value)))
    return sorted(found, key=len, reverse=True) if len(found) > 1 else list(found)


def keep_traits(traits: dict[str, Any] | None) -> dict[str, Any]:
    """Traits without what names the person; elsewhere `name` and `id` are those of products and pages."""
    return {key: value for key, value in (traits or {}).items() if key not in ("name", "id")}


def keep_context(context: dict[str, Any] | None) -> dict[str, Any]:
    """The few facts of a Segment context that are worth storing and name nobody."""
    kept: dict[str, Any] = {}
    if not context:
        return kept
    for key, names in _KEPT_CONTEXT:
        part = context.get(key)
        if isinstance(part, dict):
            kept[key] = {name: part[name] for name in names if name in part}
    if isinstance(context.get("channel"), str):
        kept["channel"] = context["channel"]
    if context.get("traffic") in traffic.MARKS:
        kept["traffic"] = context["traffic"]
    if (agreed := consent.kept(context.get("consent"))) is not None:
        kept["consent"] = agreed
    return kept
