"""What events say before any test: how journeys run, and where they hold unused potential. Pure, as decision is."""
