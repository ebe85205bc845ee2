"""Secrets that are shown once: made with 256 random bits, kept as a plain hash, which suffices for them."""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """Cannot be guessed; safe in an address."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
