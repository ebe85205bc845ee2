"""The page of contact-centre leads."""

from web.pages.contact_centre.routes import bp

__all__ = ["bp"]
