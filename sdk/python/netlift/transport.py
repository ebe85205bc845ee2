"""One kept-alive HTTP connection to the Netlift server, used by one thread at a time."""

from __future__ import annotations

import http.client
import os
from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

# What a request may fail with: the network, the protocol, or an address that cannot be looked up.
Failure = (OSError, http.client.HTTPException, UnicodeError)

# What a connection fails with that the server closed while it was idle.
_STALE = (ConnectionError, http.client.BadStatusLine)


class Reply(NamedTuple):
    """Status, headers by lower-case name, and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Requests to one host, over a proxy where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` ask for one."""

    def __init__(self, host: str) -> None:
        self._address = urlsplit(host)
        self._proxy = _proxy_for(self._address)
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, timeout: float
    ) -> Reply:
        """Send one request and read the whole answer; redirects are not followed.

        Raises:
            OSError, http.client.HTTPException, UnicodeError: where no whole answer came, see `Failure`.
        """
        kept = self._connection is not None and self._connection.sock is not None
        try:
            return self._exchange(method, path, headers, body, timeout)
        except _STALE:
            if not kept:
                raise
        return self._exchange(method, path, headers, body, timeout)

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abandon(self) -> None:
        """In a forked process, close this copy of the parent's connection.

        Only the file descriptor: the objects around it have locks, which a thread of the parent may have held.
        """
        connection, self._connection = self._connection, None
        if connection is not None and connection.sock is not None:
            descriptor = connection.sock.detach()
            if descriptor >= 0:
                os.close(descriptor)

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> Reply:
        connection = self._connection or self._open()
        self._connection = connection
        try:
            connection.timeout = timeout
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, self._target(path), body=body, headers=self._headers(headers))
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        except BaseException:
            self.close()
            raise

    def _open(self) -> http.client.HTTPConnection:
        secure = self._address.scheme == "https"
        at = self._proxy or self._address
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(at.hostname or "", at.port)
        if self._proxy and secure:
            connection.set_tunnel(self._address.hostname or "", self._address.port, _proxy_login(self._proxy))
        return connection

    def _target(self, path: str) -> str:
        """The path, or the whole address where a proxy has to be told which server is meant."""
        if self._proxy and self._address.scheme == "http":
            return f"http://{self._address.netloc}{self._address.path}{path}"
        return self._address.path + path

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        login = _proxy_login(self._proxy) if self._proxy and self._address.scheme == "http" else {}
        return {**headers, **login}


def _proxy_for(address: SplitResult) -> SplitResult | None:
    proxy = getproxies().get(address.scheme)
    if not proxy or proxy_bypass(address.netloc):
        return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")


def _proxy_login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + b64encode(login.encode()).decode()}
