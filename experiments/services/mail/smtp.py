"""SMTP with the standard library: one connection per letter, encrypted unless the deployment says otherwise."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

from experiments.config import Settings
from experiments.services.mail.letter import Letter, as_message
from experiments.services.mail.port import MailError

#: A mail server that does not answer must not hold a request or the worker.
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class SmtpPostman:
    """Hands letters over to one mail server.

    Args:
        tls: `starttls` (port 587), `tls` (port 465) or `none` (a relay on this machine).
        user: empty = without signing in.
        password_file: read for each letter, so that a changed password needs no restart.
    """

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str = ""
    password_file: Path | None = None

    def send(self, letter: Letter) -> None:
        """Hand the letter over; raises MailError."""
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self._password())
                server.send_message(as_message(letter, self.sender))
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(f"The mail server {self.host} refused user {self.user!r} ({error.smtp_code}).") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise MailError(f"The mail server {self.host} does not take letters to {letter.to}.") from error
        except (smtplib.SMTPException, OSError) as error:
            why = f"{type(error).__name__}: {error}"
            raise MailError(f"The mail server {self.host}:{self.port} did not take the letter: {why}") from error

    def _connect(self) -> smtplib.SMTP:
        if self.tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        if self.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server

    def _password(self) -> str:
        return "" if self.password_file is None else self.password_file.read_text().strip()


def postman(settings: Settings) -> SmtpPostman | None:
    """The postman of this deployment; None where no mail server is set.

    Letters hold links, and a link must not be made from the Host header, which a stranger chooses: so without
    `public_url` no letter is sent either.
    """
    if not settings.mail_host or not settings.public_url:
        return None
    return SmtpPostman(
        settings.mail_host,
        settings.mail_port,
        settings.mail_from or f"netlift@{settings.mail_host}",
        settings.mail_tls,
        settings.mail_user,
        settings.mail_password_file,
    )
