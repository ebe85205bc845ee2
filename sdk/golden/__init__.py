"""The makers of the golden cases; nothing here is computed by an SDK."""
