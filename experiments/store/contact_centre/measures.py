"""What is counted of the contact centre, as codes that are stored and never change."""

from __future__ import annotations

#: n contacts, x seconds · n answers, x their sum · n contacts, x answers · n offers made, x accepted ·
#: n contacts, x leads
CONTACTS, ANSWERS, RESPONSE, OFFERS, LEADS = 1, 2, 3, 4, 5
#: n customers reached by a test, x buyers among them
HITS = 6
#: by offers seen in the 30 days before: n offers made, x accepted · n answers, x their sum
SEEN_ACCEPTED, SEEN_ANSWERS = 7, 8

#: In place of a channel: all of them.
EVERY = -1
DAY = 86_400_000_000
#: How far offers are looked back for, and the bucket that holds so many and more.
REACH, MOST_SEEN = 30 * DAY, 4
#: A customer who was reached is a buyer if they buy within so long: the early window of the net.
BUYS_WITHIN = 7 * DAY
