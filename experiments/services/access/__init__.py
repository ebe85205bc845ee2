"""Who may come in: people with passwords, shops and back offices with keys."""

from experiments.services.access.identity import (
    NewIdentitySecret,
    active_secrets,
    all_identity_secrets,
    create_identity_secret,
    is_known_customer,
    retire_identity_secret,
)
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
from experiments.services.access.tokens import (
    NewToken,
    create_token,
    find_token,
    note_use,
    own_tokens,
    revoke_token,
    tokens_of,
)
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
from experiments.services.access.vault import Vault, vault

__all__ = [
    "HashedPassword",
    "NewIdentitySecret",
    "NewKey",
    "NewToken",
    "Vault",
    "active_secrets",
    "all_identity_secrets",
    "all_keys",
    "all_users",
    "change_password",
    "change_role",
    "create_identity_secret",
    "create_key",
    "create_token",
    "create_user",
    "disable_user",
    "enable_user",
    "find_key",
    "find_public_key",
    "find_token",
    "hash_password",
    "is_known_customer",
    "key_actor",
    "note_use",
    "own_tokens",
    "retire_identity_secret",
    "revoke_key",
    "revoke_token",
    "sign_in",
    "sign_out_everywhere",
    "tokens_of",
    "user_by_email",
    "user_of_session",
    "vault",
]
