"""Words of the product, each with one meaning: what pages, search and docs/glossary.md print."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word, where a link finds it, and what it means."""

    anchor: str
    title: str
    meaning: str


#: One meaning each, on pages, in the search, in docs/glossary.md and in the API.
WORDS = (
    Word(
        "unit",
        "Unit",
        "What is randomised: a visitor (browser or device), a customer, or an agent of the contact centre with all "
        "contacts they handle. Every number is per unit.",
    ),
    Word(
        "exposure",
        "Exposure",
        "A unit reached the point where the variants differ. Only exposed units count, from their first exposure on. "
        "A fallback (time-out, error, no consent) shows the control and is no exposure.",
    ),
    Word("goal", "Goal", "A metric that must be better than in the control for the test to be won."),
    Word(
        "guardrail",
        "Guardrail",
        "A metric that must not be worse than its agreed margin. Up-sell sales are guarded, so that a gain is not "
        "merely taken from them.",
    ),
    Word(
        "margin",
        "Margin",
        "The loss a guardrail accepts, agreed before launch: a share of the control, a number per 1,000 units, or "
        "money. There is no default.",
    ),
    Word(
        "interval",
        "Interval",
        "The range of changes the data are compatible with. The one shown is the one the verdict used; its level and "
        "form stand in the head of the column.",
    ),
    Word(
        "holds",
        "Holds",
        "The interval of a guardrail clears its margin: a loss as large as the margin is ruled out. It does not say "
        "that nothing changed.",
    ),
    Word(
        "split",
        "Split",
        "Whether the variants received the planned shares of units. A broken split makes every comparison invalid, "
        "so it is checked first.",
    ),
    Word(
        "look",
        "Planned look",
        "A moment fixed before launch at which verdicts may change. Between looks the page shows counts and data "
        "quality only, because reading verdicts at will produces false winners.",
    ),
    Word(
        "mature",
        "Mature unit",
        "A unit whose window after first exposure, and the time to send goods back, have passed in every source.",
    ),
    Word(
        "relation",
        "Cross-sell, up-sell",
        "A sale is a cross-sale when the customer held nothing of that family at first exposure, an up-sale when the "
        "new product ranks higher in a family already held. Where holdings are not known the relation is unknown.",
    ),
    Word(
        "rule",
        "Decision rule",
        "First match wins: invalid; cannibalising (goal better, protected sales worse); harm; net loss; ship (every "
        "goal better and every guardrail holds); no gain; inconclusive.",
    ),
    Word(
        "contamination",
        "Contamination",
        "Customers with visitors in several variants. They are kept, and dilute the effect; their share is shown.",
    ),
    Word(
        "holdback",
        "Holdback",
        "A share of units that keeps the control after a winner is shipped, so that long-term effects stay visible.",
    ),
    Word(
        "power",
        "Power",
        "The chance that the test ends with every goal better and every guardrail held, if the effects are as planned.",
    ),
    Word(
        "binding",
        "Deciding metric",
        "The metric that needs the most units and so sets how long a test takes. It often is a guardrail: ruling out "
        "a loss can take more units than showing a gain.",
    ),
    Word(
        "design-effect",
        "Design effect",
        "How much less the contacts of one agent say than as many independent ones: 1 + ((1 + cv²) m − 1) ρ, from m "
        "contacts per agent, their spread cv, and the share ρ of a contact's variance that lies between agents.",
    ),
    Word(
        "served-by-both",
        "Served by both sides",
        "Customers whom agents of several variants served. What one agent said can carry over to the next contact, so "
        "that the variants look more alike than they are; from 5% of the customers on the report warns.",
    ),
    Word(
        "unnamed",
        "Contacts without agent",
        "Contacts since the test began that name no agent and so count for nobody; from 5% on the report warns.",
    ),
    Word(
        "progress",
        "Sample collected",
        "Exposed units so far, of the planned number. Verdicts use the mature ones among them.",
    ),
    Word(
        "linked",
        "Linked share",
        "The share of exposed units that are known customers, so that their sales in other channels can be matched: at "
        "first exposure, and by the end of the data. A difference between variants is a warning.",
    ),
    Word(
        "two-variants",
        "Seen in two variants",
        "Units whose very id was exposed to two variants. They are left out; above 0.1% of all units the test is "
        "invalid.",
    ),
    Word(
        "new-ids",
        "New ids",
        "Exposed visitors whose id their browser met for the first time, at their first exposure. Browsers that forget "
        "ids after days count one person several times; a share that differs between variants is a warning.",
    ),
    Word(
        "same-share",
        "Same share",
        "The chance of shares at least as unlike as these if all variants had the same. For new ids it allows for the "
        "number of browsers, and below 0.1% the report warns; for offers of other tests it is only shown.",
    ),
    Word(
        "offers-elsewhere",
        "Offers of other tests",
        "Units of this test that were shown an offer of another test after they had entered this one. A cap on offers "
        "makes one test's offers fewer where the other's are shown: that is part of the effect, and here one sees it.",
    ),
    Word(
        "outlook",
        "Chance of a verdict",
        "How likely the next look settles the test: by shipping, harm, or excluding the planned gain. Predicted from "
        "this look with nothing assumed beforehand, at the pace so far; before the first look, from the plan.",
    ),
    Word(
        "delay",
        "Cost of a week",
        "What the units that do not see the variant miss in one week, on average over everything its net gain may "
        "still be; losses count as nothing, because they would not be shipped.",
    ),
    Word(
        "late",
        "Came late",
        "Exposures that reached the server more than a day after they happened, as pages that were offline send them. "
        "They count from when they happened.",
    ),
    Word(
        "left-out",
        "Left out",
        "Bots and internal traffic that were known as such at first exposure, and units with more events in one hour "
        "than any person makes. They count nowhere; that they were left out evenly is tested like the split.",
    ),
    Word(
        "region",
        "Joint region",
        "Where both effects together plausibly lie, at 50%, 80% and 95%. The joint region is wider than the two "
        "intervals that decide, so it may touch the limit although the guardrail holds.",
    ),
    Word(
        "secondary",
        "Secondary metric",
        "A metric that explains and does not decide. Its verdict is corrected for the number of metrics looked at.",
    ),
    Word(
        "plan",
        "Frozen plan",
        "Sample size, weeks, looks and margins as they were when the test was launched. They cannot change afterwards.",
    ),
    Word(
        "spending",
        "Error spending",
        "How the error of 2.5% is shared out over the planned looks, so that looking several times does not raise it.",
    ),
    Word(
        "after-stop",
        "Corrected for its looks",
        "Only large changes stop a test early, so the measured one is too large on average. The corrected one is too "
        "large as often as too small; it stands beside the measured change and never decides.",
    ),
    Word(
        "payload",
        "Payload",
        "JSON that travels to the browser with a variant, for example the words of an entry. Everybody can read it.",
    ),
    Word(
        "audience",
        "Audience",
        "Who may enter a test, decided by facts known before the variant is drawn, and then frozen.",
    ),
    Word(
        "phase",
        "Phase",
        "A stretch of a test with one audience, one set of shares and payloads. A change of any of them begins the "
        "next phase, with a report of its own; phases are never pooled.",
    ),
    Word(
        "environment",
        "Environment",
        "Test or production. Every key belongs to one of them, and only production is analysed.",
    ),
    Word(
        "client-key",
        "Client key",
        "A public key that stands in pages and apps. It reads the published config and writes events, nothing else.",
    ),
    Word(
        "server-key",
        "Server key",
        "A secret key for back offices. It is shown once, and only its fingerprint is kept.",
    ),
    Word(
        "shrunk",
        "Shrunk towards the prior",
        "Winners are picked for being high, so what they measured flatters them. This is the effect to expect, pulled "
        "towards what tests normally find; it stands beside the verdict and is never part of it.",
    ),
    Word(
        "digital-share",
        "Digital share",
        "The share of all sales made in digital channels: web and app, unless the deployment says otherwise.",
    ),
    Word(
        "net",
        "Net",
        "What remains of a gain in money per 1,000 units after up-sell, other families, other channels, later sales "
        "and the cost of service. A partial sum is never called net.",
    ),
    Word(
        "gross-to-net",
        "From gross to net",
        "The waterfall from the early gain in the channels of the test to the net. Every order line is in exactly one "
        "step, and the steps add up to the net.",
    ),
    Word(
        "rate",
        "Cannibalisation rate",
        "Protected orders lost per promoted order gained. It is given only where the gain is clearly not zero.",
    ),
    Word(
        "break-even",
        "Break-even",
        "Where the net would be zero: how long customers must stay, or how many protected orders a gain may cost.",
    ),
    Word(
        "matrix",
        "Matrix",
        "Who buys what: sales by families held at first exposure and family bought, and by channel shown in and "
        "channel bought in. Cells with under ten sales are grey and not tested.",
    ),
    Word(
        "pull-forward",
        "Pull-forward",
        "Sales that would have come later anyway. The curve shows the gain by days since exposure and how much of the "
        "early gain is still there at the end; what lies beyond the horizon cannot be seen.",
    ),
    Word(
        "kpi",
        "Handling time, hit rate, CSAT",
        "Three measures of service per unit, shown together so that a gain in one and a loss in another is seen.",
    ),
    Word(
        "segments",
        "Segments",
        "Effects by what was held, or where the offer was first shown. 'Works for some' is said only where groups "
        "differ by more than chance.",
    ),
    Word(
        "sample-size",
        "Sample size",
        "Units of all variants together that the whole rule needs at the power asked for.",
    ),
    Word(
        "recruiting",
        "Recruiting",
        "Whole weeks in which units enter, from the traffic of the audience; returning visitors are counted once.",
    ),
    Word(
        "watermark",
        "Data until",
        "Up to when every source has delivered. A unit whose window reaches further is not mature yet.",
    ),
    Word(
        "journey",
        "Journey",
        "Steps people go through in the shop, by pages or events. Of those who begin, a funnel says how many come to "
        "each step.",
    ),
    Word(
        "gap",
        "Gap and benchmark",
        "By how much fewer people buy at one place than the same kind of people at another, the benchmark. It is "
        "compared like with like: by what they hold, channel and earlier visits.",
    ),
    Word(
        "ceiling",
        "Ceiling",
        "What a place would bring per week if the whole gap closed. It is the most there can be and no forecast: part "
        "of a gap is there because other people come.",
    ),
    Word(
        "idea",
        "Value of an idea",
        "The net value a test is expected to bring in a year, divided by the weeks of people it uses up. It rests on "
        "the prior, so the range of the rank is as important as the rank.",
    ),
    Word(
        "chance",
        "Chance to ship",
        "How likely the whole rule is met before anything is known: the power, averaged over the effects that tests "
        "normally have. It usually is lower than the power.",
    ),
    Word(
        "prior",
        "Prior",
        "What past tests say of the next one: how large effects normally are and how far they spread. Before ten "
        "tests it is an assumption, and is called so.",
    ),
    Word(
        "learning",
        "Learning",
        "What a test taught, for whom and under which conditions, with the tests that speak for and against it.",
    ),
    Word(
        "curse",
        "Winner's curse",
        "Those that are picked because they measured high measured too high on average. Sums over winners are "
        "corrected for it.",
    ),
    Word(
        "guard",
        "Guard",
        "A comparison of those with the winner and those held back that may be read at any moment. It looks for harm "
        "only, and rolls back or pauses by itself.",
    ),
    Word(
        "read-out",
        "Read-out",
        "A day on which a holdback is read: 30, 90, 180, 365 and 730 days after the winner was shipped. What it could "
        "see is said beforehand.",
    ),
    Word("share", "Share", "The part of the enrolled units that a variant was planned to receive."),
    Word(
        "enrolment", "Enrolment", "The part of the audience that takes part. It may rise while a test runs, never fall."
    ),
    Word("layer", "Layer", "Tests that exclude each other: each holds a stretch of the layer's units."),
    Word(
        "few-events",
        "Few events",
        "With under 100 events in a variant the interval uses the score form, which stays honest; with under 10 in the "
        "control nothing is judged.",
    ),
)
_BY_ANCHOR = {word.anchor: word for word in WORDS}


def word_of(anchor: str) -> Word:
    """The word with this anchor; raises KeyError for one that is not defined."""
    return _BY_ANCHOR[anchor]
