"""Items of the usual shape are read by a shorter way; both ways must give the same event or the same refusal."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments.services.clock import to_iso
from experiments.services.ingest import Limits, reading, wire
from experiments.services.ingest.privacy import is_plain
from experiments.services.ingest.reading import Delivery, read
from experiments.services.ingest.refusal import RefusalError

NOW = 1_795_000_000_000_000
LIMITS = Limits(max_text=60, max_depth=4)
DELIVERY = Delivery(1, b"a key for tests", NOW, LIMITS, "track")
VISITOR, CUSTOMER = "visitor-12345", "90817263"

texts = st.sampled_from(
    [
        "",
        "tv",
        VISITOR,
        CUSTOMER,
        f"for {VISITOR}",
        "x" * 61,
        "é" * 40,
        "ü" + CUSTOMER,
        'a "quoted" one',
        "a\\b",
        "\x00",
    ]
)
keys = st.sampled_from(
    ["product", "path", "url", "order_id", "line_id", "email", "User-Id", "name", "id", VISITOR, "k" * 61, "products"]
)
scalars = st.none() | st.booleans() | st.integers(-5, 99_999) | st.just(int(CUSTOMER)) | st.floats(-9, 9) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
maps = st.dictionaries(keys, values, max_size=5)
programs = st.fixed_dictionaries({}, optional={"name": texts, "version": texts, "extra": values})
contexts = st.fixed_dictionaries(
    {},
    optional={
        "library": programs | values,
        "app": programs,
        "page": st.fixed_dictionaries({}, optional={"path": texts | st.just("/tv?mail=x#y"), "url": texts}),
        "channel": texts | values,
        "userAgent": texts,
        "traits": maps,
    },
)
items = st.fixed_dictionaries(
    {"anonymousId": st.sampled_from([VISITOR, f" {VISITOR} ", "v", "über-visitor", ""])},
    optional={
        "type": st.sampled_from(["track", "page", "identify"]),
        "event": st.sampled_from(["Clicked", "Order Completed", VISITOR, "a\nb"]),
        "name": st.sampled_from(["TV", "a\x00b"]),
        "userId": st.sampled_from([CUSTOMER, VISITOR, "c"]),
        "messageId": st.sampled_from(["m-1", "0193b5e0-c1a0-7123-8abc-0123456789ab"]),
        "timestamp": st.sampled_from([to_iso(NOW), "never"]),
        "properties": maps,
        "traits": maps,
        "context": contexts,
        "extra": values,
    },
)


def outcome(raw: bytes) -> Any:
    try:
        return read(raw, DELIVERY)
    except RefusalError as refusal:
        return (refusal.reason, refusal.field, refusal.message)


@settings(max_examples=400)
@example({"anonymousId": VISITOR, "properties": {"note": {VISITOR: 1}}}, False)
@example({"anonymousId": VISITOR, "properties": {"path": "/a?b", "email": "x"}, "context": {"library": {}}}, False)
@given(items, st.booleans())
def test_the_short_way_and_the_general_way_agree(item: dict[str, Any], escaped: bool) -> None:
    raw = json.dumps(item, ensure_ascii=escaped).encode()
    short = outcome(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "is_plain", lambda *_: False)
        patch.setattr(wire, "_USUAL", msgspec.json.Decoder(wire.Item))
        assert outcome(raw) == short


@pytest.mark.parametrize(
    ("changes", "plain"),
    [
        ({}, True),
        ({"properties": {"path": "/tv", "products": [{"line_id": "1"}]}}, True),
        ({"userId": "c", "properties": {"c": "c"}}, True),
        ({"properties": {"note": f"for {VISITOR}"}}, False),
        ({"userId": CUSTOMER, "properties": {"n": int(CUSTOMER)}}, False),
        ({"userId": f"{CUSTOMER}ü"}, False),
        ({"properties": {"note": 'a "quoted" one'}}, False),
        ({"properties": {"note": "x" * 61}}, False),
        ({"properties": {"note": ["x" * 60, "y" * 60]}}, True),
    ],
)
def test_what_the_bytes_say(changes: dict[str, Any], plain: bool) -> None:
    item = {"anonymousId": VISITOR} | changes
    raw = json.dumps(item, ensure_ascii=False).encode()
    assert is_plain(raw, LIMITS, item.get("userId"), item["anonymousId"]) is plain
