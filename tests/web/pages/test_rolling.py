"""The page of a shipped winner: shipped in steps from the form, rolled back by a click, undone, ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from experiments.decision.guard import GuardReading, GuardRow, GuardStatus
from experiments.decision.holdback import Baseline, ReadOut, ReadOutRow, design
from experiments.domain.experiment import UnitKind
from experiments.domain.plain import to_plain
from experiments.domain.rollout import OnHarm, ReadAs, RollOut
from experiments.services import alarms, roll_out
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY, now_us
from experiments.services.experiments import by_key
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import readings
from experiments.store.catalogue.readings import DESIGN, GUARD, UNDECIDED, Reading

Says = Callable[[TestResponse], str]
AT = "/experiments/ship/rollout"
STEPS = {"choice": "ship:entry", "holdback": "5", "pace": "steps", "shares": "10%, 25 50,100", "days": "7",
         "keep": "1", "on_harm": "pause", "last_read_out": "30", "reason": ""}  # fmt: skip
HARM = "Harm: Up-sell orders is worse among those who get the winner than among the held back."


def guard_reading(status: GuardStatus = GuardStatus.HARM, sentence: str = HARM) -> GuardReading:
    """Two metrics, of which one got worse and the other cannot be read."""
    rows = (
        GuardRow("cross-sell", "Cross-sell orders", "goal", None, None, None, None, None, True, None, "too_few"),
        GuardRow("up-sell", "Up-sell orders", "guardrail", 0.042, 0.031, -0.26, -0.38, -0.11, True, 0.18, "worse"),
    )
    return GuardReading(status, {"held": 2_000, "given": 38_000}, rows, 0.975, 0.4, sentence)


def keep(engine: Engine, rollout: RollOut, days: int, told: dict) -> None:
    """Store a reading, as the worker does."""
    with writing(engine) as session:
        readings.put(session, "ship", rollout.started_at or 0, Reading(days, now_us(), told))


def shipped(engine: Engine) -> RollOut:
    with reading(engine) as session:
        found = by_key(session, "ship").rollout
    assert found is not None
    return found


def test_shipping_in_steps_from_the_form(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    assert "How a winner is shipped" in says(approver.get("/experiments/ship"))
    refused = approver.post("/experiments/ship/decide", STEPS | {"shares": "50, 25"})
    assert refused.status_code == 422
    assert "shares must rise" in says(refused)
    assert 'value="50, 25"' in refused.text
    assert approver.post("/experiments/ship/decide", STEPS | {"shares": "ten"}).status_code == 422
    unguarded = says(approver.post("/experiments/ship/decide", STEPS | {"holdback": "0"}))
    assert "Holdback is 0%, must be above 0% with steps" in unguarded
    beyond = says(approver.post("/experiments/ship/decide", STEPS | {"last_read_out": "365"}))
    assert "must be at most 30 where the unit is a visitor" in beyond
    assert approver.post("/experiments/ship/decide", STEPS).location == "/experiments/ship"
    found = shipped(engine)
    assert (found.share, [step.share for step in found.steps], found.on_harm) == (0.1, [0.25, 0.5, 1.0], OnHarm.PAUSE)
    assert found.steps[1].earliest - found.steps[0].earliest == 7 * DAY
    page = says(approver.get(AT))
    assert "10% of all visitors get “Personal entry”" in page
    assert "25%, on " in page
    assert "No reading of the guard yet." in page
    assert "To come" in page


def test_roll_back_in_one_click_and_undo(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    approver.post("/experiments/ship/decide", STEPS)
    assert as_role("editor").post(f"{AT}/roll-back").status_code == 403
    assert approver.post(f"{AT}/roll-back").location == AT
    page = says(approver.get(AT))
    assert "Rolled back on" in page
    assert "none while it is rolled back" in page
    assert "nobody gets “Personal entry” now; 10% of all visitors did" in page
    approver.post(f"{AT}/restore")
    assert "Undo the roll-back" not in says(approver.get(AT))
    approver.post(f"{AT}/pause")
    assert "no step is taken" in says(approver.get(AT))
    approver.post(f"{AT}/resume")
    approver.post(f"{AT}/everybody")
    assert shipped(engine).share == 1
    csv = approver.get(f"{AT}/history.csv").text.splitlines()
    assert [line.split(",")[2] for line in csv] == [
        "action", "raise_roll_out", "resume_roll_out", "pause_roll_out", "restore_roll_out", "roll_back", "decide",
    ]  # fmt: skip
    approver.post(f"{AT}/end")
    assert "This roll-out has ended." in says(approver.get(AT))
    assert approver.get("/experiments/paused/rollout").status_code == 404
    assert approver.post(f"{AT}/explode").status_code == 404


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.2, "can see +13.74 or −10.83 pp of 21.68%"),
        (0.02, "what it can see cannot be said"),
        (0.985, "can see −5.58 pp, no rise, of 98.99%"),
    ],
)
def test_a_holdback_promises_only_what_it_can_see(
    rate: float, words: str, as_role: Callable, engine: Engine, says: Says
) -> None:
    """Of 2 % nobody can lose 4.43 points, and of two events nothing is compared; the page promised to see both."""
    approver = as_role("approver")
    approver.post("/experiments/ship/decide", STEPS)
    baseline = Baseline(28, again=rate, kept=None, margin=None, margin_sd=None, units_per_week=450)
    made = design(baseline, UnitKind.VISITOR, 0.05, 28, 30)
    keep(engine, shipped(engine), DESIGN, {"baseline": to_plain(baseline), "read_outs": to_plain(made)})
    assert words in says(approver.get(AT))


def test_what_the_guard_and_the_holdback_say(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    approver.post("/experiments/ship/decide", STEPS)
    rollout = shipped(engine)
    keep(engine, rollout, GUARD, guard_reading().to_dict())
    baseline = Baseline(28, again=0.02, kept=None, margin=1_200.0, margin_sd=9_000.0, units_per_week=20_000)
    made = design(baseline, UnitKind.VISITOR, 0.05, 28, 30)
    keep(engine, rollout, DESIGN, {"baseline": to_plain(baseline), "read_outs": to_plain(made)})
    rows = (
        ReadOutRow("again", "ok", 0.02, 0.021, 0.001, -0.002, 0.004, "z", times=6.5),
        ReadOutRow("kept", "not_measured", note="Under 90% have a full statement of holdings."),
        ReadOutRow("margin", "ok", 1_200.0, 1_500.0, 300.0, 100.0, 500.0, "z", times=0.4),
    )
    keep(engine, rollout, 30, ReadOut(30, 4_000, 76_000, 0.95, rows).to_dict())
    with writing(engine) as session:
        roll_out.pause_roll_out(session, SYSTEM, now_us(), "ship", reason=HARM)
        alarms.sound(session, now_us(), "harm", "ship", f"{HARM} It was paused at its share.", {})
    page = says(approver.get(AT))
    assert HARM in page
    assert "2,000 held back and 38,000 with the winner are 3 days old or more" in page
    assert "−26.0% −38.0% to −11.0%" in page
    assert "always-valid intervals, 97.5%" in page
    assert "its standard error is 2.3 times that of a 50/50 test" in page
    assert "+0.10 pp −0.20 pp to +0.40 pp; to tell this from nothing would take 6.5 times as many on both sides" in page
    assert "Under 90% have a full statement of holdings." in page
    assert "it could see ±" in page
    assert "+€3.00 +€1.00 to +€5.00" in page
    assert "Alarm of" in page
    csv = approver.get(f"{AT}/read-outs.csv").text.splitlines()
    assert len(csv) == 4
    assert csv[1].startswith("30,")
    assert ",margin,EUR," in csv[3]
    assert csv[3].split(",")[8:13] == ["12.0", "15.0", "3.0", "1.0", "5.0"]


@pytest.mark.parametrize("path", ["", "/history.csv", "/read-outs.csv"])
def test_only_for_people_who_are_signed_in(as_role: Callable, path: str) -> None:
    assert as_role("viewer").get(f"/experiments/decided/rollout{path}").status_code == 200


def measured(engine: Engine) -> None:
    """What the worker measures of a test that waits for its decision."""
    base = Baseline(28, again=0.05, kept=None, margin=1_000.0, margin_sd=8_000.0, units_per_week=70_000)
    with writing(engine) as session:
        readings.put(session, "ship", UNDECIDED, Reading(DESIGN, now_us(), {"baseline": to_plain(base)}))


def test_what_a_holdback_could_see_stands_in_the_form_before_anybody_decides(
    as_role: Callable, engine: Engine, says: Says
) -> None:
    approver = as_role("approver")
    waiting = says(approver.get("/experiments/ship"))
    assert "is worked out by the worker within a minute of the stop" in waiting
    measured(engine)
    page = says(approver.get("/experiments/ship"))
    assert "What each read-out could see" in page
    assert "its standard error is 2.3 times that of a 50/50 test" in page
    assert "14,000 held back, 266,000 with the winner" in page


def test_it_follows_the_share_with_scripts_and_without(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    measured(engine)
    at = "/experiments/ship/decide/holdback"
    asked = {"holdback": "20", "choice": "ship:entry", "read_as": "descriptive", "reason": "Typed before"}
    fragment = approver.get(at, query_string=asked, headers={"HX-Request": "true"})
    words = says(fragment)
    assert "56,000 held back, 224,000 with the winner" in words
    assert "1.2 times" in words
    assert "described and not judged" in words
    assert "<html" not in fragment.text
    whole = approver.get(at, query_string=asked)
    assert "56,000 held back" in says(whole)
    assert 'value="20"' in whole.text
    assert "Typed before" in whole.text
    assert "Holdback is 60%, must be at least 0% and at most 50%" in says(
        approver.get(at, query_string=asked | {"holdback": "60"})
    )
    assert "Without a holdback" in says(approver.get(at, query_string=asked | {"holdback": "0"}))
    assert approver.get("/experiments/draft/decide/holdback", query_string=asked).location == "/experiments/draft"


def test_read_outs_that_only_describe_say_no_verdict(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    told = ReadOut(30, 2_000, 38_000, 0.95, (
        ReadOutRow("again", "ok", 0.05, 0.08, 0.03, 0.01, 0.05, "score", 0.4, verdict="better"),))  # fmt: skip
    assert approver.post("/experiments/ship/decide", STEPS | {"read_as": "descriptive"}).status_code == 302
    rollout = shipped(engine)
    assert rollout.read_as is ReadAs.DESCRIPTIVE
    keep(engine, rollout, 30, told.to_dict())
    page = says(approver.get(AT))
    assert "; descriptive" in page
    assert "nothing is concluded from them" in page
    assert "Better" not in page
    with writing(engine) as session:
        roll_out.end_roll_out(session, SYSTEM, now_us(), "ship")


def test_read_outs_that_share_the_error_say_their_verdict(as_role: Callable, engine: Engine, says: Says) -> None:
    approver = as_role("approver")
    told = ReadOut(30, 2_000, 38_000, 0.95, (
        ReadOutRow("again", "ok", 0.05, 0.08, 0.03, 0.01, 0.05, "score", 0.4, verdict="better"),))  # fmt: skip
    approver.post("/experiments/ship/decide", STEPS)
    assert shipped(engine).read_as is ReadAs.SPENDING
    keep(engine, shipped(engine), 30, told.to_dict())
    assert "▲ Better" in says(approver.get(AT))
    assert ",better,spending," in approver.get(f"{AT}/read-outs.csv").text
