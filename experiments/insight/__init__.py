"""What lies around a test: how journeys run, where they hold potential, what was learned. Pure, as decision is."""
