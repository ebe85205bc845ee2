"""Each role may do what the one before it may."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.access import Right, UserRole, may, require
from experiments.domain.errors import ForbiddenError

SEE = {Right.VIEW, Right.SUGGEST}
GRANTED = {
    UserRole.VIEWER: SEE,
    UserRole.EDITOR: SEE | {Right.EDIT},
    UserRole.APPROVER: SEE | {Right.EDIT, Right.LAUNCH, Right.DECIDE, Right.AGREE, Right.READ_AUDIT},
    UserRole.ADMIN: set(Right),
}


@given(st.sampled_from(UserRole), st.sampled_from(Right))
def test_rights(role: UserRole, right: Right) -> None:
    assert may(role, right) == (right in GRANTED[role])
    if right in GRANTED[role]:
        require(role, right)
    else:
        with pytest.raises(ForbiddenError, match=role.value):
            require(role, right)


def test_roles_only_add_rights() -> None:
    for lower, higher in pairwise(UserRole):
        assert GRANTED[lower] < GRANTED[higher]
