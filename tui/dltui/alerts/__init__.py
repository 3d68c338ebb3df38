"""What happens to a training while nobody looks, and how a person is told."""
