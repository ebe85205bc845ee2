"""A form that was sent after its session had ended: what was typed travels through the sign-in page and back.

The values stay in the person's own browser, as hidden fields of the sign-in form; nothing of a stranger is stored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import request

from web.pages.sign_in_page import sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    Resume = Callable[[str, dict[str, list[str]]], ResponseReturnValue | None]

FIELD = "kept"
#: Fields that belong to a request and not to what was typed.
_NOT_TYPED = frozenset({"csrf_token", "action"})
_resume: dict[str, Resume] = {}


def on_return(start: str, resume: Resume) -> None:
    """Say who shows the forms of addresses with this beginning again: a function of path and values."""
    _resume[start] = resume


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page instead of a refusal, with everything that was typed."""
    values = {name: texts for name, texts in request.form.lists() if name not in _NOT_TYPED}
    kept = json.dumps({"path": request.path, "values": values})
    page = sign_in_page(request.path, kept=kept, kept_files=_files())
    return page, 401


def come_back(kept: str) -> ResponseReturnValue | None:
    """After signing in: the form with what was typed; None where nothing was kept or nobody shows it."""
    try:
        found = json.loads(kept) if kept else None
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("path"), str):
        return None
    values = _typed(found.get("values"))
    for start, resume in _resume.items():
        if found["path"].startswith(start):
            return resume(found["path"], values)
    return None


def _typed(values: Any) -> dict[str, list[str]]:
    given = values if isinstance(values, dict) else {}
    return {
        name: [text for text in texts if isinstance(text, str)]
        for name, texts in given.items()
        if isinstance(name, str) and isinstance(texts, list)
    }


def _files() -> list[str]:
    """Names of files that were sent; a browser does not let them be filled in again."""
    return [file.filename for file in request.files.values() if file.filename]
