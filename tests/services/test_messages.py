"""Messages arrive once, signed, at people and machines; what does not arrive is tried again and said."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.message import Subscription, Topic, Webhook, check_url
from experiments.services import audit, messages
from experiments.services.access import create_user, disable_user, hash_password, vault
from experiments.services.actor import Actor
from experiments.services.clock import DAY, HOUR, MINUTE
from experiments.services.mail import SmtpPostman
from experiments.services.messages import Means, News
from experiments.services.messages.sending import PAUSES
from experiments.store.engines import reading, writing
from tests.hooks import Hook, hook_server
from tests.mailbox import Mailbox, mail_server

NOW = 1_795_000_000_000_000
ADMIN = Actor("Ann", UserRole.ADMIN)
VAULT = vault("a secret of the deployment")
SOURCE = "https://tests.example.org"
NEWS = News(
    Topic.ALARM, "split_broken/entry/1", NOW - MINUTE, {"sentence": "The split is broken."}, "Broken split: entry",
    "The split is broken.", "<p>The split is broken.</p>", kind="split_broken", experiment="entry",
)  # fmt: skip


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hook_server() as server:
        yield server


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


def means(now: int = NOW, box: Mailbox | None = None) -> Means:
    postman = None if box is None else SmtpPostman(box.host, box.port, "netlift@example.org", "none")
    return Means(VAULT, postman, lambda: now)


def make_hook(engine: Engine, url: str, *topics: Topic) -> messages.NewWebhook:
    with writing(engine) as session:
        wanted = topics or (Topic.ALARM, Topic.DIGEST)
        return messages.create_webhook(session, ADMIN, NOW, VAULT, url=url, label="Chat", topics=wanted)


def tell(engine: Engine, news: News = NEWS, *, by_mail: bool = True) -> int:
    with writing(engine) as session:
        return messages.tell(session, NOW, news, source=SOURCE, by_mail=by_mail)


def listed(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as session:
        return [messages.describe_message(item) for item in messages.messages_sent(session)]


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the specification says, written anew."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


def documented() -> Callable[[str, dict[str, str], bytes], bool]:
    """The check that docs/messages.md gives to receivers."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "messages.md").read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(code, names)
    return cast("Callable[[str, dict[str, str], bytes], bool]", names["is_ours"])


