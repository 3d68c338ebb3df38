"""What a training printed."""
