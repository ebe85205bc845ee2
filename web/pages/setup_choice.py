"""What the snippets are filled with: key, environment and test as chosen in the address, else the newest that fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from experiments.domain.environment import Environment
from experiments.domain.experiment import Status, UnitKind
from experiments.domain.key import KeyKind, key_prefix
from web.pages.setup_snippets import WAYS, Fill, Way
from web.pages.snippets import AGENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from experiments.domain.experiment import Experiment
    from experiments.domain.key import KeyInfo
    from experiments.domain.product import Product

#: What stands in a snippet where nothing of the kind exists yet.
EXAMPLE_TEST, EXAMPLE_VARIANT, EXAMPLE_PRODUCT = "tv-entry", "entry", "tv-large"
#: Which tests come first: those that keys of the environment can read.
_ORDER = {
    Environment.PRODUCTION: (Status.RUNNING, Status.TESTING, Status.DRAFT),
    Environment.TEST: (Status.TESTING, Status.RUNNING, Status.DRAFT),
}


@dataclass(frozen=True)
class Choice:
    """The chooser and what it chose.

    Args:
        keys, tests: (value, label) to choose from.
        key: public key in use, empty where there is none yet.
        remarks: who only sees the control, by the rules of the test.
        tabs: links to the ways, each with the rest of the choice.
    """

    way: str
    environment: Environment
    keys: tuple[tuple[str, str], ...]
    key: str
    tests: tuple[tuple[str, str], ...]
    test: str
    remarks: tuple[str, ...]
    fill: Fill
    tabs: tuple[dict[str, object], ...]

    @property
    def has_key(self) -> bool:
        """Whether there is a key to put into the snippets."""
        return bool(self.key)


def choice_of(
    args: Mapping[str, str],
    host: str,
    keys: Sequence[KeyInfo],
    tests: Iterable[Experiment],
    products: Sequence[Product],
    environments: Sequence[Environment],
) -> Choice:
    """Read the address; what does not exist is passed over for what does."""
    wanted = args.get("environment")
    environment = next((each for each in environments if each.value == wanted), Environment.PRODUCTION)
    usable = [key for key in keys if key.public_key and key.revoked_at is None and key.environment is environment]
    key = next((each for each in usable if each.public_key == args.get("key")), usable[0] if usable else None)
    open_tests = _open_tests(tests, environment)
    test = next(
        (each for each in open_tests if each.key == args.get("experiment")), open_tests[0] if open_tests else None
    )
    public = key.public_key or "" if key else ""
    of_agents = test is not None and test.unit is UnitKind.AGENT
    ways = tuple(each for each in WAYS if each.on_servers) if of_agents else WAYS
    way = next((each.key for each in ways if each.key == args.get("with")), ways[0].key)
    chosen = {"environment": environment.value, "key": public, "experiment": test.key if test else ""}
    return Choice(
        way=way,
        environment=environment,
        keys=tuple((each.public_key or "", f"{each.label} ({each.prefix}…)") for each in usable),
        key=public,
        tests=tuple((each.key, each.name) for each in open_tests),
        test=test.key if test else "",
        remarks=_remarks(test),
        fill=_fill(host, environment, public, test, products),
        tabs=_tabs(ways, way, chosen),
    )


def _fill(host: str, environment: Environment, key: str, test: Experiment | None, products: Sequence[Product]) -> Fill:
    secret = key_prefix(KeyKind.SERVER, environment) + "…"
    of_agents = test is not None and test.unit is UnitKind.AGENT  # whom no browser key may name
    return Fill(
        host=host,
        key=secret if of_agents else key or key_prefix(KeyKind.CLIENT, environment) + "…",
        secret=secret,
        experiment=test.key if test else EXAMPLE_TEST,
        treatment=test.phase.variants[1].key if test else EXAMPLE_VARIANT,
        product=products[0].key if products else EXAMPLE_PRODUCT,
        unit=test.unit.value if test else UnitKind.VISITOR.value,
    )


def _tabs(ways: Sequence[Way], way: str, chosen: Mapping[str, str]) -> tuple[dict[str, object], ...]:
    """Links to the ways, which keep what was chosen."""
    kept = {name: value for name, value in chosen.items() if value}
    return tuple(
        {
            "label": each.title,
            "href": f"/setup?{urlencode({'with': each.key, **kept})}#snippets",
            "active": each.key == way,
        }
        for each in ways
    )


def _open_tests(tests: Iterable[Experiment], environment: Environment) -> list[Experiment]:
    order = _ORDER[environment]
    fitting = (test for test in tests if test.status in order and not test.imported)
    return sorted(fitting, key=lambda test: (order.index(test.status), _needs_more(test), test.name.lower()))


def _needs_more(test: Experiment) -> bool:
    """Whether pasted code alone exposes nobody: the server has to know the customer, or who works under the variant."""
    return test.phase.audience.remote or test.unit is UnitKind.AGENT


def _remarks(test: Experiment | None) -> tuple[str, ...]:
    """Why code that was pasted rightly may show the control, and log nothing."""
    if test is None:
        return ()
    audience = test.phase.audience
    named = ", ".join(sorted({rule.attribute for rule in audience.rules}))
    told = []
    if test.unit is UnitKind.AGENT:
        told.append(AGENTS)
    if test.unit is UnitKind.CUSTOMER:
        told.append("This test randomises customers: who is not signed in sees the control and is not exposed.")
    if audience.remote:
        told.append(
            "Its audience needs facts a browser must not hold: the server decides, for customers your shop signs."
        )
    elif named:
        told.append(f"Only who meets the audience is in the test: state {named} among the attributes.")
    return tuple(told)
