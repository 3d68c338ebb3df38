"""What is told of several runs laid side by side: their facts, where their hyperparameters differ, which one is best.

Pure values and functions, to the right of the diagnosis: a comparison tells the verdicts too.
"""
