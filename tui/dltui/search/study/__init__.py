"""The study: one append-only file that holds all of a search, and what is made of it for methods and screens."""
