"""Refusals in the words of a page: a field is called as its label says, numbers stand in the unit that was typed.

The domain speaks of paths and of what is stored ("plan.power == 1.5, must be >= 0.5 and < 1."), and the API tells that
as it is. A page knows its labels only once it is made, so a refusal first leaves a mark where the path stood, and
`name_fields` puts the label of the finished page in its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import g
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from flask import Flask, Response

#: What a refusal begins with: the field's path, told from an ordinary sentence by what follows it.
_SUBJECT = re.compile(
    r"\A(?P<path>[a-z]\w*(?:[.-]\w+)*)(?P<rest>(?: ==| has | holds | sums | begins | is empty|:).*)\Z", re.DOTALL
)
_VALUE = re.compile(r"\A ==? (?P<value>-?[\d.]+(?:e-?\d+)?)(?=[,. ])")
_PARTS = (
    "audience|evidence|experiment|goal|idea|layer|learning|metrics?|net|phase|plan|policy|product|rollout|screenshot"
    "|step|user|variants?"
)
#: Where the last word of a path says too little.
_CALLED = {"net.channels": "the channels of the test"}
#: Another field that a bound speaks of; what was typed stands in quotes and is left alone.
_OTHER = re.compile(rf"(?P<quoted>'[^']*'|\"[^\"]*\")|(?<![\w./@-])(?:{_PARTS})(?:\.\w+)+")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w']|\.\d)")
_EMPTY = re.compile(r" == (?:''|\"\")(?=[,. ])")
_IS = re.compile(r"(?P<quoted>'[^']*'|\"[^\"]*\")|, (?P<verb>is|does) ")
_SIGN = re.compile(r"(?P<quoted>'[^']*'|\"[^\"]*\")| (?P<sign>==|[<>]=?) ")
_SIGNS = {">=": " at least ", "<=": " at most ", ">": " above ", "<": " below "}
_MARK = re.compile(r'<span data-names="([^"]*)">([^<]*)</span>')


def in_typed_unit(message: str, typed: str, factor: float) -> str:
    """A refusal whose numbers are those of the form.

    Args:
        message: of the domain, about one number.
        typed: what the person typed; stands for the refused value.
        factor: the domain's number for one that was typed: 0.01 where percent are typed, 100 where euros become cents.
    """
    found = _SUBJECT.match(message)
    if found is None:
        return message
    unit = "%" if factor == 0.01 else ""
    rest = found["rest"]
    if factor != 1:
        rest = _NUMBER.sub(lambda number: f"{float(number[0]) / factor:.12g}{unit}", rest)
    if typed and _VALUE.match(found["rest"]):
        rest = re.sub(r"\A == [^ ,]+", lambda _: f" == {typed.rstrip('% ')}{unit}", rest)
    return found["path"] + rest


def plain_field(path: str) -> str:
    """The last word of a path ("variants.0.alt_text" → "alt text"), for where no label is at hand."""
    if path in _CALLED:
        return _CALLED[path]
    words = [part for part in path.split(".") if not part.isdigit()]
    return (words[-1] if words else path).replace("_", " ")


def refused(message: str, name: str = "") -> Markup:
    """A refusal as pages print it; `name` of the control it stands under, empty where it stands under none."""
    found = _SUBJECT.match(message)
    if found is None:
        return escape(in_words(message))
    field = plain_field(found["path"])
    rest = in_words(_OTHER.sub(lambda other: other["quoted"] or plain_field(other[0]), found["rest"]))
    shown = field[:1].upper() + field[1:]
    if not name:
        return escape(shown + rest)
    g.names_fields = True
    return Markup('<span data-names="{}">{}</span>{}').format(name, shown, rest)


def in_words(rest: str) -> str:
    """What a refusal says of its field, without signs of code: " == 150%, must be >= 50%." → " is 150%, must be at
    least 50%."; what was typed is left alone."""
    said, must, bound = _EMPTY.sub(" is empty", rest).partition(", must ")
    said = _IS.sub(lambda both: both[0] if both["quoted"] else f", which {both['verb']} ", said)
    return _without_signs(said, " is ") + must + _without_signs(bound, ", which is ")


def _without_signs(text: str, equals: str) -> str:
    signs = _SIGNS | {"==": equals}
    return _SIGN.sub(lambda sign: sign["quoted"] or signs[sign["sign"]], text)


def name_fields(page: str) -> str:
    """The page with the label of each control where a mark was left; the plain word stays where it has none."""
    return _MARK.sub(lambda mark: _label(page, mark[1]) or mark[2], page)


def _label(page: str, name: str) -> str:
    control = re.escape(f"field-{name}")
    for pattern in (
        rf'<label for="{control}"[^>]*>\s*([^<]*)',
        rf'<fieldset[^>]* id="{control}"[^>]*>\s*<legend[^>]*>\s*([^<]*)',
        rf'id="{control}"[^>]* aria-label="([^"]*)"',
        rf'aria-label="([^"]*)"[^>]* id="{control}"',
    ):
        if (found := re.search(pattern, page)) and found[1].strip():
            return found[1].strip()
    return ""


def register(app: Flask) -> None:
    """Give templates the filter `refused` and have finished pages name their fields."""
    app.add_template_filter(refused, "refused")

    @app.after_request
    def name(response: Response) -> Response:
        if g.get("names_fields") and response.mimetype == "text/html" and not response.is_streamed:
            response.set_data(name_fields(response.get_data(as_text=True)))
        return response
