"""The sign-in page with every way in this deployment has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from web import sso
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def sign_in_page(
    target: str | None,
    email: str = "",
    errors: Mapping[str, str] | None = None,
    *,
    kept: str | None = None,
    kept_files: Sequence[str] = (),
) -> str:
    """The page.

    Args:
        target: where to go afterwards.
        kept: a form that was sent after its session had ended, see `web.pages.kept_form`.
        kept_files: names of files that have to be chosen once more.
    """
    settings = deployment().settings
    return render_template(
        "pages/sign_in.html",
        title="Sign in",
        target=target,
        email=email,
        errors=errors or {},
        kept=kept,
        kept_files=kept_files,
        way_in=settings.oidc_name if sso.is_on() else None,
        passwords=settings.password_sign_in,
    )
