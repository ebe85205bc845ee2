"""Settings from the environment: one frozen object, every name with the prefix NETLIFT_, `.env` read as well."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment may set; docs/settings.md lists every field with its default."""

    model_config = SettingsConfigDict(env_prefix="NETLIFT_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="Folder for the embedded database, generated keys and job queue.")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty = SQLite file netlift.db in the data folder. PostgreSQL: postgresql://…"
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and forms and seals identity secrets; empty = made once and kept in the data "
        "folder.",
    )
    id_key: SecretStr = Field(
        SecretStr(""),
        description="Keys the hashes of visitor and customer ids; empty = made once and kept in the data folder. "
        "Back it up, never change it: without it no stored unit can be found again.",
    )
    secret_key_file: Path | None = Field(None, description="File that holds the secret key, instead of the setting.")
    id_key_file: Path | None = Field(None, description="File that holds the id key, instead of the setting.")
    database_password_file: Path | None = Field(
        None, description="File that holds the password of the database, where the URL has none."
    )
    company: str = Field("", description="Name shown in the sidebar.")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="The one currency of the deployment (ISO 4217).")
    time_zone: str = Field("Europe/Amsterdam", description="Time zone in which days begin and dates are shown.")
    digital_channels: str = Field("web,app", description="Channels that count as digital, comma separated.")
    log_format: Literal["text", "json"] = Field(
        "text", description="Form of log lines: for people (text) or for machines (json)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    postgres_bin: str = Field(
        "", description="Folder of pg_dump and pg_restore; empty = they are looked for in the usual places."
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    web_workers: int = Field(2, ge=1, le=64, description="Gunicorn processes.")
    web_threads: int = Field(8, ge=1, le=128, description="Threads per gunicorn process.")
    behind_proxy: bool = Field(False, description="Trust one proxy's X-Forwarded headers.")
    secure_cookies: bool = Field(False, description="Send session cookies over HTTPS only; set it in production.")
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="Largest body of an event request.")
    max_batch: int = Field(1_000, ge=1, le=10_000, description="Most events in one request.")
    late_days: int = Field(90, ge=1, le=730, description="Events older than this are refused as too_old.")
    future_minutes: int = Field(
        10, ge=1, le=1_440, description="Events further ahead than this are refused as too_new."
    )
    consent_category: str = Field(
        "Analytics", description="Category of consent without which an event is refused and nothing of it kept."
    )
    bot_filter: bool = Field(
        True, description="Mark visitors whose browser names itself as a program; they are counted apart."
    )
    busy_per_hour: int = Field(
        1_000,
        ge=0,
        le=10**6,
        description="Events of one visitor or customer in one hour above which no person sent them; 0 = no such rule.",
    )
    evaluations_per_minute: int = Field(
        0,
        ge=0,
        le=10_000_000,
        description="Most evaluations that one key may ask of one process per minute (POST /v1/evaluate and OFREP), "
        "429 above; 0 = no limit.",
    )
    api_per_minute: int = Field(
        3_000,
        ge=0,
        le=10_000_000,
        description="Most requests to the management API that one key or session may make to one process per minute, "
        "429 above; 0 = no limit.",
    )
    retention_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days after which events and facts are removed, as far as no test needs them; 0 = never.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token that reads /metrics from anywhere; empty = only callers on this machine may, and "
        "none through a proxy.",
    )
    max_upload_bytes: int = Field(
        500_000_000, ge=10_000, description="Largest file that may be uploaded or picked up for an import."
    )
    pick_up_dir: Path | None = Field(
        None, description="Folder whose files the worker takes in by themselves, one folder per saved mapping; none."
    )
    pick_up_still_seconds: int = Field(
        60, ge=1, le=86_400, description="A file in that folder is taken once it has not changed for so long."
    )
    public_url: str = Field(
        "",
        pattern="^(https?://[^/?#@]+)?$",
        description="Address under which people reach the product, such as https://tests.example.org; letters and "
        "single sign-on need it.",
    )
    oidc_issuer: str = Field(
        "", description="Issuer of single sign-on (OpenID Connect), such as https://login.example.org; empty = none."
    )
    oidc_client_id: str = Field("", description="Name of this deployment at the issuer.")
    oidc_client_secret_file: Path | None = Field(None, description="File that holds the secret for the issuer.")
    oidc_name: str = Field("single sign-on", description="What the button says: Sign in with ….")
    oidc_role_claim: str = Field(
        "",
        description="Claim that says the role, such as groups or realm_access.roles; empty = roles are managed here.",
    )
    oidc_roles: str = Field(
        "", description="What its words mean: netlift-admins=admin, analysts=editor; the highest counts."
    )
    password_sign_in: bool = Field(
        True, description="Let people sign in with a password; switch it off where single sign-on does it alone."
    )
    mail_host: str = Field("", description="Mail server (SMTP); empty = no letters, administrators copy links instead.")
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Encryption: starttls (port 587), tls (port 465), or none for a relay on this machine."
    )
    mail_user: str = Field("", description="User at the mail server; empty = without signing in.")
    mail_password_file: Path | None = Field(None, description="File that holds the password at the mail server.")
    mail_from: str = Field("", description="Sender of letters, such as Netlift <netlift@example.org>.")
    refresh_seconds: int = Field(15, ge=1, le=3_600, description="Pause between two refreshes of running experiments.")

    @field_validator("database_url")
    @classmethod
    def _one_we_speak(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return value

    @property
    def url(self) -> str:
        """The database URL with a driver SQLAlchemy knows, and with the password of the file where there is one."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'netlift.db'}"
        address = self.database_url
        if address.startswith(("postgresql://", "postgres://")):
            address = "postgresql+psycopg://" + address.split("://", 1)[1]
        if self.database_password_file is None:
            return address
        scheme, _, rest = address.partition("://")
        people, at, place = rest.rpartition("@")
        user = people.partition(":")[0]
        return f"{scheme}://{user}:{quote(_read_secret(self.database_password_file), safe='')}{at or '@'}{place}"

    @property
    def digital(self) -> frozenset[str]:
        """Keys of the channels that count as digital."""
        return frozenset(part.strip() for part in self.digital_channels.split(",") if part.strip())

    @property
    def given_id_key(self) -> str:
        """The id key that somebody set, as a value or as a file; empty = the one in the data folder counts."""
        return self.id_key.get_secret_value() or _read_secret(self.id_key_file)

    @property
    def given_secret_key(self) -> str:
        """The same for the secret key."""
        return self.secret_key.get_secret_value() or _read_secret(self.secret_key_file)

    @property
    def oidc_client_secret(self) -> str | None:
        """The secret for the issuer of single sign-on; None for a public client."""
        return _read_secret(self.oidc_client_secret_file) or None

    def session_secret(self) -> str:
        """Key that signs sessions: the one given, else the one in the data folder."""
        return self.given_secret_key or _kept_secret(self.data_dir / "secret.key")

    def id_secret(self) -> bytes:
        """Key of the id hashes: the one given, else the one in the data folder."""
        return (self.given_id_key or _kept_secret(self.data_dir / "id.key")).encode()


def _read_secret(file: Path | None) -> str:
    return "" if file is None else file.read_text().strip()


@lru_cache(maxsize=8)
def _kept_secret(path: Path) -> str:
    """Read a secret, or make it once; two processes starting together agree on the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)  # fails where another process was first, and never shows a half-written file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
