"""Small integers that stand for closed sets in the fact tables; they are stored and never change."""

from __future__ import annotations

from experiments.domain.channel import Channel
from experiments.domain.holding import RELATION_CODE
from experiments.domain.metric import EventKind

CHANNEL_CODE = {channel: code for code, channel in enumerate(Channel, start=1)}
KIND_CODE = {kind: code for code, kind in enumerate(EventKind, start=1)}
EVENT_TYPE = {"track": 1, "identify": 2, "page": 3}

#: Kinds of ids, and reasons to leave a unit out of analyses.
ID_KIND = {"visitor": 1, "customer": 2, "agent": 3}
MARK_CODE = {"bot": 1, "internal": 2, "busy": 3}
#: How serious an open issue is, by the word a contact says; 0 = none is open.
SEVERITY_CODE = {"none": 0, "normal": 1, "serious": 2, "critical": 3}
#: Families of browsers, which differ in how long they keep an id; negative where the id was met for the first time.
BROWSER_CODE = {"Chrome": 1, "Edg": 2, "Firefox": 3, "Safari": 4, "other": 5}

#: A relation that a sender states in a word that is none of ours; 0 = none is stated, above it the code of a relation.
STATED_UNREAD = -1

HELD_OUT = -1
HELD_BACK = -2

__all__ = [
    "BROWSER_CODE",
    "CHANNEL_CODE",
    "EVENT_TYPE",
    "HELD_BACK",
    "HELD_OUT",
    "ID_KIND",
    "KIND_CODE",
    "MARK_CODE",
    "RELATION_CODE",
    "SEVERITY_CODE",
    "STATED_UNREAD",
]
