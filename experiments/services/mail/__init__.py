"""Letters to people: one port, and SMTP behind it where the deployment has a mail server."""

from experiments.services.mail.letter import Letter
from experiments.services.mail.port import MailError, Postman
from experiments.services.mail.smtp import SmtpPostman, postman

__all__ = ["Letter", "MailError", "Postman", "SmtpPostman", "postman"]
