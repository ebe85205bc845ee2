"""Use cases named as verbs: they take the session, who acts and when, and return domain values."""
