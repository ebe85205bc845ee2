"""From gross to net: what remains of a gain after up-sell, other families, channels, time and service."""
