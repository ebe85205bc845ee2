"""What letters about access say."""

from __future__ import annotations

from experiments.domain.access_link import HOUR, LinkPurpose
from experiments.services.access.links import NewLink
from experiments.services.mail import Letter

#: Where a link leads, by its purpose.
PATHS = {LinkPurpose.INVITE: "/invitation", LinkPurpose.RESET: "/new-password"}


def path_of(made: NewLink) -> str:
    """The address of the page that the link opens, without the host."""
    return f"{PATHS[made.info.purpose]}/{made.secret}"


def letter_of(made: NewLink, public_url: str, company: str) -> Letter:
    """The letter that carries the link.

    Args:
        public_url: where people reach the product; never taken from a request.
    """
    address = public_url.rstrip("/") + path_of(made)
    of = f" of {company}" if company else ""
    hours = (made.info.expires_at - made.info.created_at) // HOUR
    life = f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours > 1 else "one hour"
    end = f"\n\nThe link opens once, within {life}.\n"
    if made.info.purpose is LinkPurpose.INVITE:
        text = f"{made.info.created_by} invites you to the A/B tests{of}. Choose a name and a password here:\n\n"
        return Letter(made.info.email, f"You are invited to Netlift{of}", text + address + end)
    text = f"Somebody asked for a new password for you at the A/B tests{of}. Set it here:\n\n"
    ignore = "If it was not you, do nothing: your password stays as it is.\n"
    return Letter(made.info.email, f"A new password for Netlift{of}", text + address + end + ignore)
