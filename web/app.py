"""`create_app(settings)`: the only place that wires the parts together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from experiments.store.engines import make_engine
from web import (
    api,
    assets,
    auth,
    charts,
    compression,
    errors,
    formatters,
    health,
    ingest,
    logs,
    meters,
    ofrep,
    pages,
    sdk,
    security,
    sheets,
    sso,
    throttle,
)
from web.deployment import Deployment, attach
from web.templating import Templates

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from experiments.config import Settings

YEAR_SECONDS = 31_536_000


def create_app(settings: Settings, engine: Engine | None = None) -> Flask:
    """The web product on the given settings.

    Args:
        engine: an engine to use instead of one made from the settings; tests share theirs.
    """
    app = Flask("web")
    app.config.update(
        SECRET_KEY=settings.session_secret(),
        SESSION_COOKIE_NAME="netlift_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SEND_FILE_MAX_AGE_DEFAULT=YEAR_SECONDS,
        WTF_CSRF_TIME_LIMIT=None,  # a form that was left open over lunch must not be lost
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        TRUST_REQUEST_ID=settings.behind_proxy,
    )
    app.jinja_environment = Templates
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    attach(app, Deployment(settings, engine or make_engine(settings.url)))
    meters.register(app)  # first, so that its clock runs around everything else
    if settings.behind_proxy:
        _trust_one_proxy(app)
    compression.register(app)
    logs.register(app)
    csrf = CSRFProtect(app)
    security.register(app, secure=settings.secure_cookies)
    for part in (assets, formatters, charts, errors, auth, pages, sheets):
        part.register(app)
    app.register_blueprint(health.bp)
    app.register_blueprint(sdk.bp)
    for part in (ingest, api, ofrep):
        for blueprint in part.register(app):
            csrf.exempt(blueprint)  # keys, not cookies, say who calls these
    sso.register(app)
    throttle.attach(app, settings.evaluations_per_minute, settings.api_per_minute, api.DOCUMENTED)
    return app


def _trust_one_proxy(app: Flask) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
