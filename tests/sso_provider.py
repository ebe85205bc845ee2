"""A small but real OpenID provider, by Authlib's own server side: `python -m tests.sso_provider PORT`.

Discovery, keys, code flow with PKCE and nonce. `POST /behave` says who is signed in there, and what it does wrong.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey

CLIENT, SECRET = "netlift", "the secret of the tests"
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "of the tests"}) for _ in range(2))


@dataclass
class Code:
    """An authorization code, as Authlib asks for it."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Client:
    """The one client there is."""

    redirect_uris: tuple[str, ...] = ()

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/sign-in/sso/callback")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class World:
    """Who is signed in at the provider, and what it does wrong."""

    claims: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    wrong_key: bool = False
    issuer: str = ""
    codes: dict[str, Code] = field(default_factory=dict)


WORLD = World()


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes that are used once."""

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        words = (asked.get(name, "") for name in ("nonce", "code_challenge", "code_challenge_method"))
        WORLD.codes[code] = Code(code, request.payload.redirect_uri, request.payload.scope, *words)

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        return WORLD.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del WORLD.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
        return WORLD.claims


class Tokens(OpenIDCode):  # type: ignore[misc]
    """Id tokens, true or spoilt."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in WORLD.codes.values())

    def resolve_client_private_key(self, client: Client) -> Any:
        return OTHER_KEY if WORLD.wrong_key else KEY

    def get_client_algorithm(self, client: Client) -> str:
        return "RS256"

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "RS256", "kid": "of the tests"}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": WORLD.issuer, "aud": [CLIENT]}

    def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
        return UserInfo({"sub": "1", **user, **WORLD.changed})


def make_provider(port: int) -> Flask:
    """The provider as an app."""
    app = Flask("tests.sso_provider")
    app.secret_key = "of the tests"
    WORLD.issuer = f"http://127.0.0.1:{port}"
    server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT else None,
                                 save_token=lambda token, request: None)  # fmt: skip
    server.register_grant(CodeGrant, [CodeChallenge(required=True), Tokens(require_nonce=True)])

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Any:
        return jsonify(
            issuer=WORLD.issuer,
            authorization_endpoint=f"{WORLD.issuer}/authorize",
            token_endpoint=f"{WORLD.issuer}/token",
            jwks_uri=f"{WORLD.issuer}/jwks",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
            code_challenge_methods_supported=["S256"],
        )

    @app.get("/jwks")
    def jwks() -> Any:
        return jsonify(keys=[KEY.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        return server.create_authorization_response(grant_user=WORLD.claims)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.post("/behave")
    def behave() -> Any:
        wanted = request.get_json()
        WORLD.claims, WORLD.changed = wanted.get("claims", {}), wanted.get("changed", {})
        WORLD.wrong_key = wanted.get("wrong_key", False)
        return {}

    return app


if __name__ == "__main__":
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", int(sys.argv[1]), make_provider(int(sys.argv[1])))
