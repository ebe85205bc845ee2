"""The words of a search, as both databases can look for them."""

from __future__ import annotations

import re

WORDS_MAX = 12
WORD_MAX = 40
#: Words that say nothing alone; PostgreSQL's English dictionary drops them too.
STOP = frozenset(
    """
    a an and are as at be been but by can did do does for from had has have he her his i if in into is it its just
    me my no nor not of off on or our out over own she so some such than that the their them then there these they
    this those to too under until up very was we were what when where which while who whom why will with you your
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_]+")


def search_words(asked: str) -> tuple[str, ...]:
    """Distinct words in lower case, without those that say nothing; never more than a dozen."""
    words = (word[:WORD_MAX] for word in _WORD.findall(asked.lower()[:1000]))
    kept = dict.fromkeys(word for word in words if word not in STOP)
    return tuple(kept)[:WORDS_MAX]
