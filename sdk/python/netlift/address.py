"""Where the server answers for a key."""

from __future__ import annotations

from urllib.parse import quote

from netlift.options import SERVER_KEY


def keyed(what: str, key: str) -> tuple[str, dict[str, str]]:
    """The path of `config` or `evaluate` for a key, and the headers that show the key where the address must not."""
    if key.startswith(SERVER_KEY):
        return f"/v1/{what}/server", {"Authorization": f"Bearer {key}"}
    return f"/v1/{what}/{quote(key, safe='')}", {}
