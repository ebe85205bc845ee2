"""Who may come in: people with passwords, shops and back offices with keys."""

from experiments.services.access.forget import forget_user
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
from experiments.services.access.letters import letter_of, path_of
from experiments.services.access.links import (
    LinkError,
    NewLink,
    accept,
    accept_signed_in,
    invitations,
    invite,
    look_up,
    make_reset,
    request_reset,
    use_reset,
    withdraw,
)
from experiments.services.access.passwords import RULE as PASSWORD_RULE
from experiments.services.access.passwords import HashedPassword, hash_password
from experiments.services.access.sign_in import change_own_password, sign_in
from experiments.services.access.sso import person_of_claims
from experiments.services.access.throttled import TooManyAttemptsError
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
    rename,
    sign_out_everywhere,
    user_by_email,
)
from experiments.services.access.vault import Vault, vault
from experiments.services.access.web_sessions import (
    begin_session,
    end_session,
    find_session,
    note_seen,
    own_sessions,
    sessions_of,
)

__all__ = [
    "PASSWORD_RULE",
    "HashedPassword",
    "LinkError",
    "NewIdentitySecret",
    "NewKey",
    "NewLink",
    "NewToken",
    "TooManyAttemptsError",
    "Vault",
    "accept",
    "accept_signed_in",
    "active_secrets",
    "all_identity_secrets",
    "all_keys",
    "all_users",
    "begin_session",
    "change_own_password",
    "change_password",
    "change_role",
    "create_identity_secret",
    "create_key",
    "create_token",
    "create_user",
    "disable_user",
    "enable_user",
    "end_session",
    "find_key",
    "find_public_key",
    "find_session",
    "find_token",
    "forget_user",
    "hash_password",
    "invitations",
    "invite",
    "is_known_customer",
    "key_actor",
    "letter_of",
    "look_up",
    "make_reset",
    "note_seen",
    "note_use",
    "own_sessions",
    "own_tokens",
    "path_of",
    "person_of_claims",
    "rename",
    "request_reset",
    "retire_identity_secret",
    "revoke_key",
    "revoke_token",
    "sessions_of",
    "sign_in",
    "sign_out_everywhere",
    "tokens_of",
    "use_reset",
    "user_by_email",
    "vault",
    "withdraw",
]
