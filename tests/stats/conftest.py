"""Settings shared by the tests of the statistics."""

from __future__ import annotations

from hypothesis import settings

# A deadline would measure the machine (and the first import of scipy), not the code.
settings.register_profile("stats", deadline=None)
settings.load_profile("stats")
