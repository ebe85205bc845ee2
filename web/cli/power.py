"""`netlift power`: plan a test before launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.context import print_json

if TYPE_CHECKING:
    from web.cli.power_answer import Answer


@click.command()
@click.option("--goal", "goals", multiple=True, required=True, metavar="KEY:BASELINE[:EFFECT]", help="+10% or +0.003.")
@click.option(
    "--guardrail",
    "guardrails",
    multiple=True,
    metavar="KEY:BASELINE[:MARGIN]",
    help="Margin 5% (relative), 2/1000 (per 1,000 units) or 20%gain (share of the planned gain's value).",
)
@click.option("--traffic", type=float, help="New eligible units per week, all variants together.")
@click.option("--agents", type=click.IntRange(min=4), help="Agents are drawn: how many can take part, in all variants.")
@click.option("--contacts", type=float, help="Agents: contacts of one agent inside the window of the metrics.")
@click.option(
    "--icc", type=float, help="Agents: share of the variance of one contact that lies between agents, 0 to 1."
)
@click.option("--contacts-cv", type=float, help="Agents: spread of the contacts per agent over their mean.  [0]")
@click.option("--units", type=click.IntRange(min=1), help="Units in the control: what can they find, with what power?")
@click.option("--weeks", type=click.IntRange(min=1), help="Weeks of enrolment: what can they find, with what power?")
@click.option(
    "--power", "wanted", type=float, default=0.8, show_default=True, help="Chance that the whole rule is met."
)
@click.option("--alpha", type=float, default=0.025, show_default=True, help="One-sided error of goal and guardrails.")
@click.option("--looks", type=int, default=1, show_default=True, help="Planned looks, the last one included.")
@click.option(
    "--spending", type=click.Choice(["obrien_fleming", "pocock"]), default="obrien_fleming", show_default=True
)
@click.option("--variants", type=int, default=2, show_default=True, help="Variants, the control included.")
@click.option("--allocation", type=float, default=1.0, show_default=True, help="Units per variant over the control's.")
@click.option(
    "--window",
    type=int,
    help="Days after exposure that count, returns included.  [default: 28; of the metrics with --from-history]",
)
@click.option("--goal-rule", type=click.Choice(["all", "any"]), default="all", show_default=True)
@click.option(
    "--correlation",
    type=float,
    help="Correlation of the metrics per unit.  [default: independent; as measured with --from-history]",
)
@click.option("--currency", default="EUR", show_default=True, help="Currency of `value=`.")
@click.option("--from-history", is_flag=True, help="Take all but effects and margins from stored events.")
@click.option(
    "--unit", type=click.Choice(["customer", "visitor", "agent"]), help="History: what is randomised.  [customer]"
)
@click.option("--days", type=int, help="History: days in which new units are counted, windows come on top.  [28]")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="History: its last day, in UTC.")
@click.option("--holdings", multiple=True, metavar="FAMILY", help="History: held when first seen; repeat for several.")
@click.option("--holdings-any", multiple=True, metavar="FAMILY", help="History: one of those named was held then.")
@click.option("--holdings-not", multiple=True, metavar="FAMILY", help="History: not held when first seen.")
@click.option("--page", metavar="PATTERN", help="History: seen on these pages only, for example '/tv/*'.")
@click.option("--covariate-days", type=int, help="History: plan with the same metric so many days before as covariate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def power(as_json: bool, **options: Any) -> None:
    """Units and weeks for the goal, for each guardrail and for the joint rule; says which metric decides.

    A metric is KEY:BASELINE:EFFECT, followed by name=value: sd (makes it a mean), kind=ratio, value (money one is
    worth), explained (share of variance that covariates remove); guardrails also expect=-1% and direction=lower.

    With --units or --weeks the question is turned round: the smallest effect of each goal and the smallest margin of
    each guardrail that can be shown, and the power of those that are stated. Effects and margins may then be left out.

    With --agents a test of agents is sized; baselines, sd and margins are those of a contact, as sales per contact.

    With --from-history a metric is KEY:EFFECT, followed by value= or expect=; the rest comes from stored events.

    \b
    Example:
      netlift power --goal cross-sell:0.032:+10%:value=240 \\
        --guardrail up-sell:0.042:5%:value=180 --traffic 90000 --looks 3
      netlift power --goal cross-sell:0.032 --guardrail up-sell:0.042 --units 50000
      netlift power --goal cross-sell:0.032:+10% --traffic 90000 --weeks 4
      netlift power --from-history --goal cross-sell:+10% --guardrail up-sell:5% \\
        --page '/tv/*' --holdings mobile --holdings-not tv
      netlift power --goal cross-sell-per-contact:0.08:+20% \\
        --guardrail handle-time-per-contact:600:10%:sd=240:direction=lower \\
        --agents 120 --contacts 300 --icc 0.02 --contacts-cv 0.4
    """
    from web.cli.power_answer import answer
    from web.cli.power_options import PowerOptions
    from web.cli.power_text import lines_of

    given = PowerOptions(**options)
    given.check()
    found: Answer = answer(given)
    if as_json:
        print_json(found.to_dict())
        return
    for text in lines_of(found):
        click.echo(text)
