"""The weekly digest: when it is due, what it says, and that nobody gets it twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.message import Subscription
from experiments.services import messages
from experiments.services.access import create_user, hash_password
from experiments.services.clock import DAY, HOUR
from experiments.services.messages.digest import Digest, Line, Section, digest_of, due_week
from experiments.services.messages.letters import digest_news
from experiments.services.messages.postroom import Postroom
from experiments.services.overview import count_days
from experiments.services.project import run_all
from experiments.store.engines import reading, writing
from tests.mailbox import mail_server
from tests.shop_world import ADMIN, Shop, identify, order, viewed

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: A Monday morning, 07:30 in Amsterdam.
MONDAY = round(datetime(2026, 11, 23, 6, 30, tzinfo=UTC).timestamp()) * 1_000_000
URL = "https://tests.example.org"


def at(*when: int) -> int:
    return round(datetime(*when, tzinfo=AMSTERDAM).timestamp()) * 1_000_000  # type: ignore[misc]


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (at(2026, 11, 30, 7, 0), "2026-W48"),
        (at(2026, 11, 30, 6, 59), None),  # last Monday's is a week old
        (at(2026, 12, 2, 12, 0), "2026-W48"),
        (at(2026, 12, 3, 7, 1), None),
        (at(2027, 1, 4, 8, 0), "2026-W53"),
        (at(2026, 3, 30, 7, 0), "2026-W13"),  # the clocks were put forward the day before
    ],
)
def test_it_is_due_on_mondays_at_seven(now: int, week: str | None) -> None:
    due = due_week(now, AMSTERDAM)
    assert (due and due[0]) == week


def shop_of(engine: Engine) -> Shop:
    """Sales of last week and of the week before, one test running."""
    shop = Shop(engine, start=MONDAY - 20 * DAY)
    held = [identify(MONDAY - 19 * DAY, holdings=["mobile-1"], userId=f"c{n}", message=f"h{n}") for n in range(20)]
    shop.send("shop", held, MONDAY - 19 * DAY + HOUR)
    sold = [order(f"a{n}", "tv-1", MONDAY - 10 * DAY, userId=f"c{n}") for n in range(4)]
    sold += [order(f"b{n}", "tv-1", MONDAY - 3 * DAY, userId=f"c{n}") for n in range(4, 20)]
    sold += [viewed("control", MONDAY - 2 * DAY, anonymousId="v1")]
    shop.send("shop", sold, MONDAY - DAY)
    run_all(engine, MONDAY)
    count_days(engine, MONDAY, AMSTERDAM, 16)
    return shop


def made(engine: Engine) -> Digest:
    with reading(engine) as session:
        return digest_of(
            session, MONDAY, AMSTERDAM, week="2026-W47", digital=frozenset({"web", "app"}), company="Polder <Telecom>"
        )


def test_it_tells_the_week_and_what_turns(engine: Engine) -> None:
    shop_of(engine)
    digest = made(engine)
    assert (digest.since, digest.until) == (date(2026, 11, 16), date(2026, 11, 22))
    told = {title: (value, change) for title, value, change in digest.figures}
    assert told["Cross-sell sales"] == ("16", "+300.0% on the week before")
    assert told["All sales"][0] == "16"
    sections = {section.title: section for section in digest.sections}
    assert [line.title for line in sections["Running"].lines] == ["entry"]
    assert sections["Learned"].lines == ()
    plain = digest.to_dict()
    assert plain["week"] == "2026-W47"
    assert plain["running"][0]["path"] == "/experiments/entry"
    news = digest_news(digest, MONDAY, URL)
    assert news.subject == "The week of tests of Polder <Telecom>: 16 to 22 November 2026"
    assert "Cross-sell sales: 16 (+300.0% on the week before)" in news.text
    assert f"{URL}/experiments/entry" in news.text
    assert "No test was decided." in news.text


class _Balanced(HTMLParser):
    """Every opened element is closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_letter_is_sound_html_and_nothing_in_it_can_become_markup() -> None:
    nasty = '<script>alert("x")</script>'
    lines = (Line(nasty, nasty, "/experiments/a"),)
    sections = (Section("To decide", lines, "Nothing."), Section("Running", (), "No test runs."))
    digest = Digest("2026-W47", date(2026, 11, 16), date(2026, 11, 22), nasty, ((nasty, nasty, nasty),), sections)
    html = digest_news(digest, MONDAY, URL).html
    assert "<script" not in html
    reader = _Balanced()
    reader.feed(html)
    assert reader.open == []
    assert reader.links == [f"{URL}/experiments/a", f"{URL}/account"]


def test_the_postroom_sends_it_once(sqlite_engine: Engine, tmp_path: object) -> None:
    engine = sqlite_engine
    shop_of(engine)
    with writing(engine) as session:
        person = create_user(
            session, ADMIN, MONDAY, email="bea@example.org", name="Bea", role=UserRole.VIEWER,
            password=hash_password("four words that nobody guesses"),
        )  # fmt: skip
        messages.subscribe(session, ADMIN, MONDAY, person.id, Subscription(digest=True))
    with mail_server() as box:
        settings = Settings(
            data_dir=tmp_path, mail_host=box.host, mail_port=box.port, mail_tls="none", public_url=URL,
            time_zone="Europe/Amsterdam", company="Polder",
        )  # fmt: skip
        for _ in range(2):  # a second worker, or the first one started anew
            room = Postroom(engine, settings)
            room.look(MONDAY)
            room.look(MONDAY + HOUR)
            room.send(MONDAY + HOUR)
            room.close()
        letter = box.next()
        assert letter["Subject"] == "The week of tests of Polder: 16 to 22 November 2026"
        assert box.letters.empty()
    with reading(engine) as session:
        assert [one.key for one in messages.messages_sent(session)] == ["digest/2026-W47"]
