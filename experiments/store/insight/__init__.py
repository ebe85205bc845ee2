"""Counts of journeys and of places: who was seen where, what they held then, and what followed."""
