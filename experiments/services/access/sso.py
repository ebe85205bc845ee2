"""Who somebody is whom another system has recognised: a person known here, or invited; nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError
from experiments.domain.single_sign_on import SsoError, email_of, role_of
from experiments.domain.user import User
from experiments.services.access.links import accept_signed_in
from experiments.services.access.users import change_role
from experiments.services.actor import Actor
from experiments.store.catalogue import users

#: As the audit log names whoever changes roles by claims.
PROVIDER = Actor("single sign-on", UserRole.ADMIN)


def person_of_claims(
    session: Session, now: int, claims: Mapping[str, Any], *, claim: str = "", roles: Mapping[str, UserRole]
) -> User:
    """The person whom checked claims name.

    Args:
        claims: of an id token whose signature, issuer, audience, nonce and times were checked.
        claim: the one that says the role; empty = roles are managed here.
        roles: word of the claim → role.

    Raises:
        SsoError: nobody here has the address (`unknown_person`), the person is kept out, or no role is theirs.
    """
    email = email_of(claims)
    role = role_of(claims, claim, roles) if claim else None
    if claim and role is None:
        raise SsoError(f"None of your groups at the provider opens Netlift; {email} needs one that does.")
    found = users.find_by_email(session, email)
    name = str(claims.get("name") or "").strip() or email.split("@")[0]
    user = found[0] if found else accept_signed_in(session, now, email, name[:200])
    if user is None:
        raise SsoError(f"Nobody here has the address {email}. Ask an administrator to invite you.", "unknown_person")
    if user.disabled:
        raise SsoError(f"{email} is kept out. Ask an administrator.")
    return _with_role(session, now, user, role)


def _with_role(session: Session, now: int, user: User, role: UserRole | None) -> User:
    if role is None or role is user.role:
        return user
    try:
        return change_role(session, PROVIDER, now, user.email, role)
    except ConflictError:  # the last administrator keeps the role, or nobody could mend anything
        return user
