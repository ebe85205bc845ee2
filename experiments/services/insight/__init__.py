"""Journeys and opportunities: counted by the worker, stored, and read by pages, API and command line."""
