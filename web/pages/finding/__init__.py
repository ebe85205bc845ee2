"""Search."""

from web.pages.finding.routes import bp

__all__ = ["bp"]
