"""What the tour of the demo shows, step by step: once around the wheel."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One stop.

    Args:
        title: where one is.
        path: its page.
        sees: what is seen there.
        do: one thing to try; what changes data is left to the visitor.
        test: the test its page belongs to, empty where it belongs to none.
        shipped: whether the page needs that the test was shipped.
        missing: said where the test, or its roll-out, is not there.
        instead: the page shown then.
    """

    title: str
    path: str
    sees: str
    do: str
    test: str = ""
    shipped: bool = False
    missing: str = ""
    instead: str = "/experiments"


GONE = "The demo’s test “{}” is not here any more: somebody put it away or renamed it. Look at another test, or go on."
STEPS = (
    Step(
        "Goals",
        "/goals",
        "Before any test the company says what success is, and which losses it accepts on the way: by name, with a "
        "reason, until a day. In the demo a loss of up-sales and an aim for cross-sales are agreed.",
        "Under “What a customer is worth” change one input and calculate. Nothing is stored.",
    ),
    Step(
        "Opportunities",
        "/opportunities",
        "Where people could use another product and buy less of it than the same kind of people elsewhere. The lead "
        "case is on top: who holds mobile only buys little TV on the TV pages.",
        "Open the first row of the list and read its numbers. Then unfold “How to read this”.",
    ),
    Step(
        "Backlog",
        "/backlog",
        "Ideas from everybody, ranked by what they are expected to bring for the people they use up. The range of a "
        "rank says how sure it is.",
        "Open the calendar: it lays the ideas on the first weeks in which their people are free.",
    ),
    Step(
        "Planner",
        "/planner",
        "How long a test must run to show the gain, and to rule out the loss. Usually the second decides.",
        "Double the accepted loss of the guardrail and see how the weeks shrink. Only the address changes.",
    ),
    Step(
        "Builder",
        "/experiments/build",
        "A test is described in small steps, from a template, a copy or nothing. It is a draft at once, and nothing "
        "runs until somebody launches it.",
        "If you like, choose a template and begin a draft; “Put away” removes it again. Else just read the templates.",
    ),
    Step(
        "A running test",
        "/experiments/app-offer",
        "The first look is taken, the next one comes in some weeks. Between looks no verdict changes, because whoever "
        "reads verdicts every day will find winners that are none.",
        "Read “If you wait”, then open the tab Data quality.",
        test="app-offer",
        missing=GONE.format("app-offer"),
    ),
    Step(
        "The decision",
        "/experiments/tv-entry",
        "The test is over and says what to do: more cross-sell, nothing taken from up-sell, and below it the way from "
        "gross to net. In contrast to it the test tv-bundle-banner gained as much and took it from up-sell.",
        "Read the banner, the split, the waterfall. Then decide at the bottom of the page, or leave it to the next "
        "visitor.",
        test="tv-entry",
        missing=GONE.format("tv-entry"),
    ),
    Step(
        "The roll-out",
        "/experiments/call-offer/rollout",
        "A test of the contact centre, shipped two months ago. The winner goes to everybody but one in twenty; a guard "
        "looks for harm and rolls back by itself. The read-out after 30 days tells what remains of the gain.",
        "Read the read-out: what it shows, and what it would take to know more. Then open the tab Results: its end "
        "sets what the test brings in a year against what it cost.",
        test="call-offer",
        shipped=True,
        missing="The roll-out of the demo’s test “call-offer” was ended or put away: there is none to see. Decide "
        "tv-entry with “Ship” and open its tab Roll-out; or read on this page what happens then.",
        instead="/docs/roll-out",
    ),
    Step(
        "Learnings",
        "/learnings",
        "What every test taught, with the tests that speak for and against it. One is drafted by itself with each "
        "decision.",
        "Search for “bundle”, and open what was learned of it.",
    ),
    Step(
        "Contact centre",
        "/contact-centre",
        "Hit rate, handling time and CSAT per channel, and below it what each test moved of them: more sales for "
        "longer calls, and whether customers are as happy. Then who was kept from an offer, and what tests returned.",
        "Read “What tests moved together”. Then “Promised two things”: customers who heard one price at the desk and "
        "saw another in the app.",
    ),
    Step(
        "Overview",
        "/",
        "Home, and the whole wheel on one page: how sales and service are going, what waits for a decision, what runs "
        "and what was learned. From here the next turn begins.",
        "Find the tests that wait for a decision. The one with the broken split says why it must not be read.",
    ),
)
