"""The address of a shared report: its secret, signed, so that guesses are refused before any table is asked."""

from __future__ import annotations

import hashlib

from flask import current_app
from itsdangerous import BadSignature, Signer

PREFIX = "/shared"


def link_of(secret: str) -> str:
    """Path of a shared report."""
    return f"{PREFIX}/{_signer().sign(secret).decode('ascii')}"


def secret_of(token: str) -> str | None:
    """The secret in an address; None where this deployment did not sign it."""
    try:
        return _signer().unsign(token).decode("ascii")
    except (BadSignature, UnicodeError):
        return None


def _signer() -> Signer:
    key = current_app.secret_key
    assert key is not None, "create_app sets it"
    return Signer(key, salt="netlift.share", digest_method=hashlib.sha256)
