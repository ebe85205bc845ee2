"""A message for machines: CloudEvents 1.0 in structured JSON, signed as Standard Webhooks say.

Sources: the CloudEvents specification 1.0.2 (context attributes, JSON format, HTTP structured mode) and the Standard
Webhooks specification (`webhook-id`, `webhook-timestamp`, `webhook-signature`), so that receivers can use what exists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

import msgspec

from experiments.domain.message import Topic
from experiments.services.clock import to_iso

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SECRET_PREFIX = "whsec_"  # noqa: S105  # the specification's, not a secret
SECRET_BYTES = 32
_KIND = {Topic.ALARM: "io.netlift.alarm", Topic.DIGEST: "io.netlift.digest.weekly", Topic.TEST: "io.netlift.test"}


def cloud_event(
    topic: Topic,
    event_id: str,
    at: int,
    source: str,
    data: dict[str, Any],
    *,
    kind: str = "",
    subject: str | None = None,
) -> dict[str, Any]:
    """The event as a receiver reads it.

    Args:
        event_id: the same each time it is sent, so that a receiver can drop a second one.
        at: µs UTC at which it happened.
        source: who tells: the public address of the deployment.
        kind: of an alarm, such as `split_broken`; part of the type.
        subject: key of the test it is about.
    """
    told = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"{_KIND[topic]}.{kind}" if kind else _KIND[topic],
        "time": to_iso(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return told if subject is None else told | {"subject": subject}


def packed(document: dict[str, Any]) -> bytes:
    """The bytes that travel, which are what is signed."""
    return msgspec.json.encode(document)


def new_secret() -> str:
    """A secret in the form of the specification: its bytes are what follows the prefix, in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(secret: str, event_id: str, now: int, body: bytes) -> dict[str, str]:
    """What goes with the body.

    Args:
        now: µs UTC; receivers refuse what was signed long ago, so each attempt is signed anew.
    """
    seconds = now // 1_000_000
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.digest(key, f"{event_id}.{seconds}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "Netlift",
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }
