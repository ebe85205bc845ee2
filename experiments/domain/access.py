"""What people may do."""

from __future__ import annotations

from enum import StrEnum

from experiments.domain.errors import ForbiddenError


class UserRole(StrEnum):
    """Each role may do what the one before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"


class Right(StrEnum):
    """Deeds that are checked in services."""

    VIEW = "view"
    SUGGEST = "suggest"
    EDIT = "edit"
    LAUNCH = "launch"
    DECIDE = "decide"
    AGREE = "agree"
    MAKE_KEYS = "make_keys"
    MANAGE_USERS = "manage_users"
    MANAGE_SETTINGS = "manage_settings"
    READ_AUDIT = "read_audit"
    ERASE = "erase"


_NEEDS = {
    Right.VIEW: UserRole.VIEWER,
    Right.SUGGEST: UserRole.VIEWER,
    Right.EDIT: UserRole.EDITOR,
    Right.LAUNCH: UserRole.APPROVER,
    Right.DECIDE: UserRole.APPROVER,
    Right.AGREE: UserRole.APPROVER,
    Right.MAKE_KEYS: UserRole.ADMIN,
    Right.MANAGE_USERS: UserRole.ADMIN,
    Right.MANAGE_SETTINGS: UserRole.ADMIN,
    Right.READ_AUDIT: UserRole.APPROVER,
    Right.ERASE: UserRole.ADMIN,
}
_ORDER = list(UserRole)


def may(role: UserRole, right: Right) -> bool:
    """Whether a role holds a right."""
    return _ORDER.index(role) >= _ORDER.index(_NEEDS[right])


def require(role: UserRole, right: Right) -> None:
    """Raise ForbiddenError, naming the role that is needed."""
    if not may(role, right):
        raise ForbiddenError(f"Your role is {role.value}; {right.value.replace('_', ' ')} needs {_NEEDS[right].value}.")
