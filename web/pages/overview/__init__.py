"""The first page and its files."""

from web.pages.overview.routes import bp

__all__ = ["bp"]
