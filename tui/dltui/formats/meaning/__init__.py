"""What names and numbers mean, for all formats alike: which column is the training loss, where each row stands."""
