"""What the list of experiments is filtered by, read from the address and written into it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from experiments.domain.channel import Channel
from experiments.domain.checks import parse_enum
from experiments.domain.experiment import Experiment, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from experiments.services.facets import Facets

PATH = "/experiments"
#: Filters beside the state, with their labels, in the order of the page.
LABELS = {
    "journey": "Journey",
    "channel": "Channel",
    "holds": "Audience holds",
    "kind": "Kind of change",
    "owner": "Owner",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; empty = everything.

    Args:
        words: looked for in name, key and hypothesis.
        facets: by name of a filter what it must be.
    """

    status: Status | None
    words: str
    facets: Mapping[str, str]

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Asked:
        """From the parameters of the address.

        Raises:
            DomainError: `unknown_choice`, there is no such state.
        """
        wanted = args.get("status", "")
        state = parse_enum(Status, wanted, "status") if wanted else None
        return cls(state, args.get("q", "").strip(), {name: args.get(name, "") for name in LABELS})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return bool(self.words or any(self.facets.values()))

    def keeps(self, test: Experiment, facets: Facets) -> bool:
        """Whether a test is one of those asked for, whatever its state."""
        texts = (test.name, test.key, test.hypothesis)
        if self.words and not any(self.words.casefold() in text.casefold() for text in texts):
            return False
        return all(not wanted or wanted in _values(facets, name) for name, wanted in self.facets.items())

    def address(self, **changes: str) -> str:
        """The list with these filters, some of them changed."""
        asked = {"status": self.status.value if self.status else "", "q": self.words, **self.facets, **changes}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{PATH}?{query}" if query else PATH


def choices(every: Iterable[Facets], asked: Asked, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The fields that can tell tests apart, each with what there is; one that was asked for is always there.

    Args:
        every: facets of all tests.
        names: names of journeys and families by their key.
    """
    found = []
    held = list(every)
    for name, label in LABELS.items():
        there = {value for facets in held for value in _values(facets, name)}
        there |= {asked.facets[name]} if asked.facets[name] else set()
        if there:
            options = sorted(((value, _word(name, value, names)) for value in there), key=lambda one: one[1].casefold())
            found.append({"name": name, "label": label, "options": [("", "All"), *options]})
    return found


def state_tabs(tests: Sequence[Experiment], asked: Asked) -> list[dict[str, Any]]:
    """A link per state with how many of the tests are in it."""
    counts = Counter(test.status.value for test in tests)
    states = [("", "All", len(tests))]
    states += [(state.value, state.value.capitalize(), counts[state.value]) for state in Status]
    wanted = asked.status.value if asked.status else ""
    return [
        {"href": asked.address(status=value), "label": label, "count": count, "active": value == wanted}
        for value, label, count in states
        if count or value in ("", wanted)
    ]


def _values(facets: Facets, name: str) -> tuple[str, ...]:
    value = getattr(facets, {"channel": "channels"}.get(name, name))
    return value if isinstance(value, tuple) else tuple(filter(None, (value,)))


def _word(name: str, value: str, names: Mapping[str, str]) -> str:
    if name == "channel":
        return value.capitalize() if value in {channel.value for channel in Channel} else value
    return names.get(value, value) if name in ("journey", "holds") else value
