"""dltui: train, watch and tune neural networks from the terminal."""
