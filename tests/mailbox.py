"""A real mail server on this machine, which keeps what it was given."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import Queue
from typing import Any, cast

from tests.running import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own use of older asyncio
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, Envelope

SECONDS = 10


class Mailbox:
    """Letters that came, oldest first; `host` and `port` are where to send them."""

    def __init__(self, refuse: str = "") -> None:
        self.letters: Queue[EmailMessage] = Queue()
        self.host, self.port = "127.0.0.1", free_port()
        self._refuse = refuse

    def next(self) -> EmailMessage:
        """The next letter; waits for it."""
        return self.letters.get(timeout=SECONDS)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        """Refuse one address."""
        if self._refuse and address == self._refuse:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Keep the letter."""
        content = cast("bytes", envelope.content)
        self.letters.put(cast("EmailMessage", message_from_bytes(content, policy=policy.default)))
        return "250 kept"


@contextmanager
def mail_server(*, tls: ssl.SSLContext | None = None, password: str = "", refuse: str = "") -> Iterator[Mailbox]:
    """A running mail server; with `tls` it takes nothing before STARTTLS, with `password` nobody else's letters."""
    box = Mailbox(refuse)
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if password:
        options |= {"auth_required": True, "authenticator": _authenticator(password)}
    controller = Controller(box, hostname=box.host, port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _authenticator(password: str) -> Any:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    return check
