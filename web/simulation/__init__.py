"""A simulated shop: customers who are not there, served through the SDK and over HTTP as real ones would be."""
