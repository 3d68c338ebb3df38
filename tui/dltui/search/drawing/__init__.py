"""The charts of a study on grids of characters: the objective over the trials and over each hyperparameter."""
