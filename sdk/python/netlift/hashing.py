"""Numbers in [0, 1) drawn from a salt and a unit id: the same in every language and every process.

MurmurHash3 x86 32, seed 0, of the UTF-8 bytes of "salt:unit", read as unsigned and divided by 2**32.
"""

from __future__ import annotations

import unicodedata

import mmh3

# What JavaScript's String.prototype.trim removes; Python's strip() without argument removes other characters too
# (U+001C to U+001F, U+0085) and keeps U+FEFF, so that one id would hash differently in two languages.
WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_RANGE = 4294967296.0


def hash32(text: str) -> int:
    """MurmurHash3 x86 32 of the UTF-8 bytes of `text`, seed 0, as an unsigned number below 2**32.

    Raises:
        UnicodeEncodeError: where `text` holds half a surrogate pair and so has no UTF-8 form.
    """
    # As bytes: given text with half a surrogate pair, mmh3 5.3 crashes the process instead of raising.
    return mmh3.hash(text.encode(), 0, False)


def draw(prefix: str, unit: str) -> float:
    """The number in [0, 1) of one unit under a prefix, which is a salt and its colon."""
    return mmh3.hash((prefix + unit).encode(), 0, False) / _RANGE


def unit_hash(salt: str, unit: str) -> float:
    """The number in [0, 1) of one unit under one salt; `unit` is hashed as given, so normalise it first."""
    return draw(salt + ":", unit)


def normalise_unit(unit: object) -> str | None:
    """The form of a unit id that is hashed and sent: NFC, then trimmed; None where there is no usable id.

    Not usable are None, empty and blank text, text with half a surrogate pair, and everything that is no text:
    a number is refused because JSON numbers lose digits, so two ids could become one.
    """
    if not isinstance(unit, str):
        return None
    if unit.isascii():
        return unit.strip(WHITESPACE) or None
    if not is_well_formed(unit):
        return None
    return unicodedata.normalize("NFC", unit).strip(WHITESPACE) or None


def is_well_formed(text: str) -> bool:
    """Whether the text can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
