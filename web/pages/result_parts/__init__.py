"""What the further tabs of a test's results show, each read only when it is opened."""
