"""Who does something, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.access import Right, UserRole, may, require


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a key or a process.

    Args:
        name: as the audit log shows it: the address of a person, `key:` and the label of a key, or `system`.
    """

    name: str
    role: UserRole

    def require(self, right: Right) -> None:
        """Raise ForbiddenError, naming the role that is needed."""
        require(self.role, right)

    def may(self, right: Right) -> bool:
        """Whether the actor holds the right, to show or hide a button."""
        return may(self.role, right)


#: The product itself: first set-up, the worker, the command line of the person who runs the machine.
SYSTEM = Actor("system", UserRole.ADMIN)
