"""A guide in words: for the screen, for lines without a terminal, and for reports."""
