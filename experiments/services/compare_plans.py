"""Two plans side by side: of two tests, or of one test at two moments of its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.errors import NotFoundError
from experiments.services import audit, changing, describe

Document = dict[str, Any]
#: What a plan is made of, in the order of display: path of the document and title.
PARTS = (
    ("hypothesis", "Hypothesis"),
    ("unit", "Unit"),
    ("enrolment", "Takes part"),
    ("audience.description", "Audience"),
    ("audience.rules", "Rules"),
    ("audience.policy", "Offer policy"),
    ("layer", "Layer"),
    ("plan.weeks", "Weeks"),
    ("plan.units_per_variant", "Units in the control"),
    ("plan.looks", "Looks"),
    ("plan.power", "Power"),
    ("plan.alpha", "Error, one-sided"),
    ("plan.spending", "Spending"),
    ("plan.goal_rule", "Several goals"),
    ("plan.traffic_per_week", "Traffic per week"),
    ("plan.maturation_days", "Days to ripen"),
    ("plan.binding", "Decides the length"),
)
NET = ("promoted", "protected", "channels", "expected_channels", "horizon_days", "early_days", "return_days",
       "second_cost", "sale_cost", "offer_cost")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the value of either side as JSON-ready data, None where a side has none."""

    key: str
    title: str
    left: Any
    right: Any

    @property
    def differs(self) -> bool:
        """Whether the two sides say different things."""
        return bool(self.left != self.right)


@dataclass(frozen=True, slots=True)
class Side:
    """One plan.

    Args:
        revision: of the test; the newest where none was asked for.
        newest: whether the test is like this now.
    """

    key: str
    name: str
    revision: int
    newest: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans, line by line."""

    left: Side
    right: Side
    rows: tuple[Row, ...]

    @property
    def differences(self) -> int:
        """Lines that differ."""
        return sum(row.differs for row in self.rows)

    def to_dict(self) -> Document:
        """JSON-ready form."""
        sides = {
            name: {"experiment": side.key, "name": side.name, "revision": side.revision, "newest": side.newest}
            for name, side in (("left", self.left), ("right", self.right))
        }
        rows = [
            {"key": row.key, "title": row.title, "left": row.left, "right": row.right, "differs": row.differs}
            for row in self.rows
        ]
        return {**sides, "rows": rows, "differences": self.differences}


def compare(
    session: Session, left: str, right: str, *, left_revision: int | None = None, right_revision: int | None = None
) -> Comparison:
    """Put two plans side by side.

    Args:
        left_revision, right_revision: revision of the test, which the audit log still tells; None = as it is now.

    Raises:
        NotFoundError: test or revision do not exist.
    """
    one, mine = _document(session, left, left_revision)
    two, theirs = _document(session, right, right_revision)
    return Comparison(one, two, tuple(_rows(mine, theirs)))


def revisions(session: Session, key: str) -> tuple[tuple[int, str, int], ...]:
    """(revision, who made it, µs) that can be compared, newest first."""
    deeds = audit.history(session, noun=changing.NOUN, key=key, limit=1_000)
    found = [(deed.after["revision"], deed.who, deed.at) for deed in deeds if deed.after and "revision" in deed.after]
    return tuple(dict.fromkeys(found))


def _document(session: Session, key: str, revision: int | None) -> tuple[Side, Document]:
    now = changing.load(session, key)
    document = describe.experiment(now)
    wanted = now.revision if revision is None else revision
    for deed in audit.history(session, noun=changing.NOUN, key=key, limit=1_000):
        if document["revision"] <= wanted:
            break
        if deed.before is not None and deed.after is not None and "revision" in deed.after:
            document = {name: value for name, value in document.items() if name not in deed.after} | deed.before
    if document["revision"] != wanted:
        raise NotFoundError("revision", f"{key} {wanted}")
    return Side(key, document["name"], wanted, wanted == now.revision), document


def _rows(left: Document, right: Document) -> list[Row]:
    rows = [Row(path, title, _at(left, path), _at(right, path)) for path, title in PARTS]
    rows += _by_key(left, right, "metrics", "metric", "Metric")
    rows += _by_key(left, right, "variants", "key", "Variant")
    net = [
        Row(
            f"plan.net.{name}",
            f"Net: {name.replace('_', ' ')}",
            *(_at(side, f"plan.net.{name}") for side in (left, right)),
        )
        for name in NET
    ]
    every = [*rows, *net]
    return [row for row in every if row.left not in (None, [], {}) or row.right not in (None, [], {})]


def _by_key(left: Document, right: Document, part: str, key: str, title: str) -> list[Row]:
    one, two = ({item[key]: item for item in side.get(part, ())} for side in (left, right))
    names = list(dict.fromkeys([*one, *two]))
    return [Row(f"{part}.{name}", f"{title} {name}", *_pair(one.get(name), two.get(name), key)) for name in names]


def _pair(one: Document | None, two: Document | None, key: str) -> tuple[Document | None, Document | None]:
    """Both items without what says nothing here; a version counts where both have one: a draft takes the newest."""
    dropped = {key, "measurable"}
    if one is None or two is None or "version" not in one or "version" not in two:
        dropped.add("version")
    left, right = (
        None if item is None else {name: value for name, value in item.items() if name not in dropped}
        for item in (one, two)
    )
    return left, right


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
