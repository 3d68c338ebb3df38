"""What puts the steps to work: their order, their time, their trials, and what a person asks meanwhile."""
