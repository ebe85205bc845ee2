"""Personal tokens: a person's own word to the API, for scripts, limited to scopes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.access import Right, UserRole, may
from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError

TOKEN_PREFIX = "pt_"  # noqa: S105 - what every token begins with
#: Longest life of a token, in days; a script that nobody remembers must not work for ever.
LONGEST_DAYS = 365


class Scope(StrEnum):
    """What a token may be used for; every scope reads."""

    READ = "read"
    WRITE = "write"
    DECIDE = "decide"
    ADMIN = "admin"


_RIGHTS = {
    Scope.READ: frozenset({Right.VIEW}),
    Scope.WRITE: frozenset({Right.VIEW, Right.SUGGEST, Right.EDIT}),
    Scope.DECIDE: frozenset({Right.VIEW, Right.LAUNCH, Right.DECIDE, Right.AGREE, Right.READ_AUDIT}),
}
_RIGHTS[Scope.ADMIN] = frozenset(Right) - {right for scope in _RIGHTS for right in _RIGHTS[scope]} | {Right.VIEW}


def rights_of(scopes: Iterable[Scope]) -> frozenset[Right]:
    """What the scopes allow together, before the role of the owner is asked."""
    return frozenset().union(*(_RIGHTS[scope] for scope in scopes))


def scopes_for(role: UserRole) -> tuple[Scope, ...]:
    """The scopes a person of this role may give to a token: one right of each that not everybody has is theirs."""
    own = [scope for scope in Scope if any(may(role, right) for right in _RIGHTS[scope] - {Right.VIEW, Right.SUGGEST})]
    return (Scope.READ, *own)


def check_scopes(scopes: Iterable[Scope], role: UserRole) -> tuple[Scope, ...]:
    """Scopes in their order, each of them within the role.

    Raises:
        DomainError: none is given, or one is beyond the role.
    """
    wanted = set(scopes)
    if not wanted:
        raise DomainError("required", "token.scopes is empty, must hold at least one scope.", "token.scopes")
    allowed = scopes_for(role)
    for scope in Scope:
        if scope in wanted and scope not in allowed:
            known = ", ".join(each.value for each in allowed)
            message = f"token.scopes holds {scope.value!r}, must be within the role {role.value}: {known}."
            raise DomainError("beyond_role", message, "token.scopes")
    return tuple(scope for scope in Scope if scope in wanted)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as it may be shown; the secret itself is in no instance of this.

    Args:
        user_id: its owner.
        label: what it is for, in words for people.
        prefix: first characters, enough to recognise it.
        created_at, expires_at, last_used_at, revoked_at: µs UTC; the last use is exact to a few minutes.
    """

    id: int
    user_id: int
    label: str
    scopes: tuple[Scope, ...]
    prefix: str
    created_at: int
    expires_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None

    def __post_init__(self) -> None:
        """Check the label."""
        object.__setattr__(self, "label", check_text(self.label, "token.label"))

    def usable(self, now: int) -> bool:
        """Whether it still opens the door, as far as the token itself goes."""
        return self.revoked_at is None and now < self.expires_at
