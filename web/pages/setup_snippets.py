"""Code to paste, with the real key and the address of this server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from web.pages import setup_code as code
from web.pages.snippets import Snippet


class Way(NamedTuple):
    """A way to use the product: key of its tab, its title, and the snippets it needs as (label, code, note).

    `on_servers` says that it works with a server key, and so for tests that draw agents.
    """

    key: str
    title: str
    parts: tuple[tuple[str, str, str], ...]
    on_servers: bool = False


#: Who is signed in, for tests that randomise customers; without it everybody is shown the control, and nobody exposed.
_SIGNED_IN = '{call}"customer-1"); // your customer\'s id, once they are signed in'
_EXPOSURE = "The exposure is sent when the variant is read, so read it where the variants differ, not on every page."
_CONSOLE = "To see in the browser's console what happens and what is wrong, "
_SCRIPT_SAYS = f"{_CONSOLE}load /sdk/netlift.debug.js in its place for a while."
_NPM_SAYS = f"{_CONSOLE}import from @netlift/sdk/debug for a while."
_NPM_PACKAGE = (
    "Where your registry has no @netlift/sdk yet: npm ci and npm pack in sdk/javascript of Netlift's repository make "
    "the package to install."
)
_PYPI_PACKAGE = "Where your index has no netlift-sdk yet: pip install ./sdk/python in Netlift's repository."
_BOT = "With a client key curl counts as a bot: what it sends is listed under What arrives and stays out of results."
_NO_EXPOSURE = (
    "Any OpenFeature client works: this server is its base URL. A plain one sends no exposures, and a test without "
    "exposures measures nothing: send Experiment Viewed yourself where the metadata say doLogExposure."
)
WAYS = (
    Way("script", "Script tag", (("Script tag", code.SCRIPT, f"{_EXPOSURE} {_SCRIPT_SAYS}"),)),
    Way("npm", "npm", (("JavaScript or TypeScript", code.NPM, f"{_EXPOSURE} {_NPM_SAYS} {_NPM_PACKAGE}"),)),
    Way(
        "python",
        "Python",
        (
            ("Python", code.PYTHON, f"Deciding needs no network call. {_EXPOSURE} {_PYPI_PACKAGE}"),
            ("Check the connection", code.CHECK, "Each line ok or fail, with what to do. Nothing is recorded."),
        ),
        on_servers=True,
    ),
    Way(
        "openfeature-web",
        "OpenFeature, web",
        (
            ("OpenFeature in the browser, with exposures", code.OPENFEATURE_WEB, _NPM_PACKAGE),
            ("A plain OpenFeature client", code.OFREP_WEB, _NO_EXPOSURE),
        ),
    ),
    Way(
        "openfeature-python",
        "OpenFeature, Python",
        (
            ("OpenFeature in Python, with exposures", code.OPENFEATURE_PYTHON, _PYPI_PACKAGE),
            (
                "A plain OpenFeature client",
                code.OFREP_PYTHON,
                f"{_NO_EXPOSURE} The same for every language OpenFeature knows.",
            ),
        ),
        on_servers=True,
    ),
    Way(
        "curl",
        "curl",
        (
            (
                "Fetch the published config",
                code.CONFIG,
                "What every SDK decides from; it holds no names and no hypotheses.",
            ),
            ("Send a page view", code.PAGE, _BOT),
            ("Send an exposure", code.VIEWED, f"SDKs send it by themselves. {_BOT}"),
            (
                "Send a sale from the back office",
                code.ORDER,
                "With a server key. The answer counts what was accepted and names what was not.",
            ),
        ),
        on_servers=True,
    ),
)
#: What works with a client key alone.
_OF_BROWSERS = (code.CONFIG, code.PAGE)
BY_KEY = {way.key: way for way in WAYS}


@dataclass(frozen=True)
class Fill:
    """What the snippets are filled with: real things where there are any, else what one looks like."""

    host: str
    key: str
    secret: str
    experiment: str
    treatment: str
    product: str
    unit: str = "visitor"


def snippets(way: Way, fill: Fill) -> tuple[Snippet, ...]:
    """The snippets of one way, ready to paste."""
    clean: Callable[[str], str] = lambda text: re.sub(r"[^\w.:/…-]", "", text)  # noqa: E731 - a key or an address
    values = {name: clean(getattr(fill, name)) for name in Fill.__dataclass_fields__}
    of_customers, of_agents = fill.unit == "customer", fill.unit == "agent"
    stated = '"userId": "customer-1"' if of_customers else '"anonymousId": "visitor-1"'
    more = {
        "who": "" if of_agents else f"\n    {stated},",
        "handled": '\n      "agent_id": "agent-1",' if of_agents else "",
        "agent": ', "agent_id": "agent-1"' if of_agents else "",
        "identify_tag": "\n  " + _SIGNED_IN.format(call='netlift("identify", ') if of_customers else "",
        "identify_npm": "\n" + _SIGNED_IN.format(call="netlift.identify(") if of_customers else "",
    }
    parts = [part for part in way.parts if not (of_agents and part[1] in _OF_BROWSERS)]
    return tuple(Snippet(label, text.format(**values, **more), note) for label, text, note in parts)
