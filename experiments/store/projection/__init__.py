"""From raw events to facts: what is read, where it goes, and how far it has come."""
