"""Counts of the contact centre by period: made by the worker, read by the page."""
