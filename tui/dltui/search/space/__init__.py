"""What may be tried: the dimensions of a search, from the catalogue, from words, or from a TOML file."""
