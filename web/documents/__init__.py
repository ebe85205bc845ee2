"""The documents of `docs/`, rendered for the frame of the app: what an analyst reads is what numbers link to."""

from web.documents.render import Document, Heading
from web.documents.shelf import METHOD, document, titles

__all__ = ["METHOD", "Document", "Heading", "document", "titles"]
