"""Finished tests from elsewhere: a spec and a file with one row per unit become a normal, analysable experiment."""
