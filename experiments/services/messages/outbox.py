"""Messages are written in the transaction of their cause and sent afterwards: none is lost, and none told twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.message import Topic
from experiments.services.messages.envelope import cloud_event
from experiments.store.catalogue import messages as store


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell.

    Args:
        key: names the cause, so that nobody hears of it twice; also the id of the CloudEvent.
        at: µs UTC at which it happened.
        data: for machines.
        subject, text, html: for people.
        kind: of an alarm, such as `split_broken`.
        experiment: key of the test it is about.
    """

    topic: Topic
    key: str
    at: int
    data: dict[str, Any]
    subject: str
    text: str
    html: str = ""
    kind: str = ""
    experiment: str | None = None


def tell(session: Session, now: int, news: News, *, source: str, by_mail: bool) -> int:
    """Write the news down for everybody who wants such; how many are told who were not yet.

    Args:
        source: the public address of the deployment.
        by_mail: whether there is a mail server; without one nothing is written for people, who read the pages.
    """
    told = 0
    event = event_of(news, source)
    for hook in store.webhooks(session):
        if hook.stopped_at is None and news.topic in hook.topics:
            told += store.write(session, news.topic, news.key, now, document=event, webhook_id=hook.id)
    letter = {"subject": news.subject, "text": news.text, "html": news.html}
    for user_id in store.readers(session, news.topic) if by_mail else ():
        told += store.write(session, news.topic, news.key, now, document=letter, user_id=user_id)
    return told


def event_of(news: News, source: str) -> dict[str, Any]:
    """The news for machines."""
    return cloud_event(
        news.topic, news.key, news.at, source, news.data, kind=news.kind, subject=news.experiment
    )  # fmt: skip
