"""Does it work for some and not for others? Effects by segment of any test whose moments come by segment."""
