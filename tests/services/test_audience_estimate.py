"""The size of an audience: counted by hand on a small shop, honest where history is too short."""

from __future__ import annotations

from itertools import count

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.audience import Audience, OfferPolicy, Operator, Rule
from experiments.domain.experiment import UnitKind
from experiments.domain.product import Family, Product
from experiments.services import catalogue
from experiments.services.audience_estimate import estimate
from experiments.services.clock import DAY
from experiments.services.sessions import reading, writing
from experiments.store.tables import HoldingRow, NameRow, PageViewRow, SourceRow
from tests.scenes import EDITOR, NOW

WEEKS = 3


def shop(session: Session) -> None:
    """100 customers on /tv, 60 on /help, in each of three weeks; every second holds mobile, every fifth TV."""
    for key in ("mobile", "tv"):
        catalogue.save_family(session, EDITOR, NOW, Family(key, key))
        catalogue.save_product(session, EDITOR, NOW, Product(f"{key}-1", key, key, 1, 100, 10, 12))
    families = {family.key: number for number, family in enumerate(catalogue.all_families(session), start=1)}
    session.add(SourceRow(id=1, key="shop", name="Shop", kind="server", environment="production", created_at=0))
    session.add_all([NameRow(id=1, space="path", text="/tv"), NameRow(id=2, space="path", text="/help")])
    session.flush()
    numbers = count(1)
    for unit in range(160):
        held = [("mobile", 1)] * (unit % 2 == 0) + [("tv", 2)] * (unit % 5 == 0)
        add = {"customer": unit, "as_of": 0, "received_at": 0, "independent": True, "source_id": 1}
        session.add(HoldingRow(**add, product_id=0, family_id=0, tier=0, complete=True))
        for family, product in held:
            session.add(HoldingRow(**add, product_id=product, family_id=families[family], tier=1, complete=True))
        for week in range(WEEKS):
            at = NOW - week * 7 * DAY - 3 * DAY - unit
            path, seq = 1 if unit < 100 else 2, next(numbers)
            session.add(PageViewRow(seq=seq, source_id=1, customer=unit, path_id=path, at=at, received_at=at))
    first = NOW - 7 * WEEKS * DAY
    session.add(PageViewRow(seq=0, source_id=1, customer=0, path_id=1, at=first, received_at=first))
    session.flush()


def holds(*pairs: tuple[Operator, str]) -> Audience:
    return Audience(rules=tuple(Rule("holdings", op, (f"{family}-1",)) for op, family in pairs))


CASES = (
    (Audience(), "", 160, 1.0),
    (Audience(), "/tv*", 100, 1.0),
    (holds((Operator.ANY_OF, "mobile")), "/tv*", 50, 0.5),
    (holds((Operator.ANY_OF, "mobile"), (Operator.NONE_OF, "tv")), "/tv*", 40, 0.4),
    (holds((Operator.NONE_OF, "tv")), "", 128, 0.8),
)


def test_units_are_counted_a_week(engine: Engine) -> None:
    with writing(engine) as session:
        shop(session)
    for audience, place, units, share in CASES:
        with reading(engine) as session:
            found = estimate(session, audience, UnitKind.CUSTOMER, NOW, place=place)
        assert (found.status, found.weeks, found.sampled) == ("ok", WEEKS, 1.0)
        assert (found.units, found.share) == (units, share)
        assert found.not_counted == ()


def test_what_cannot_be_counted_is_said_and_no_number_invented(engine: Engine) -> None:
    with writing(engine) as session:
        empty = estimate(session, Audience(), UnitKind.VISITOR, NOW)
        shop(session)
        early = estimate(session, Audience(), UnitKind.CUSTOMER, NOW - 15 * DAY)
        nobody = estimate(session, Audience(), UnitKind.VISITOR, NOW)
        few = estimate(session, holds((Operator.ANY_OF, "tv")), UnitKind.CUSTOMER, NOW, place="/help")
        asked = Audience(rules=(Rule("segment", Operator.IN, ("young",)),), policy=OfferPolicy(True))
        rest = estimate(session, asked, UnitKind.CUSTOMER, NOW)
        shop_page = estimate(session, Audience(), UnitKind.CUSTOMER, NOW, place="/shop*")
    assert shop_page.status == "unknown_page"
    assert (empty.status, nobody.status, few.status) == ("no_traffic", "no_traffic", "too_few")
    assert (early.status, early.units, early.share) == ("too_short", None, None)
    assert rest.not_counted == ("the rule on segment", "the offer policy")
