"""Faults that really happen: killed processes, a restarted or full or locked database, clocks that jump."""
