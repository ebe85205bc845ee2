"""Send what is due: by mail to people, by signed requests to other systems; try again, later and later."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from sqlalchemy import Engine

from experiments.domain.errors import DomainError
from experiments.services.access import Vault
from experiments.services.clock import HOUR, MINUTE
from experiments.services.mail import Letter, Postman
from experiments.services.messages import envelope
from experiments.services.steps import is_down, words_of
from experiments.store.catalogue import messages as store
from experiments.store.catalogue.messages import Message
from experiments.store.engines import reading, writing

_log = logging.getLogger(__name__)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: µs until the next try after the first, second … one that failed; the schedule that Standard Webhooks proposes.
PAUSES = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
TIMEOUT_SECONDS = 10
AT_ONCE = 20
GONE = 410


class RefusedError(Exception):
    """It did not arrive.

    Args:
        why: for the page that lists messages; holds nothing of an answer's body.
        for_good: trying again would be no use.
    """

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.why, self.for_good = why, for_good


@dataclass(frozen=True, slots=True)
class Means:
    """How messages leave.

    Args:
        clock: µs UTC.
    """

    vault: Vault
    postman: Postman | None
    clock: Callable[[], int]


def send_due(engine: Engine, means: Means) -> int:
    """Send some of what is due; how many arrived. Each is settled before the next is tried."""
    with reading(engine) as session:
        waiting = store.due(session, means.clock(), AT_ONCE)
    return sum(_try(engine, means, message) for message in waiting)


def _try(engine: Engine, means: Means, message: Message) -> bool:
    try:
        _hand_over(engine, means, message)
    except RefusedError as refused:
        _fail(engine, means.clock(), message, refused)
        return False
    except Exception as error:  # whatever it is, the messages behind it must not wait for ever
        if is_down(error):
            raise
        _log.exception("Message %s to %s could not be sent", message.key, message.receiver)
        _fail(engine, means.clock(), message, RefusedError(words_of(error)))
        return False
    with writing(engine) as session:
        sent = {"sent_at": means.clock(), "next_try_at": None, "tries": message.tries + 1, "error": ""}
        store.settle(session, message.id, **sent)
    return True


def _hand_over(engine: Engine, means: Means, message: Message) -> None:
    if message.webhook_id is not None:
        _post(engine, means, message.webhook_id, message)
    elif means.postman is None:
        raise RefusedError("There is no mail server.")
    else:
        _mail(means.postman, engine, message)


def _mail(postman: Postman, engine: Engine, message: Message) -> None:
    with reading(engine) as session:
        to = store.addresses(session, [message.user_id or 0]).get(message.user_id or 0)
    if to is None:
        raise RefusedError("The person is kept out.", for_good=True)
    told = message.document
    try:
        postman.send(Letter(to, told["subject"], told["text"], told["html"]))
    except DomainError as error:
        raise RefusedError(error.message) from error


def _post(engine: Engine, means: Means, hook_id: int, message: Message) -> None:
    with reading(engine) as session:
        found = store.find_webhook(session, hook_id)
    if found is None or found[0].stopped_at is not None:
        raise RefusedError("The webhook was stopped.", for_good=True)
    hook, sealed = found
    secret = means.vault.open(sealed)
    if secret is None:
        raise RefusedError(
            "Its secret was sealed with another NETLIFT_SECRET_KEY; make the webhook anew.", for_good=True
        )
    _check_host(hook.url)
    body = envelope.packed(message.document)
    signed = envelope.headers(secret.decode(), message.document["id"], means.clock(), body)
    try:
        with requests.post(
            hook.url, body, headers=signed, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        raise RefusedError(f"No answer: {type(error).__name__}.") from error
    if status == GONE:
        _stop(engine, hook_id, means.clock())
        raise RefusedError("Answered 410: it wants nothing more, so the webhook was stopped.", for_good=True)
    if not 200 <= status < 300:
        raise RefusedError(f"Answered {status}, must be 2xx.")


def _check_host(url: str) -> None:
    """No message goes to addresses where clouds keep their machines' secrets, or to everybody."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, None)
    except OSError as error:
        raise RefusedError("The host is not known.") from error
    for *_, place in found:
        address = _inner(ipaddress.ip_address(str(place[0]).partition("%")[0]))
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            raise RefusedError(f"{address} is an address no webhook may have.", for_good=True)


def _inner(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it (`::ffff:169.254.169.254`)."""
    wrapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return wrapped or address


def _stop(engine: Engine, hook_id: int, now: int) -> None:
    with writing(engine) as session:
        store.change_webhook(session, hook_id, stopped_at=now)
        store.give_up_on(session, hook_id, "The webhook was stopped.")


def _fail(engine: Engine, now: int, message: Message, refused: RefusedError) -> None:
    over = refused.for_good or message.tries >= len(PAUSES)
    later = None if over else now + PAUSES[message.tries]
    with writing(engine) as session:
        store.settle(session, message.id, tries=message.tries + 1, next_try_at=later, error=refused.why)
    if over:
        _log.warning("Message %s to %s was given up: %s", message.key, message.receiver, refused.why)
