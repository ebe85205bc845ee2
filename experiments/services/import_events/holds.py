"""What a file can hold, and the fields its columns are mapped to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """What one row of a file tells."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    CONTACTS = "contacts"
    SURVEYS = "surveys"
    CUSTOMERS = "customers"
    EVENTS = "events"
    PRODUCTS = "products"


class Type(StrEnum):
    """What a cell must hold."""

    ID = "id"
    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    MONEY = "money"
    WHOLE = "whole"
    SECONDS = "seconds"
    YES = "yes"
    PRODUCT = "product"
    CHANNEL = "channel"
    RELATION = "relation"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column can be mapped to.

    Args:
        required: every row must have it.
        names: words that a column of it often has in its head, for a guess.
        low, high: bounds of a number.
    """

    key: str
    label: str
    type: Type
    hint: str = ""
    required: bool = False
    names: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


MAX_MONEY = 10_000_000
_CUSTOMER = Target(
    "user_id",
    "Customer",
    Type.ID,
    "Number or name of the customer, as in the shop after signing in.",
    names=("customer", "klant", "client", "user", "account", "cust", "subscriber", "relation"),
)
_VISITOR = Target(
    "anonymous_id",
    "Visitor",
    Type.ID,
    "Id of the browser, where the file has it.",
    names=("anonymous", "visitor", "cookie", "client_id", "device"),
)
_PEOPLE = (_CUSTOMER, _VISITOR)
_AGENT = Target(
    "agent_id",
    "Agent",
    Type.ID,
    "Number or id of who of the contact centre handled it; kept as a hash, for tests that draw agents.",
    names=("agent", "employee", "medewerker", "adviser", "advisor", "operator"),
)
_TIME = Target("timestamp", "When", Type.TIME, "", True, ("date", "time", "datum", "when", "created", "moment", "at"))
_CHANNEL = Target(
    "channel",
    "Channel",
    Type.CHANNEL,
    "web, app, phone, chat, email, store, tv or other.",
    names=("channel", "kanaal", "shop", "store", "outlet", "origin", "queue"),
)
_ORDER = Target("order_id", "Order number", Type.ID, "", True, ("order", "bestel", "charge", "transaction", "sale"))
_PRODUCT_NAMES = ("product", "sku", "artikel", "article", "item", "plan", "subscription")
_CURRENCY = Target("currency", "Currency", Type.TEXT, "Rows in another currency are refused.", names=("currency",))

TARGETS: dict[Holds, tuple[Target, ...]] = {
    Holds.ORDERS: (
        _ORDER,
        _TIME,
        *_PEOPLE,
        Target("product", "Product", Type.PRODUCT, "Key of a product of the catalogue.", True, _PRODUCT_NAMES),
        Target(
            "quantity",
            "Quantity",
            Type.WHOLE,
            "1 where it is empty.",
            names=("quantity", "aantal", "qty", "pieces"),
            low=1,
            high=10_000,
        ),
        Target(
            "price",
            "Price per month",
            Type.MONEY,
            "The list price where it is empty.",
            names=("price", "prijs", "amount", "fee", "revenue", "monthly"),
            low=0,
            high=MAX_MONEY,
        ),
        Target("discount", "Discount per month", Type.MONEY, "", names=("discount", "korting"), low=0, high=MAX_MONEY),
        _CHANNEL,
        Target(
            "line",
            "Line number",
            Type.TEXT,
            "Line of the order; counted where it is not given.",
            names=("line", "regel", "position", "row"),
        ),
        Target(
            "relation",
            "Kind of sale as stated",
            Type.RELATION,
            "cross, up, down, same, add or new. What the holdings give counts; where the two differ is counted.",
            names=("cross_sell", "sale_type", "sales_type", "kind_of_sale"),
        ),
        _CURRENCY,
        _AGENT,
    ),
    Holds.REFUNDS: (
        _ORDER,
        _TIME,
        Target("product", "Product", Type.PRODUCT, "The whole order where it is empty.", names=_PRODUCT_NAMES),
        Target(
            "quantity",
            "Quantity",
            Type.WHOLE,
            "All of the product where it is empty.",
            names=("quantity", "aantal", "qty", "pieces"),
            low=1,
            high=10_000,
        ),
        Target(
            "action", "Kind", Type.TEXT, "refund or cancellation.", names=("kind", "type", "action", "status", "reason")
        ),
        *_PEOPLE,
        _CURRENCY,
    ),
    Holds.CONTACTS: (
        _TIME,
        *_PEOPLE,
        _CHANNEL,
        Target(
            "handle_seconds",
            "Handling time",
            Type.SECONDS,
            "Seconds, or minutes and seconds as 4:30.",
            names=("handle", "duration", "seconds", "talk", "aht", "duur"),
            low=0,
            high=1_000_000,
        ),
        Target(
            "offer", "Offer made", Type.TEXT, "Name of the offer; empty where none was made.", names=("offer", "aanbod")
        ),
        Target("accepted", "Offer accepted", Type.YES, "", names=("accepted", "success", "sold")),
        Target("severity", "Severity", Type.TEXT, "", names=("severity", "priority")),
        Target(
            "contact_id",
            "Contact number",
            Type.ID,
            "Tells two contacts of one moment apart.",
            names=("contact", "ticket", "call", "case", "interaction"),
        ),
        _AGENT,
    ),
    Holds.SURVEYS: (
        _TIME,
        *_PEOPLE,
        Target(
            "csat",
            "CSAT",
            Type.NUMBER,
            "",
            names=("csat", "satisfaction", "tevredenheid", "score"),
            low=-1000,
            high=1000,
        ),
        Target("nps", "NPS answer", Type.NUMBER, "", names=("nps", "recommend"), low=-1000, high=1000),
        _CHANNEL,
        Target("survey_id", "Survey number", Type.ID, "", names=("survey", "response", "answer")),
        _AGENT,
    ),
    Holds.CUSTOMERS: (
        Target("user_id", "Customer", Type.ID, _CUSTOMER.hint, True, _CUSTOMER.names),
        Target(
            "timestamp",
            "Valid from",
            Type.TIME,
            "Since when the customer has it.",
            True,
            (*_TIME.names, "from", "since", "start", "valid", "vanaf"),
        ),
        _VISITOR,
        Target(
            "holdings",
            "Products held",
            Type.LIST,
            "All products of the customer in one cell; empty = none.",
            names=("holding", "products", "producten", "portfolio"),
        ),
        Target(
            "product",
            "One product held",
            Type.PRODUCT,
            "For files with one row per product; the rows of a customer must stand together.",
            names=_PRODUCT_NAMES,
        ),
        Target(
            "until", "Valid until", Type.TIME, "With one row per product: when it ended.", names=("until", "end", "tot")
        ),
    ),
    Holds.EVENTS: (
        Target("event", "Name of the event", Type.TEXT, "", True, ("event", "name", "action", "type")),
        _TIME,
        *_PEOPLE,
        Target("value", "Number", Type.NUMBER, "What a metric adds up.", names=("value", "amount", "number")),
        _CHANNEL,
        Target("event_id", "Event number", Type.ID, "Tells two events of one moment apart.", names=("id", "event_id")),
        _AGENT,
    ),
    Holds.PRODUCTS: (
        Target("key", "Key", Type.TEXT, "As it stands in orders.", True, ("key", "sku", "product_id", "id", "code")),
        Target("name", "Name", Type.TEXT, "", names=("name", "naam", "title", "description", "product")),
        Target(
            "family", "Family", Type.TEXT, "Mobile, broadband, TV.", True, ("family", "category", "group", "familie")
        ),
        Target(
            "tier",
            "Tier",
            Type.WHOLE,
            "1 is the lowest of its family.",
            names=("tier", "level", "rank", "niveau"),
            low=1,
            high=1_000,
        ),
        Target("price", "Price per month", Type.MONEY, "", True, ("price", "prijs", "fee"), low=0, high=MAX_MONEY),
        Target(
            "margin",
            "Margin per month",
            Type.MONEY,
            "",
            True,
            ("margin", "marge", "contribution"),
            low=-MAX_MONEY,
            high=MAX_MONEY,
        ),
        Target(
            "months",
            "Expected months",
            Type.WHOLE,
            "How long a customer keeps it.",
            True,
            ("months", "maanden", "duration", "lifetime"),
            low=1,
            high=600,
        ),
        Target(
            "one_off",
            "Margin once",
            Type.MONEY,
            "Earned once at the sale; below 0 for a device given away.",
            names=("one_off", "once", "device", "activation"),
            low=-MAX_MONEY,
            high=MAX_MONEY,
        ),
        Target(
            "held_discount",
            "Discount on held products",
            Type.MONEY,
            "Per month.",
            names=("held_discount",),
            low=0,
            high=MAX_MONEY,
        ),
        Target(
            "retention", "Value of a renewal", Type.MONEY, "", names=("retention", "renewal"), low=0, high=MAX_MONEY
        ),
        Target(
            "multiple",
            "Several at once",
            Type.YES,
            "A customer may hold several, such as SIM cards.",
            names=("multiple", "several", "stackable"),
        ),
        Target(
            "replaces",
            "Replaces",
            Type.LIST,
            "Keys of products it takes the place of.",
            names=("replaces", "successor", "vervangt"),
        ),
        Target(
            "components",
            "Components",
            Type.LIST,
            "Keys of the parts of a bundle, such as tv-plus or sim-5*2.",
            names=("components", "bundle", "parts", "onderdelen"),
        ),
        Target(
            "valid_from",
            "Valid from",
            Type.TIME,
            "From when price and margin hold.",
            names=("valid", "from", "since", "start", "vanaf"),
        ),
    ),
}
#: Free fields: `properties.campaign`, `traits.plan`, `holds.tv-plus` (a yes/no column per product).
PREFIXES: dict[Holds, tuple[str, ...]] = {
    Holds.CUSTOMERS: ("traits.", "holds."),
    Holds.PRODUCTS: (),
} | dict.fromkeys((Holds.ORDERS, Holds.REFUNDS, Holds.CONTACTS, Holds.SURVEYS, Holds.EVENTS), ("properties.",))
#: Fields whose values make a row unique where the spec names no key columns.
KEYS: dict[Holds, tuple[str, ...]] = {
    Holds.ORDERS: ("order_id", "line"),
    Holds.REFUNDS: ("order_id", "timestamp", "product", "action"),
    Holds.CONTACTS: ("contact_id", "user_id", "anonymous_id", "timestamp", "channel"),
    Holds.SURVEYS: ("survey_id", "user_id", "anonymous_id", "timestamp"),
    Holds.CUSTOMERS: ("user_id", "timestamp", "anonymous_id"),
    Holds.EVENTS: ("event_id", "event", "user_id", "anonymous_id", "timestamp"),
    Holds.PRODUCTS: ("key",),
}
#: Values of these never appear in a report.
SECRET = frozenset({"user_id", "anonymous_id", "agent_id", "order_id", "contact_id", "survey_id", "event_id"})


def targets_of(holds: Holds) -> dict[str, Target]:
    """The fields by key."""
    return {target.key: target for target in TARGETS[holds]}


def target_of(holds: Holds, key: str) -> Target | None:
    """The field, also one behind a prefix; None where there is none."""
    found = targets_of(holds).get(key)
    if found is not None:
        return found
    for prefix in PREFIXES[holds]:
        if key.startswith(prefix) and len(key) > len(prefix):
            return Target(key, key, Type.YES if prefix == "holds." else Type.TEXT)
    return None
