"""How to read each block of the pages, in plain words: what pages unfold and docs/how-to-read.md prints."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """How one block is read.

    Args:
        key: what a template asks for, and its anchor in the document.
        title: what people call the block.
        text: two to four sentences for somebody who sees it for the first time.
        words: anchors of the defined words it leans on.
    """

    key: str
    title: str
    text: str
    words: tuple[str, ...] = ()


RESULTS = (
    Reading(
        "decision",
        "The decision",
        "Start here: the heading says what to do, the sentence below it why. It follows one fixed rule and compares "
        "every goal and every guardrail, so nobody has to weigh numbers by hand. It changes at planned looks only, "
        "unless the data turn out to be faulty. You may decide otherwise, with a reason that is kept.",
        ("rule", "goal", "guardrail", "look"),
    ),
    Reading(
        "split",
        "The split",
        "If half of the people should see each variant, about half must have. A small difference is what chance does; "
        "one far beyond chance means that something lost people on the way, and then no comparison below is worth "
        "anything. A p under 0.001 is the alarm, a larger one says only that no fault is seen.",
        ("split", "exposure"),
    ),
    Reading(
        "progress",
        "The sample so far",
        "How many people have entered, of the number the plan asks for. A full bar does not mean that the test has "
        "won, and a half one not that it is behind: it only says when the next look falls. The last people need time "
        "to buy before they count.",
        ("progress", "mature", "look"),
    ),
    Reading(
        "outlook",
        "If you wait",
        "What the next look is likely to bring, and what waiting for it costs. The chance is a forecast from the data "
        "so far, not a verdict. Nothing has to be done: a test that runs to its end is the rule, and stopping early "
        "is for harm.",
        ("outlook", "delay", "look"),
    ),
    Reading(
        "waterfall",
        "From gross to net",
        "Read it from top to bottom: it begins with the gain one sees first, and each step takes away or adds what "
        "came from somewhere else. Bars to the left are losses. What remains in the last row is the net, the number "
        "to decide on. Of a step whose interval crosses 0 neither a gain nor a loss is shown.",
        ("net", "gross-to-net", "interval"),
    ),
    Reading(
        "metrics",
        "The metrics",
        "Each row compares one number between the control and the variant. The bar shows every change that fits the "
        "data: if it lies wholly on one side of 0, chance alone hardly explains the change. A guardrail holds when "
        "its bar stays clear of the marked limit, even if it crosses 0. Read the bar before the number: a wide one "
        "says that little is known yet.",
        ("interval", "goal", "guardrail", "holds", "margin", "after-stop"),
    ),
    Reading(
        "all-numbers",
        "All numbers",
        "For whoever wants to check the verdicts: the same effects on both scales, with p-values, the level of each "
        "interval and the bound each guardrail was held against. Nothing here decides anything that the table above "
        "does not.",
        ("secondary", "few-events"),
    ),
    Reading(
        "plane",
        "Goal against guardrail",
        "One point shows two changes at once: the goal upwards, the protected sales to the right. A winner lies above "
        "0 and to the right of the limit; above 0 and to the left of it a gain is taken from other sales. The shaded "
        "areas hold the pairs of changes that fit the data: the darker, the better they fit.",
        ("region", "guardrail", "margin"),
    ),
    Reading(
        "kept-out",
        "Who was kept out",
        "These people met the page and did not enter the test, with the reason. It was decided before a variant was "
        "drawn, so it cannot favour one of them. A reason that is larger than you expect means that the audience is "
        "narrower than you meant.",
        ("audience", "exposure"),
    ),
    Reading(
        "over-time",
        "The effect over time",
        "One point for each planned look, with its band. Bands get narrower as people come in. Do not read a trend "
        "into the points: early ones jump about by chance, and only the last one counts.",
        ("look", "interval"),
    ),
    Reading(
        "days",
        "Units by day",
        "How many people had entered by the end of each day. The columns of the variants should grow at the same "
        "pace; a day on which one of them stands still is where to look for a broken page.",
        ("exposure", "mature", "split"),
    ),
    Reading(
        "quality",
        "Data quality",
        "Whether the numbers can be trusted. Small counts are normal everywhere; what matters is that they are alike "
        "in all variants, because a difference between variants is never harmless. The notes name what needs a look.",
        ("two-variants", "contamination", "mature", "linked", "left-out"),
    ),
    Reading(
        "plan",
        "The plan",
        "What was agreed before anybody had seen a result: which metrics decide, which losses are accepted, how many "
        "people and when it is read. It is frozen at launch, so that nobody, with the best intentions, picks the "
        "number that came out well.",
        ("plan", "margin", "sample-size", "binding", "look"),
    ),
    Reading(
        "declared",
        "Declared for gross to net",
        "What the way from gross to net is counted with: whose sales the offer promotes, which are protected, in "
        "which channels it was shown, and what service costs. Other assumptions give another net; what if they were "
        "others stands below the waterfall.",
        ("net", "gross-to-net"),
    ),
)
CANNIBALISATION = (
    Reading(
        "rate",
        "What the gain takes",
        "How many protected orders, such as up-sales, are lost for each promoted order gained. Below the break-even "
        "the trade is worth it. No rate is given where the gain itself may be nothing, because a loss divided by "
        "nothing says nothing.",
        ("rate", "break-even"),
    ),
    Reading(
        "rate-plane",
        "Orders gained and lost",
        "Promoted orders run upwards, protected ones to the right, both as a change per 1,000 people. The dashed line "
        "is the break-even: above it the gain is worth more than what it takes. If the shaded areas lie on both sides "
        "of it, the data cannot tell yet.",
        ("rate", "break-even", "region"),
    ),
    Reading(
        "curve",
        "The gain by days",
        "The line grows while the variant sells more, and falls when the control catches up. A line that falls back "
        "towards 0 hints that people bought earlier and not more; the bands say whether that is shown, the inner one "
        "for each day alone, the outer one for all of them. What lies beyond the last day cannot be seen here.",
        ("pull-forward",),
    ),
    Reading(
        "matrix",
        "The matrix",
        "Each cell is one kind of sale: the row says what people held or where they saw the offer, the column what or "
        "where they bought. Blue cells gained, orange ones lost; white ones may be chance, grey ones hold too few "
        "sales to say. Gains in one column beside losses in another of the same row may be sales that moved.",
        ("matrix", "relation"),
    ),
    Reading(
        "digital-share",
        "The digital share",
        "The share of sales made in web and app. It rises when digital sales rise, and also when the others fall, "
        "which is no success. So look at both rows below it before you are pleased.",
        ("digital-share",),
    ),
    Reading(
        "service",
        "Handling time, hit rate, CSAT",
        "What the variant does to the contact centre, as totals per person in the test. Read the three together: "
        "shorter calls with less happy customers are no gain. Numbers by channel describe and never decide, because "
        "the variant changes who calls at all.",
        ("kpi",),
    ),
    Reading(
        "segments",
        "For whom it works",
        "The same effect within groups. Small groups show extreme numbers by chance, so each is drawn towards the "
        "mean of all; the small ring shows what was measured. Only the sentence below says whether the groups really "
        "differ: usually they do not.",
        ("segments", "interval"),
    ),
)
ROLL_OUT = (
    Reading(
        "stands",
        "How it stands",
        "How many people see the winner now, what happens next and when. The people held back keep the control, so "
        "that one can still see months later what the winner did. Rolling back takes one click and about a minute.",
        ("holdback", "share"),
    ),
    Reading(
        "steps",
        "The steps",
        "The share that sees the winner grows on these days by itself. A step waits where harm was found, and never "
        "comes earlier than written here.",
        ("guard", "share"),
    ),
    Reading(
        "guard",
        "The guard",
        "It compares people with the winner and people held back, and looks for one thing only: harm. It may be read "
        "at any moment without raising more false alarms than promised, so its intervals are wide. “Nothing found” "
        "says that no loss is shown so far: neither that there is none, nor that the winner works.",
        ("guard", "holdback"),
    ),
    Reading(
        "holdback",
        "The holdback",
        "What remains of the winner after months, at days fixed beforehand. A small holdback sees large changes only: "
        "the column “Can see a change of” says how large, before anybody looks. An interval on both sides of 0 is "
        "then the normal answer.",
        ("holdback", "read-out"),
    ),
)
OVERVIEW = (
    Reading(
        "figures",
        "Key figures",
        "Whole days against as many days before them, with the range in which the change lies once chance is allowed "
        "for. A range that contains 0 means that nothing may have changed at all. These figures describe: why one "
        "moved only a test can say.",
        ("digital-share", "relation", "interval"),
    ),
    Reading(
        "wheel",
        "What waits, runs, starts and was learned",
        "The wheel in four lists: what needs you today, what runs by itself, what could start, and what the last "
        "month taught. Begin with the first; “Now” marks harm. The others need nothing from you.",
        ("rule", "look", "learning"),
    ),
    Reading(
        "journeys",
        "Journeys",
        "Of the people who began a journey on a day, the share that reached its last step that day. A fall beside a "
        "launch is a reason to look, and no proof.",
        ("journey",),
    ),
    Reading(
        "trend",
        "Sales by day",
        "The full line is the period, the dashed one the period before, laid on the same weekdays. Compare whole "
        "weeks and not single days: Mondays differ from Sundays more than most offers from each other.",
        ("relation",),
    ),
    Reading(
        "calendar",
        "The calendar",
        "Each lane is a group of tests that want the same people, so they run one after another. The first part of a "
        "bar enrols people, the second waits until the last of them have had time to buy and to send back. Dashed "
        "bars could run and nobody has started them.",
        ("layer", "mature"),
    ),
)
PLANNER = (
    Reading(
        "answer",
        "How long it takes",
        "The heading says what decides and how many weeks it takes; no test takes less than two. Often a guardrail "
        "decides: ruling out a loss takes more people than showing a gain. To make it shorter accept a larger loss, "
        "hope for a larger effect, or widen the audience; each has its price.",
        ("binding", "power", "sample-size", "margin"),
    ),
    Reading(
        "parts",
        "What each part needs",
        "One row for each metric as if it were alone. The row with the most units sets the length of the test. The "
        "accepted loss also stands in orders and money a year, because a small percentage of much is much.",
        ("binding", "margin", "sample-size"),
    ),
    Reading(
        "power-curve",
        "Chance to show it, by week",
        "The lines climb as people come in. Where a line crosses the dotted one, that metric has the chance you asked "
        "for. The lowest line at the end of the plan is the one that decides.",
        ("power", "binding"),
    ),
    Reading(
        "looks",
        "Planned looks",
        "The only days on which verdicts may change, in whole weeks. The boundary is high at the beginning: an early "
        "stop needs overwhelming numbers, and in return looking early costs little.",
        ("look", "spending"),
    ),
    Reading(
        "detectable",
        "What can be shown, by week",
        "The other way round: with this traffic, the smallest effect that a test of so many weeks would find. The "
        "curves flatten: twice the time does not show half the effect.",
        ("power", "margin"),
    ),
    Reading(
        "past",
        "What past tests say",
        "The power assumes that the effect is exactly as planned, and many turn out smaller. This is the chance after "
        "allowing for what past tests found, the better one for a business case. Until ten of them are known an "
        "assumption stands in for them; the line says which.",
        ("chance", "prior"),
    ),
)
CYCLE = (
    Reading(
        "goals",
        "Goals and accepted losses",
        "Which number is success, and how much of another may be lost for it, agreed by name before any result. A "
        "test takes these over as its margins. A review that is overdue means that the agreement may no longer fit.",
        ("goal", "guardrail", "margin"),
    ),
    Reading(
        "map",
        "The map",
        "Rows are pages, columns are what people already hold; a cell is darker the more its gap is worth at least. "
        "In white cells no gap is shown, grey ones have too little data. Use it to look around, and the ranked list "
        "to choose.",
        ("gap", "ceiling"),
    ),
    Reading(
        "ranked",
        "The ranked list",
        "Each row is a page, a group of people and a product they buy less there than the benchmark. The ceiling is "
        "what would come if the whole gap closed, so expect a small part of it. Rows are ordered by what is left when "
        "the estimate is taken at its most careful; they overlap and must not be added up.",
        ("gap", "ceiling", "interval"),
    ),
    Reading(
        "cell",
        "One opportunity",
        "How often these people buy here, how often the same kind of people buy at the benchmark, and the gap between "
        "both. Part of a gap is always that other people come with other plans. A test is the way to find out how "
        "much can be won.",
        ("gap", "ceiling"),
    ),
    Reading(
        "ideas",
        "The ranked ideas",
        "On top stands what is expected to bring most for the people it uses up, because people are what is scarce. "
        "The range of the rank says how sure that is: “2, 1 to 6” is hardly an order at all. Moving an idea by hand "
        "is fine and asks for a reason.",
        ("idea", "chance", "prior"),
    ),
    Reading(
        "lanes",
        "The lanes",
        "Running tests, and behind them each idea on the first Monday on which its people are free. Ideas in one lane "
        "wait for each other. Change the order in the backlog and the lanes follow.",
        ("layer", "mature"),
    ),
    Reading(
        "library",
        "The library",
        "One row for each thing that tests have taught, with the effect of its own test. Published ones were agreed "
        "on, drafts are still being written; the interval says how much is known. “Test again” marks what is old or "
        "was contradicted.",
        ("learning", "interval"),
    ),
    Reading(
        "together",
        "What past tests say together",
        "How often tests win, and how many of those shipped probably brought nothing. The corrected sum is smaller "
        "than the measured one, because winners are picked for being high: it is the number for the annual report.",
        ("curse", "prior", "shrunk"),
    ),
    Reading(
        "effects",
        "Effects of past tests",
        "One bar for each test, gains to the right. Look at the spread more than at single bars: it says what to "
        "expect of the next one. The shrunk effect is each test’s own, drawn towards the rest.",
        ("shrunk", "prior", "interval"),
    ),
)
CENTRE = (
    Reading(
        "centre",
        "Figures of the contact centre",
        "Whole days against as many before them, with the range in which the change lies once chance is allowed for. "
        "A range that contains 0 means that nothing may have changed. Read handling time, CSAT and hit rate together: "
        "one of them alone is easily made better at the cost of the others.",
        ("kpi", "interval"),
    ),
    Reading(
        "centre-channels",
        "By channel",
        "The same figures for chat, phone and the others. Do not compare channels with each other: other people call "
        "for other reasons, and an offer changes who calls where.",
        ("kpi",),
    ),
    Reading(
        "moved",
        "What tests moved together",
        "One row for each test, with its effect on each figure and the interval of that effect. Here people were "
        "drawn by lot, so only the variant or chance can make a change, and of twenty intervals one lies on one side "
        "of 0 by chance alone. A row that wins in one column and loses in another is a trade, and somebody has to "
        "want it.",
        ("kpi", "interval"),
    ),
    Reading(
        "offers-seen",
        "Offers seen, and what followed",
        "How often offers are accepted, and how content people are, by the number of offers they had seen before. A "
        "falling line hints at people who have had enough. It is a hint only, because who is offered much is somebody "
        "else.",
        ("interval",),
    ),
    Reading(
        "policy",
        "Kept from an offer",
        "People who were not offered anything, with the rule that kept them back. A large number is the policy at "
        "work, and no fault; it becomes a question where a rule keeps back those an offer was made for.",
        ("audience",),
    ),
    Reading(
        "promised",
        "Promised two things",
        "Customers who saw one offer in one place and one that contradicts it in another, such as two prices for the "
        "same product. They believe neither. It is at least so many, because a browser whose customer nobody knows "
        "cannot be compared. Agree on one promise, or keep the two tests apart.",
        ("exposure",),
    ),
)
#: (heading of the document, its blocks) in the order of the document.
AREAS = (
    ("The results of a test", RESULTS),
    ("What the gain takes, and for whom it works", CANNIBALISATION),
    ("The roll-out", ROLL_OUT),
    ("The overview", OVERVIEW),
    ("The planner", PLANNER),
    ("Goals, opportunities, backlog, learnings", CYCLE),
    ("The contact centre", CENTRE),
)
READINGS = tuple(reading for _title, readings in AREAS for reading in readings)
_BY_KEY = {reading.key: reading for reading in READINGS}


def reading_of(key: str) -> Reading:
    """How the block with this key is read; raises KeyError for one that nobody wrote."""
    return _BY_KEY[key]
