"""Pages, styles and scripts travel packed, as well as the browser can take them.

Not packed: downloads, and answers for machines, whose ETags belong to the plain bytes and come back in `If-Match`. The
length of a packed page could tell a secret that stands beside what a stranger put into the address: cookies stay away
from requests that another site makes (SameSite), and the token of a form changes with every page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_compress import Compress

if TYPE_CHECKING:
    from flask import Flask, Response

TYPES = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")


def register(app: Flask) -> None:
    """Pack what `TYPES` names, from half a kB on; other answers are not touched."""
    app.config.update(COMPRESS_MIMETYPES=list(TYPES), COMPRESS_LEVEL=5, COMPRESS_REGISTER=False)
    compress = Compress(app)

    @app.after_request
    def pack(response: Response) -> Response:
        if response.mimetype not in TYPES:
            return response
        if response.is_streamed and response.status_code == 200:  # a file; packed as a stream it would not be closed
            response.direct_passthrough = False
            response.make_sequence()
        return compress.after_request(response)
