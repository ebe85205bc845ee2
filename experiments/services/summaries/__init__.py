"""Tests known only by their sums: one row per experiment, variant and metric becomes the same report as any other."""
