"""The port: whoever writes letters knows nothing of how they travel."""

from __future__ import annotations

from typing import Protocol

from experiments.domain.errors import DomainError
from experiments.services.mail.letter import Letter


class MailError(DomainError):
    """A letter did not leave; the message says why, and never what was in it."""

    def __init__(self, message: str) -> None:
        super().__init__("mail_failed", message)


class Postman(Protocol):
    """Takes letters away."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over to the mail server; raises MailError."""
