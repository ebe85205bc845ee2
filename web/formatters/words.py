"""Signs, words, icons and tones of verdicts, actions and statuses.

Words and signs are those of `experiments.decision.words`; a tone names a colour that only repeats them:
gain | loss | warn | brand | neutral (see components.css). A code outside the contract raises `ValueError`.
"""

from __future__ import annotations

from experiments.decision.words import Action, Verdict

_VERDICT_TONES = {
    Verdict.BETTER: "gain",
    Verdict.HOLDS: "gain",
    Verdict.WORSE: "loss",
    Verdict.BROKEN: "loss",
}

_ACTION_TONES = {
    Action.INVALID: "warn",
    Action.CANNIBALISING: "loss",
    Action.HARM: "loss",
    Action.NET_LOSS: "loss",
    Action.SHIP: "gain",
}

_ACTION_ICONS = {
    Action.INVALID: "triangle-alert",
    Action.CANNIBALISING: "arrow-left-right",
    Action.HARM: "octagon-alert",
    Action.NET_LOSS: "trending-down",
    Action.SHIP: "rocket",
    Action.NO_GAIN: "equal",
    Action.INCONCLUSIVE: "hourglass",
}

_STATUS_TONES = {"testing": "warn", "running": "brand", "paused": "warn", "decided": "gain"}


def verdict_sign(code: str) -> str:
    """`better` → "▲"."""
    return Verdict(code).sign


def verdict_word(code: str) -> str:
    """`not_shown` → "Not shown yet"."""
    verdict = Verdict(code)
    return verdict.label.removeprefix(verdict.sign).strip()


def verdict_tone(code: str) -> str:
    """`holds` → "gain"; what is undecided or has no verdict is "neutral"."""
    return _VERDICT_TONES.get(Verdict(code), "neutral")


def action_word(code: str) -> str:
    """`net_loss` → "Net loss"."""
    return Action(code).label


def action_icon(code: str) -> str:
    """`ship` → "rocket", a name of the icon sprite."""
    return _ACTION_ICONS[Action(code)]


def action_tone(code: str) -> str:
    """`harm` → "loss"."""
    return _ACTION_TONES.get(Action(code), "neutral")


def status_tone(status: str) -> str:
    """`running` → "brand"; a status without a colour of its own (draft, stopped, archived) is "neutral"."""
    return _STATUS_TONES.get(status, "neutral")


def role_word(role: str) -> str:
    """`guardrail` → "Guardrail"."""
    return role.capitalize()
