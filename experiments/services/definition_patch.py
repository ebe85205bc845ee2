"""A draft changed in part: a JSON merge patch (RFC 7396) on the document the test is shown as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.domain.experiment import Experiment
from experiments.services import describe
from experiments.services.definitions import SET_BY_PRODUCT, TOP, Definition, read_definition
from experiments.services.fields import Fields


def read_patched(experiment: Experiment, patch: Any) -> tuple[Definition, int | None]:
    """The definition after a patch, and the revision it says it saw.

    Raises:
        DomainError: an unknown name, or what `read_definition` raises.
    """
    fields = Fields(patch, "", (*TOP, *SET_BY_PRODUCT, "revision"))
    revision = fields.maybe_whole("revision")
    changes = {name: patch[name] for name in TOP if name in patch}
    return read_definition(merged(describe.definition(Definition.of(experiment)), changes)), revision


def merged(document: Any, patch: Any) -> Any:
    """The document with the patch: null takes a name out, objects merge, everything else is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(document) if isinstance(document, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