def test_a_machine_is_told_once_in_an_envelope_it_knows(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
    assert (tell(engine), tell(engine)) == (1, 0), "one cause is told once"
    assert messages.send_due(engine, means()) == 1
    assert messages.send_due(engine, means(NOW + DAY)) == 0
    [(headers, body)] = hook.came
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": "split_broken/entry/1",
        "source": SOURCE,
        "type": "io.netlift.alarm.split_broken",
        "subject": "entry",
        "time": "2026-11-18T11:05:40Z",
        "datacontenttype": "application/json",
        "data": {"sentence": "The split is broken."},
    }
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert headers["webhook-timestamp"] == str(NOW // 1_000_000)
    for check in (verified, documented()):
        assert check(made.secret, headers, body)
        assert not check(made.secret, headers, body + b" ")
    [item] = listed(engine)
    assert (item["state"], item["tries"], item["receiver"], item["to"]) == ("arrived", 1, "Chat", "webhook")


def test_what_does_not_arrive_is_tried_again_later_and_later(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url)
    tell(engine)
    hook.answers = [500, 302, 429]
    now = NOW
    for tries, pause in enumerate(PAUSES[:3], start=1):
        assert messages.send_due(engine, means(now)) == 0
        [item] = listed(engine)
        assert (item["state"], item["tries"]) == ("tried_again", tries)
        assert messages.send_due(engine, means(now + pause - 1)) == 0
        assert len(hook.came) == tries
        now += pause
    assert item["error"] == "Answered 429, must be 2xx."
    assert messages.send_due(engine, means(now)) == 1
    assert len({headers["webhook-id"] for headers, _ in hook.came}) == 1, "a receiver can tell a second one"
    assert all(verified(made.secret, headers, body) for headers, body in hook.came), "each try is signed anew"


def test_it_is_given_up_in_the_end_and_can_be_sent_again(engine: Engine) -> None:
    with hook_server() as gone:
        make_hook(engine, gone.url)
    tell(engine)
    now = NOW
    for pause in (*PAUSES, 0):
        assert messages.send_due(engine, means(now)) == 0
        now += pause
    [item] = listed(engine)
    assert (item["state"], item["next_try_at"]) == ("given_up", None)
    assert item["error"] == "No answer: ConnectionError."
    with writing(engine) as session:
        messages.send_again(session, ADMIN, now, item["id"])
    assert listed(engine)[0]["state"] == "waiting"


def test_one_that_answers_gone_is_told_nothing_more(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url)
    hook.answers = [410]
    tell(engine)
    messages.send_due(engine, means())
    assert "Answered 410" in listed(engine)[0]["error"]
    with reading(engine) as session:
        assert messages.webhook_by_id(session, made.webhook.id).stopped_at == NOW
    assert tell(engine, News(Topic.ALARM, "another", NOW, {}, "s", "t")) == 0
    assert len(hook.came) == 1


def test_topics_and_a_stop_are_kept_to(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url, Topic.DIGEST)
    assert tell(engine) == 0
    assert tell(engine, News(Topic.DIGEST, "digest-2026-w47", NOW, {}, "Week", "text")) == 1
    with writing(engine) as session:
        messages.stop_webhook(session, ADMIN, NOW, made.webhook.id)
    assert messages.send_due(engine, means()) == 0
    assert listed(engine)[0]["state"] == "given_up"
    with writing(engine) as session, pytest.raises(ConflictError, match="was stopped"):
        messages.try_webhook(session, ADMIN, NOW, made.webhook.id, SOURCE)
    assert hook.came == []


def test_a_test_message_says_that_it_is_one(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url)
    with writing(engine) as session:
        messages.try_webhook(session, ADMIN, NOW, made.webhook.id, SOURCE)
    messages.send_due(engine, means())
    assert json.loads(hook.came[0][1])["type"] == "io.netlift.test"


def test_people_get_letters_where_there_is_a_mail_server(engine: Engine, box: Mailbox) -> None:
    password = hash_password("four words that nobody guesses")
    with writing(engine) as session:
        people = [
            create_user(
                session, ADMIN, NOW, email=f"{name}@example.org", name=name, password=password, role=UserRole.VIEWER
            )
            for name in ("bea", "cem", "dag", "eva")
        ]
        for user, wanted in zip(people, ((True, False), (False, True), (True, True), (True, False)), strict=True):
            messages.subscribe(session, ADMIN, NOW, user.id, Subscription(*wanted))
    assert tell(engine, by_mail=False) == 0
    assert tell(engine) == 3
    with writing(engine) as session:
        disable_user(session, ADMIN, NOW, "eva@example.org")
    assert messages.send_due(engine, means(box=box)) == 2
    got = [box.next() for _ in range(2)]
    assert {letter["To"] for letter in got} == {"bea@example.org", "dag@example.org"}
    assert {letter["Subject"] for letter in got} == {"Broken split: entry"}
    states = {item["receiver"]: (item["state"], item["error"]) for item in listed(engine)}
    assert states["eva@example.org"] == ("given_up", "The person is kept out.")


def test_a_secret_sealed_with_another_key_is_said(engine: Engine, hook: Hook) -> None:
    make_hook(engine, hook.url)
    tell(engine)
    messages.send_due(engine, Means(vault("another"), None, lambda: NOW))
    assert "make the webhook anew" in listed(engine)[0]["error"]
    assert hook.came == []


def test_only_administrators_make_stop_try_and_send_again(engine: Engine, hook: Hook) -> None:
    made = make_hook(engine, hook.url)
    other = Actor("Bob", UserRole.APPROVER)
    with writing(engine) as session:
        for deed in (
            lambda: messages.create_webhook(session, other, NOW, VAULT, url=hook.url, label="x", topics=(Topic.ALARM,)),
            lambda: messages.stop_webhook(session, other, NOW, made.webhook.id),
            lambda: messages.try_webhook(session, other, NOW, made.webhook.id, SOURCE),
            lambda: messages.send_again(session, other, NOW, 1),
        ):
            with pytest.raises(ForbiddenError):
                deed()
        with pytest.raises(NotFoundError):
            messages.send_again(session, ADMIN, NOW, 999)


@pytest.mark.parametrize(
    "url",
    ["", "example.com/hook", "http://example.com/hook", "ftp://example.com", "https://", "https://ann:pw@example.com/",
     "https://exa mple.com", "https://example.com:port/", "javascript:alert(1)", "https://exämple.com/"],
)  # fmt: skip
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(DomainError) as caught:
        check_url(url)
    assert caught.value.field == "webhook.url"


def test_addresses_that_can() -> None:
    for url in ("https://example.com/hook?a=b", "http://localhost:9000/x", "http://127.0.0.1/x", "https://10.0.0.7/x"):
        assert check_url(f" {url} ") == url


def test_a_webhook_needs_a_topic_and_keeps_no_test_of_it() -> None:
    with pytest.raises(DomainError, match="must name alarm, digest or both"):
        Webhook("https://example.com", "x", (Topic.TEST,), NOW)
    assert Webhook("https://example.com", "x", (Topic.DIGEST, Topic.ALARM), NOW).topics == (Topic.ALARM, Topic.DIGEST)


def test_the_audit_log_keeps_the_path_of_an_address_to_itself(engine: Engine) -> None:
    secret = make_hook(engine, "https://hooks.example.com:8443/services/T00/B00/secret?token=secret").webhook.id
    with writing(engine) as session:
        messages.stop_webhook(session, ADMIN, NOW, secret)
        lines = audit.history(session, noun="webhook")
    assert [line.action for line in lines] == ["stop", "create"]
    assert all("secret?" not in str(line) and "T00" not in str(line) for line in lines)
    assert all(line.after is not None and line.after["url"] == "https://hooks.example.com:8443/…" for line in lines[1:])


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]"])
def test_no_message_goes_where_clouds_keep_secrets(engine: Engine, host: str) -> None:
    make_hook(engine, f"https://{host}/latest/meta-data")
    tell(engine)
    messages.send_due(engine, means())
    assert listed(engine)[0]["error"] == "169.254.169.254 is an address no webhook may have."
    assert PAUSES[0] < HOUR
