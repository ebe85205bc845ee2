"""Screenshots of variants: recognised by content, drawn anew, kept beside the test.

Drawing anew leaves nothing of the uploaded file but its pixels: no position, no name, no hidden content.
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.experiment import Experiment
from experiments.domain.screenshot import LONGEST_SIDE, MAX_BYTES, MAX_PIXELS, MediaType, Screenshot
from experiments.services import audit, changing
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.store.catalogue import screenshots

_TYPES = {"PNG": MediaType.PNG, "JPEG": MediaType.JPEG, "WEBP": MediaType.WEBP}
_OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 85, "optimize": True},
    "WEBP": {"quality": 85},
}


def pictures_of(session: Session, key: str) -> tuple[Screenshot, ...]:
    """The pictures of a test; raises NotFoundError."""
    return screenshots.all_of(session, key)


def content_of(session: Session, key: str, variant: str) -> tuple[bytes, str, str]:
    """(content, media type, digest); raises NotFoundError."""
    found = screenshots.content(session, key, variant)
    if found is None:
        raise NotFoundError("screenshot", f"{key}/{variant}")
    return found


def add_picture(session: Session, actor: Actor, now: int, key: str, variant: str, data: bytes, alt: str) -> Screenshot:
    """Keep a picture of a variant; it replaces the one before. Also after launch: it changes nothing that is measured.

    Args:
        alt: what the picture shows.

    Raises:
        NotFoundError: test or variant do not exist.
        DomainError: too large, no PNG, JPEG or WebP, or broken.
    """
    actor.require(Right.EDIT)
    experiment = changing.load(session, key)
    _check_variant(experiment, variant)
    drawn, media_type, size = redraw(data)
    shot = Screenshot(variant, alt, media_type, *size, sha256(drawn).hexdigest(), actor.name, now)
    screenshots.keep(session, key, shot, drawn)
    audit.record(session, actor, now, "add_screenshot", changing.NOUN, key, after=describe(shot))
    return shot


def drop_picture(session: Session, actor: Actor, now: int, key: str, variant: str) -> None:
    """Delete a picture; raises NotFoundError."""
    actor.require(Right.EDIT)
    changing.load(session, key)
    if not screenshots.drop(session, key, variant):
        raise NotFoundError("screenshot", f"{key}/{variant}")
    audit.record(session, actor, now, "drop_screenshot", changing.NOUN, key, before={"variant": variant})


def redraw(data: bytes) -> tuple[bytes, MediaType, tuple[int, int]]:
    """The same picture as new bytes, at most 1,600 pixels long, with its type and (width, height).

    Raises:
        DomainError: `too_large`, `bad_picture`.
    """
    if len(data) > MAX_BYTES:
        raise DomainError(
            "too_large", f"screenshot has {len(data):,} bytes, must have at most {MAX_BYTES:,}.", "screenshot"
        )
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_TYPES)) as given:
            kind = str(given.format)
            if given.width * given.height > MAX_PIXELS:
                raise DomainError(
                    "too_large",
                    f"screenshot has {given.width:,} x {given.height:,} pixels, must have at most {MAX_PIXELS:,}.",
                    "screenshot",
                )
            upright = ImageOps.exif_transpose(given)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _written(upright, kind)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DomainError(
            "bad_picture", "screenshot cannot be read, must be a whole PNG, JPEG or WebP picture.", "screenshot"
        ) from error


def describe(shot: Screenshot) -> dict[str, Any]:
    """A picture as API and audit log show it."""
    return {
        "variant": shot.variant,
        "alt": shot.alt,
        "media_type": shot.media_type.value,
        "width": shot.width,
        "height": shot.height,
        "digest": shot.digest,
        "added_by": shot.added_by,
        "added_at": to_iso(shot.added_at),
    }


def _written(image: Image.Image, kind: str) -> tuple[bytes, MediaType, tuple[int, int]]:
    clear = "RGBA" if kind != "JPEG" and _sees_through(image) else "RGB"
    pixels = image.convert(clear)
    bare = Image.new(clear, pixels.size)
    bare.paste(pixels)
    out = io.BytesIO()
    bare.save(out, format=kind, **_OPTIONS[kind])
    return out.getvalue(), _TYPES[kind], bare.size


def _sees_through(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _check_variant(experiment: Experiment, variant: str) -> None:
    if variant not in {each.key for each in experiment.phase.variants}:
        raise NotFoundError("variant", variant)
