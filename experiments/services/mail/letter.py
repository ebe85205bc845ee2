"""What is sent: plain text for everyone, HTML beside it where it helps."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError
from experiments.domain.user import check_email

SUBJECT_MAX = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person.

    Args:
        to: their address.
        subject: one line.
        text: the whole letter as plain text.
        html: the same for readers that show HTML; empty = plain text only.

    Raises:
        DomainError: the address is none, or the subject is empty, too long or more than one line.
    """

    to: str
    subject: str
    text: str
    html: str = ""

    def __post_init__(self) -> None:
        """Check what goes into headers; a line break there could add headers of somebody else's choice."""
        object.__setattr__(self, "to", check_email(self.to, "letter.to"))
        object.__setattr__(self, "subject", check_text(self.subject, "letter.subject", at_most=SUBJECT_MAX))
        for field, value in (("letter.to", self.to), ("letter.subject", self.subject)):
            if not value.isprintable():
                raise DomainError("bad_text", f"{field} == {value!r}, must be one line.", field)


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it travels.

    Args:
        sender: address, or `Name <address>`.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="netlift.invalid")
    message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office note comes back
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message
