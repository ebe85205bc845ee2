"""Who does something, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.access import Right, UserRole, may, require
from experiments.domain.errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a key or a process.

    Args:
        name: as the audit log shows it: the address of a person, `key:` and the label of a key, or `system`; of a
            token its owner with the token's label.
        rights: what a token is limited to beside the role of its owner; None = no limit but the role.
        owner: address of the person behind a token; empty where the name is the whole truth.
    """

    name: str
    role: UserRole
    rights: frozenset[Right] | None = None
    owner: str = ""

    @property
    def person(self) -> str:
        """Who answers for it: the address of a person, also where one of their tokens acts."""
        return self.owner or self.name

    @property
    def is_token(self) -> bool:
        """Whether a personal token acts, and not its owner themselves."""
        return self.rights is not None

    def require(self, right: Right) -> None:
        """Raise ForbiddenError, naming the role or the scope that is needed."""
        require(self.role, right)
        if self.rights is not None and right not in self.rights:
            raise ForbiddenError(f"The scopes of this token do not include {right.value.replace('_', ' ')}.")

    def require_presence(self, deed: str) -> None:
        """Raise ForbiddenError where a token acts: what opens further doors is for the signed-in person alone."""
        if self.is_token:
            raise ForbiddenError(f"A token may not {deed}; sign in.")

    def may(self, right: Right) -> bool:
        """Whether the actor holds the right, to show or hide a button."""
        return may(self.role, right) and (self.rights is None or right in self.rights)


#: The product itself: first set-up, the worker, the command line of the person who runs the machine.
SYSTEM = Actor("system", UserRole.ADMIN)
