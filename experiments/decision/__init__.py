"""Statistics meet product words: one Report and one Decision that every page, file and command prints."""
