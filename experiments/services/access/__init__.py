"""Who may come in: people with passwords, shops and back offices with keys."""

from experiments.services.access.keys import (
    NewKey,
    all_keys,
    create_key,
    find_key,
    find_public_key,
    key_actor,
    revoke_key,
)
from experiments.services.access.passwords import HashedPassword, hash_password
from experiments.services.access.sign_in import sign_in
from experiments.services.access.users import (
    all_users,
    change_password,
    change_role,
    create_user,
    disable_user,
    enable_user,
    sign_out_everywhere,
    user_by_email,
    user_of_session,
)

__all__ = [
    "HashedPassword",
    "NewKey",
    "all_keys",
    "all_users",
    "change_password",
    "change_role",
    "create_key",
    "create_user",
    "disable_user",
    "enable_user",
    "find_key",
    "find_public_key",
    "hash_password",
    "key_actor",
    "revoke_key",
    "sign_in",
    "sign_out_everywhere",
    "user_by_email",
    "user_of_session",
]
