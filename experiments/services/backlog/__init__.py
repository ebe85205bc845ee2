"""The backlog: ideas that everybody puts in, ranked by what a test is worth, laid on lanes, started as drafts."""
