"""Code to paste, with the real key and the address of this server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from web.pages.snippets import Snippet

_SCRIPT = """\
<script>
  // keeps calls made before the file has come
  window.netlift = window.netlift || function () {{ (netlift.q = netlift.q || []).push([].slice.call(arguments)); }};
</script>
<script async src="{host}/sdk/netlift.js" data-key="{key}"></script>
<script>
  netlift("page");
  netlift("ready", function (client) {{
    if (client.variant("{experiment}") === "{treatment}") {{ // logs the exposure, once
      showEntry();
    }}
  }});
</script>"""
_NPM = """\
// npm install @netlift/sdk
import {{ createClient }} from "@netlift/sdk";

export const netlift = createClient({{ key: "{key}", host: "{host}" }});

await netlift.ready;
netlift.page();
if (netlift.variant("{experiment}") === "{treatment}") {{ // logs the exposure, once
  showEntry();
}}"""
_PYTHON = """\
# pip install netlift-sdk
from netlift import Client

netlift = Client("{key}", "{host}")  # once per process

if netlift.variant("{experiment}", visitor_id) == "{treatment}":  # logs the exposure, once
    show_entry()"""
_OPENFEATURE_WEB = """\
// npm install @openfeature/web-sdk @openfeature/ofrep-web-provider
import {{ OpenFeature }} from "@openfeature/web-sdk";
import {{ OFREPWebProvider }} from "@openfeature/ofrep-web-provider";

const provider = new OFREPWebProvider({{
  baseUrl: "{host}",
  headers: {{ Authorization: "Bearer {key}" }},
}});
await OpenFeature.setContext({{ targetingKey: visitorId }});
await OpenFeature.setProviderAndWait(provider);

const variant = OpenFeature.getClient().getStringValue("{experiment}", "control");"""
_OPENFEATURE_PYTHON = """\
# pip install openfeature-sdk openfeature-provider-ofrep
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(OFREPProvider("{host}", headers_factory=lambda: {{"Authorization": "Bearer {key}"}}))

variant = api.get_client().get_string_value("{experiment}", "control", EvaluationContext(visitor_id))"""
_CONFIG = "curl {host}/v1/config/{key}"
_PAGE = """\
curl {host}/v1/page \\
  --user '{key}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{"anonymousId": "visitor-1", "properties": {{"path": "/tv"}}}}'"""
_VIEWED = """\
curl {host}/v1/track \\
  --user '{key}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{
    "event": "Experiment Viewed",
    "anonymousId": "visitor-1",
    "properties": {{"experiment_id": "{experiment}", "variation_id": "{treatment}"}}
  }}'"""
_ORDER = """\
curl {host}/v1/track \\
  --user '{secret}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{
    "event": "Order Completed",
    "messageId": "order-1001",
    "userId": "customer-1",
    "properties": {{
      "order_id": "1001",
      "channel": "phone",
      "products": [{{"product_id": "{product}", "quantity": 1, "price": 19.95}}]
    }}
  }}'"""


class Way(NamedTuple):
    """A way to use the product: key of its tab, its title, and the snippets it needs as (label, code, note)."""

    key: str
    title: str
    parts: tuple[tuple[str, str, str], ...]


_EXPOSURE = "The exposure is sent when the variant is read, so read it where the variants differ, not on every page."
WAYS = (
    Way("script", "Script tag", (("Script tag", _SCRIPT, _EXPOSURE),)),
    Way("npm", "npm", (("JavaScript or TypeScript", _NPM, _EXPOSURE),)),
    Way("python", "Python", (("Python", _PYTHON, f"Deciding needs no network call. {_EXPOSURE}"),)),
    Way(
        "openfeature-web",
        "OpenFeature, web",
        (
            (
                "OpenFeature in the browser",
                _OPENFEATURE_WEB,
                "Any OpenFeature client works: this server is its base URL. A plain client does not send "
                "exposures; add the hook of @netlift/sdk, or send Experiment Viewed yourself.",
            ),
        ),
    ),
    Way(
        "openfeature-python",
        "OpenFeature, Python",
        (("OpenFeature in Python", _OPENFEATURE_PYTHON, "The same for every language that OpenFeature knows."),),
    ),
    Way(
        "curl",
        "curl",
        (
            (
                "Fetch the published config",
                _CONFIG,
                "What every SDK decides from; it holds no names and no hypotheses.",
            ),
            ("Send a page view", _PAGE, ""),
            ("Send an exposure", _VIEWED, "SDKs send it by themselves."),
            (
                "Send a sale from the back office",
                _ORDER,
                "With a server key. The answer counts what was accepted and names what was not.",
            ),
        ),
    ),
)
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


def snippets(way: Way, fill: Fill) -> tuple[Snippet, ...]:
    """The snippets of one way, ready to paste."""
    clean: Callable[[str], str] = lambda text: re.sub(r"[^\w.:/…-]", "", text)  # noqa: E731 - a key or an address
    values = {name: clean(getattr(fill, name)) for name in Fill.__dataclass_fields__}
    return tuple(Snippet(label, code.format(**values), note) for label, code, note in way.parts)
