"""A text of the user: a file, as characters that are told apart."""
