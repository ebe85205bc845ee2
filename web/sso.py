"""OpenID Connect: the code flow with PKCE, state and nonce, by Authlib, where the settings name a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import current_app
from joserfc.errors import JoseError

from experiments.domain.errors import DomainError
from experiments.domain.single_sign_on import SsoError, read_roles
from web.deployment import deployment

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from experiments.config import Settings

NAME = "netlift_sso"
CALLBACK = "/sign-in/sso/callback"
#: Clocks of two machines may differ by so many seconds.
LEEWAY_SECONDS = 60
PATIENCE_SECONDS = 10
LOCAL = ("http://127.0.0.1:", "http://localhost:")


def register(app: Flask) -> None:
    """Know the provider that the settings name; its documents are fetched when somebody signs in.

    Raises:
        DomainError: the settings do not go together (`bad_setting`).
    """
    settings: Settings = app.extensions["netlift"].settings
    if not settings.oidc_issuer:
        return
    _check(settings)
    client = OAuth(app)
    client.register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": PATIENCE_SECONDS},
    )
    app.extensions[NAME] = client


def is_on() -> bool:
    """Whether a provider is set."""
    return NAME in current_app.extensions


def go() -> ResponseReturnValue:
    """To the provider, with state, nonce and code challenge kept in this browser's session.

    Raises:
        SsoError: the provider does not answer, or is not who the settings say.
    """
    address = deployment().settings.public_url.rstrip("/") + CALLBACK
    try:
        _check_issuer()
        answer: ResponseReturnValue = _provider().authorize_redirect(address)
    except (requests.RequestException, OAuthError, ValueError, RuntimeError, KeyError) as error:
        raise SsoError(f"The provider does not answer as it should ({type(error).__name__}). Try again.") from error
    return answer


def checked_claims() -> dict[str, Any]:
    """Claims of the id token: signed by the provider, for us, for this very attempt, and not over.

    Raises:
        SsoError: something of that is not so.
    """
    settings = deployment().settings
    try:
        issuer = _check_issuer()
        wanted = {
            "iss": {"essential": True, "values": [issuer]},
            "aud": {"essential": True, "values": [settings.oidc_client_id]},
            "nonce": {"essential": True},
        }
        token = _provider().authorize_access_token(claims_options=wanted, leeway=LEEWAY_SECONDS)
    except OAuthError as error:
        raise SsoError(f"The provider did not let you in: {error.description or error.error}.") from error
    except (JoseError, requests.RequestException, ValueError, RuntimeError, KeyError) as error:
        raise SsoError(f"What the provider said cannot be trusted ({type(error).__name__}). Try again.") from error
    claims = token.get("userinfo")
    if not claims:
        raise SsoError("The provider sent no id token.")
    return dict(claims)


def _provider() -> Any:
    return current_app.extensions[NAME].provider


def _check_issuer() -> str:
    """The issuer as the provider writes it; a document of somebody else is not believed."""
    issuer = str(_provider().load_server_metadata().get("issuer", ""))
    wanted = deployment().settings.oidc_issuer
    if issuer.rstrip("/") != wanted.rstrip("/"):
        raise SsoError(f"The provider says it is {issuer!r}, must be {wanted!r}.")
    return issuer


def _check(settings: Settings) -> None:
    read_roles(settings.oidc_roles)
    for name, missing in (
        ("NETLIFT_OIDC_CLIENT_ID", not settings.oidc_client_id),
        ("NETLIFT_PUBLIC_URL", not settings.public_url),
        ("NETLIFT_OIDC_ROLES", bool(settings.oidc_role_claim) and not settings.oidc_roles),
    ):
        if missing:
            raise DomainError("bad_setting", f"{name} is empty, must be given for single sign-on.", name)
    if not settings.oidc_issuer.startswith(("https://", *LOCAL)):
        raise DomainError(
            "bad_setting",
            f"NETLIFT_OIDC_ISSUER == {settings.oidc_issuer!r}, must begin with https://.",
            "NETLIFT_OIDC_ISSUER",
        )
