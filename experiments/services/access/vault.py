"""Encryption of secrets that must be readable again, with a key derived from NETLIFT_SECRET_KEY."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"netlift identity secrets"


class Vault:
    """Seals and opens; what another key sealed stays closed."""

    def __init__(self, key: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
        self._fernet = Fernet(urlsafe_b64encode(derived))

    def seal(self, secret: str) -> str:
        """The secret as it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> bytes | None:
        """The secret; None where NETLIFT_SECRET_KEY has changed since."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            return None


@lru_cache(maxsize=8)
def vault(key: str) -> Vault:
    """The vault of a deployment; deriving its key anew for every request would be waste."""
    return Vault(key)
