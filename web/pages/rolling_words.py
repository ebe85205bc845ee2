"""What happens to a roll-out, in words."""

from __future__ import annotations

#: {action of the audit log: (words, icon)}
DEEDS = {
    "pause_roll_out": ("The roll-out was paused", "pause"),
    "resume_roll_out": ("The roll-out goes on", "play"),
    "roll_back": ("Rolled back: everybody sees the control", "history"),
    "restore_roll_out": ("The roll-back was undone", "refresh-cw"),
    "extend_holdback": ("The holdback is kept longer", "calendar"),
    "windows_closed": ("The windows of the test have closed", "clock"),
    "end_holdback": ("The holdback ended by itself", "square"),
    "next_step": ("The next step was taken", "trending-up"),
}
ALL_DEEDS = {
    "decide": ("Shipped", "circle-check"),
    "raise_roll_out": ("The roll-out grew", "trending-up"),
    "end_roll_out": ("The roll-out ended", "square"),
    **DEEDS,
}
STATES = {"going": ("Going on", "gain"), "paused": ("Paused", "warn"), "rolled_back": ("Rolled back", "loss")}
GUARD = {
    "too_few": ("Too few to say", "neutral"),
    "clear": ("No harm shown", "gain"),
    "harm": ("Harm", "loss"),
    "split_broken": ("Split broken", "warn"),
    "not_guarded": ("Not guarded", "warn"),
}
MEASURES = {
    "again": ("Ordered again after the first week", "percent"),
    "kept": ("Still hold something", "percent"),
    "margin": ("Margin per unit", "money"),
}
READ_OUT = {"better": "▲ Better", "worse": "▼ Worse", "not_shown": "? Not shown yet"}
VERDICTS = {"worse": "▼ Worse", "not_shown": "? Not shown", "too_few": "Too few"}
