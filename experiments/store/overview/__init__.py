"""Counts per day for the first page: made by the worker, added up by the page."""
