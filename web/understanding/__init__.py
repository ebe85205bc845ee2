"""What words mean and how blocks are read, once: pages, search, API and two documents print the same texts."""

from web.understanding.blocks import AREAS, READINGS, Reading, reading_of
from web.understanding.words import WORDS, Word, word_of
from web.understanding.written import documents

__all__ = ["AREAS", "READINGS", "WORDS", "Reading", "Word", "documents", "reading_of", "word_of"]
