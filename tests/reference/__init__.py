"""A slow, obvious second implementation of what the aggregate query computes, and random events to compare on."""
