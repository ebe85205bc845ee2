"""A telecom that does not exist, to try the product on: its catalogue, its customers and two months of traffic."""
