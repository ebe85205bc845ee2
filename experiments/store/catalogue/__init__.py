"""Rows to domain and back: one file per noun. Functions take a session, return domain values and commit nothing."""
