"""What the planner adds to the calculation that it shares with the builder: every other option, curves, ways out."""
