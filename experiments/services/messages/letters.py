"""What letters say: the digest and alarms as plain text, and as HTML that every mail program shows."""

from __future__ import annotations

from datetime import date
from html import escape

from experiments.domain.message import Topic
from experiments.services.messages.digest import Digest, Line, Section
from experiments.services.messages.outbox import News

_INK, _MUTED, _LINE, _BRAND = "#111827", "#5b6576", "#e3e7ed", "#2850d8"
_BODY = f"margin:0;padding:24px;background:#f6f7f9;color:{_INK};font:14px/1.5 Inter,Helvetica,Arial,sans-serif"
_CARD = f"max-width:640px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid {_LINE};border-radius:10px"
_LINK = f"color:{_BRAND}"


def digest_news(digest: Digest, at: int, public_url: str) -> News:
    """The digest as something to tell.

    Args:
        at: µs UTC at which it was due.
        public_url: where people reach the product.
    """
    of = f" of {digest.company}" if digest.company else ""
    subject = f"The week of tests{of}: {_span(digest.since, digest.until)}"
    return News(
        Topic.DIGEST,
        f"digest/{digest.week}",
        at,
        digest.to_dict(),
        subject[:200],
        _digest_text(digest, public_url),
        _digest_html(digest, subject, public_url),
    )


def alarm_letter(sentence: str, path: str, public_url: str) -> tuple[str, str]:
    """Text and HTML of an alarm."""
    address = public_url + path
    text = f"{sentence}\n\n{address}\n\n{_foot_text(public_url)}"
    html = f'<p>{escape(sentence)}</p><p><a style="{_LINK}" href="{escape(address)}">Look at it</a></p>'
    return text, _page("Alarm", html, public_url)


def _digest_text(digest: Digest, public_url: str) -> str:
    parts = [f"{title}: {value} ({change})" for title, value, change in digest.figures] or ["Nothing was counted."]
    for section in digest.sections:
        parts += ["", section.title.upper()]
        parts += [f"- {line.title}: {line.words}\n  {public_url}{line.path}" for line in section.lines] or [
            section.empty
        ]
    return "\n".join([*parts, "", _foot_text(public_url)])


def _digest_html(digest: Digest, subject: str, public_url: str) -> str:
    rows = "".join(_row(*figure) for figure in digest.figures)
    head = "".join(f'<th scope="col" align="left" style="{_cell()}">{word}</th>' for word in ("", "Week", "Compared"))
    table = f'<table role="table" width="100%" style="border-collapse:collapse"><tr>{head}</tr>{rows}</table>'
    body = table if digest.figures else "<p>Nothing was counted.</p>"
    return _page(subject, body + "".join(_block(section, public_url) for section in digest.sections), public_url)


def _row(title: str, value: str, change: str) -> str:
    cells = f'<td style="{_cell()}"><strong>{escape(value)}</strong></td>'
    cells += f'<td style="{_cell()};color:{_MUTED}">{escape(change)}</td>'
    return f'<tr><th scope="row" align="left" style="{_cell()};font-weight:400">{escape(title)}</th>{cells}</tr>'


def _cell() -> str:
    return f"padding:6px 8px 6px 0;border-bottom:1px solid {_LINE};vertical-align:top"


def _block(section: Section, public_url: str) -> str:
    lines = "".join(_item(line, public_url) for line in section.lines)
    told = f'<ul style="padding-left:18px;margin:0">{lines}</ul>' if lines else f"<p>{escape(section.empty)}</p>"
    return f'<h2 style="font-size:16px;margin:24px 0 8px">{escape(section.title)}</h2>{told}'


def _item(line: Line, public_url: str) -> str:
    link = f'<a style="{_LINK}" href="{escape(public_url + line.path)}">{escape(line.title)}</a>'
    return f'<li style="margin-bottom:6px">{link}<br>{escape(line.words)}</li>'


def _page(title: str, body: str, public_url: str) -> str:
    account = f'<a style="{_LINK}" href="{escape(public_url)}/account">your account</a>'
    foot = f'<p style="color:{_MUTED};margin-top:24px">You get this because you asked for it in {account}.</p>'
    head = f'<h1 style="font-size:20px;margin:0 0 16px">{escape(title)}</h1>'
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body style="{_BODY}"><div style="{_CARD}">{head}{body}{foot}</div></body></html>'
    )


def _foot_text(public_url: str) -> str:
    return f"You get this because you asked for it in your account: {public_url}/account\n"


def _span(since: date, until: date) -> str:
    first = f"{since.day} {since:%B}" if since.month != until.month else str(since.day)
    return f"{first} to {until.day} {until:%B %Y}"
