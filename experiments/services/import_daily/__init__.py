"""Finished tests known by their day totals: a spec and one or more files become a normal, analysable experiment."""
