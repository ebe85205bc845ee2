"""How the contact centre is going: figures per channel, offers seen, who was kept from an offer, what tests showed."""

from experiments.services.contact_centre.asked import Asked
from experiments.services.contact_centre.board import Board, board
from experiments.services.contact_centre.counting import ContactCentreTurns, count_periods

__all__ = ["Asked", "Board", "ContactCentreTurns", "board", "count_periods"]
