"""Simulations that hold the statistics to their promises: error rates, coverage and power."""
