"""Tables, engines and the one aggregate query: the only package that knows SQL."""
