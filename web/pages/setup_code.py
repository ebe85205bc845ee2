"""The texts of the set-up page's snippets; `setup_snippets` fills them in."""

SCRIPT = """\
<script>
  // keeps calls made before the file has come
  window.netlift = window.netlift || function () {{ (netlift.q = netlift.q || []).push([].slice.call(arguments)); }};
</script>
<script async src="{host}/sdk/netlift.js" data-key="{key}"></script>
<script>
  netlift("page");{identify_tag}
  netlift("ready", function (client) {{
    if (client.variant("{experiment}") === "{treatment}") {{ // logs the exposure, once
      console.log("{treatment}"); // your change comes here
    }}
  }});
</script>"""
NPM = """\
// npm install @netlift/sdk
import {{ createClient }} from "@netlift/sdk";

export const netlift = createClient({{ key: "{key}", host: "{host}" }});

await netlift.ready;
netlift.page();{identify_npm}
if (netlift.variant("{experiment}") === "{treatment}") {{ // logs the exposure, once
  console.log("{treatment}"); // your change comes here
}}"""
PYTHON = """\
# pip install netlift-sdk
from netlift import Client

netlift = Client("{key}", "{host}")  # once per process
netlift.wait_ready()  # before the first config has come everybody sees the control

if netlift.variant("{experiment}", "{unit}-1") == "{treatment}":  # your {unit}'s id; logs the exposure, once
    print("{treatment}")  # your change comes here"""
CHECK = """\
python -m netlift --host {host} --key {key} \\
  --experiment {experiment} --{unit} {unit}-1"""
OPENFEATURE_WEB = """\
// npm install @netlift/sdk @openfeature/web-sdk @openfeature/ofrep-web-provider
import {{ OpenFeature }} from "@openfeature/web-sdk";
import {{ NetliftWebProvider }} from "@netlift/sdk/openfeature-web";

const provider = new NetliftWebProvider({{ host: "{host}", key: "{key}" }});
await OpenFeature.setContext({{ targetingKey: "{unit}-1" }}); // your {unit}'s id
await OpenFeature.setProviderAndWait(provider);

// logs the exposure, once
const variant = OpenFeature.getClient().getStringValue("{experiment}", "control");"""
OFREP_WEB = """\
// npm install @openfeature/web-sdk @openfeature/ofrep-web-provider
import {{ OpenFeature }} from "@openfeature/web-sdk";
import {{ OFREPWebProvider }} from "@openfeature/ofrep-web-provider";

const provider = new OFREPWebProvider({{
  baseUrl: "{host}",
  cacheMode: "network-first", // else the first answers are those of an earlier visit
  headers: [["Authorization", "Bearer {key}"]],
}});
await OpenFeature.setContext({{ targetingKey: "{unit}-1" }}); // your {unit}'s id
await OpenFeature.setProviderAndWait(provider);

const variant = OpenFeature.getClient().getStringValue("{experiment}", "control");"""
OPENFEATURE_PYTHON = """\
# pip install 'netlift-sdk[openfeature]'
from netlift import Client
from netlift.openfeature import NetliftProvider
from openfeature import api
from openfeature.evaluation_context import EvaluationContext

api.set_provider(NetliftProvider(Client("{key}", "{host}")))  # once per process

context = EvaluationContext("{unit}-1")  # your {unit}'s id
variant = api.get_client().get_string_value("{experiment}", "control", context)  # logs the exposure, once"""
OFREP_PYTHON = """\
# pip install openfeature-sdk openfeature-provider-ofrep
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(OFREPProvider("{host}", headers_factory=lambda: {{"Authorization": "Bearer {key}"}}))

variant = api.get_client().get_string_value("{experiment}", "control", EvaluationContext("{unit}-1"))"""
CONFIG = "curl {host}/v1/config/{key}"
PAGE = """\
curl {host}/v1/page \\
  --user '{key}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{"anonymousId": "visitor-1", "properties": {{"path": "/tv"}}}}'"""
VIEWED = """\
curl {host}/v1/track \\
  --user '{key}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{
    "event": "Experiment Viewed",{who}
    "properties": {{"experiment_id": "{experiment}", "variation_id": "{treatment}"{agent}}}
  }}'"""
ORDER = """\
curl {host}/v1/track \\
  --user '{secret}:' \\
  --header 'Content-Type: application/json' \\
  --data '{{
    "event": "Order Completed",
    "messageId": "order-1001",
    "userId": "customer-1",
    "properties": {{
      "order_id": "1001",
      "channel": "phone",{handled}
      "products": [{{"product_id": "{product}", "quantity": 1, "price": 19.95}}]
    }}
  }}'"""
