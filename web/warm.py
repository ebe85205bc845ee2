"""What a serving process has ready before its first request: numeric libraries and compiled templates.

They are loaded where they are first used, so that commands start at once. In a server the first who asks for a page
would wait a second or more for what every later one finds ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

LIBRARIES = ("scipy.optimize", "scipy.special", "scipy.stats", "statsmodels.stats.proportion")


def warm_up(app: Flask) -> None:
    """Load the libraries and compile every page's template."""
    for name in LIBRARIES:
        import_module(name)
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
