"""What another system's word about a person means here: an address that is theirs, and a role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.domain.access import UserRole
from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError
from experiments.domain.user import check_email


class SsoError(DomainError):
    """Single sign-on does not let this person in; the message says why."""

    def __init__(self, message: str, code: str = "sso_refused") -> None:
        super().__init__(code, message)


def read_roles(text: str, field: str = "oidc_roles") -> dict[str, UserRole]:
    """`netlift-admins=admin, analysts=editor` as a mapping.

    Raises:
        DomainError: a part is no `word=role`.
    """
    roles = {}
    for part in (each.strip() for each in text.split(",") if each.strip()):
        word, sign, role = (each.strip() for each in part.rpartition("="))
        if not sign or not word:
            raise DomainError("bad_setting", f"{field} holds {part!r}, must be like netlift-admins=admin.", field)
        roles[word] = parse_enum(UserRole, role, field)
    return roles


def email_of(claims: Mapping[str, Any]) -> str:
    """The address the provider vouches for; raises SsoError where there is none, or the provider does not vouch."""
    if claims.get("email_verified") in (False, "false"):
        raise SsoError("The provider has not verified your e-mail address.")
    try:
        return check_email(str(claims.get("email") or ""), "email")
    except DomainError:
        raise SsoError("The provider does not tell your e-mail address.") from None


def role_of(claims: Mapping[str, Any], claim: str, roles: Mapping[str, UserRole]) -> UserRole | None:
    """The highest role that the claim's words are mapped to; None where none is.

    Args:
        claim: name of the claim, a text or a list; dots lead into objects, as in `realm_access.roles`.
    """
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    words = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    mapped = [roles[word] for word in words if isinstance(word, str) and word in roles]
    return max(mapped, key=list(UserRole).index, default=None)
