"""Numbers of other libraries and published tables, and the code that compares ours with them.

Run from the repository's root: `python -m tests.oracles [DIR ...]` or `python -m tests.oracles --published FILE`.
"""
