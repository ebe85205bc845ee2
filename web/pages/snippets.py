"""Code to take away: reading the variant of one test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.domain.environment import Environment
from experiments.domain.experiment import Status, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.domain.experiment import Experiment
    from experiments.domain.key import KeyInfo

_WORD = {Environment.PRODUCTION: "live", Environment.TEST: "test"}
_VARIANT = """\
# pip install netlift-sdk
from netlift import Client

# once per process
netlift = Client("{key}", "{host}")
netlift.wait_ready()  # before the first config has come everybody sees the control

# reading the variant logs the exposure
variant = netlift.variant("{experiment}", {unit}{attributes})
if variant == "{treatment}":
    ...  # show it"""


_REMOTE = "The audience needs facts a browser must not hold, so a server with a server key asks."
#: How a test that draws agents is read.
AGENTS = (
    "Agents are drawn: the contact centre's system asks with a server key when an agent signs in, and tells agent_id "
    "with every contact, order and survey answer."
)


@dataclass(frozen=True)
class Snippet:
    """Code with the words that say what it is, and what to know before using it."""

    label: str
    code: str
    note: str = ""


def variant_snippet(experiment: Experiment, keys: Iterable[KeyInfo], host: str) -> Snippet:
    """Lines of Python that read the variant of this experiment, with a key that fits its state."""
    environment = Environment.TEST if experiment.status is Status.TESTING else Environment.PRODUCTION
    audience, of_agents = experiment.phase.audience, experiment.unit is UnitKind.AGENT
    on_server = audience.remote or of_agents
    needed = sorted({rule.attribute for rule in audience.rules})
    given = ", ".join(f'"{name}": {_name(name)}' for name in needed)
    code = _VARIANT.format(
        key=f"sk_{_WORD[environment]}_…" if on_server else public_key(keys, environment),
        host=host,
        experiment=experiment.key,
        unit=f"{experiment.unit.value}_id",
        attributes=f", {{{given}}}" if given else "",
        treatment=experiment.phase.variants[1].key,
    )
    return Snippet("Python", code, AGENTS if of_agents else _REMOTE if audience.remote else "")


def public_key(keys: Iterable[KeyInfo], environment: Environment) -> str:
    """The newest client key in use, else what one looks like."""
    usable = (key for key in keys if key.public_key and key.revoked_at is None and key.environment is environment)
    return next((key.public_key for key in usable if key.public_key), f"pk_{_WORD[environment]}_…")


def _name(attribute: str) -> str:
    """The attribute as a name of Python."""
    plain = "".join(character if character.isalnum() else "_" for character in attribute)
    return plain if plain[:1].isalpha() else f"_{plain}"
