"""What past tests taught: one row per test, the library of learnings, and what all tests say together."""
