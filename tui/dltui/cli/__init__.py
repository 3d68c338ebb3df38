"""The command line."""


def main() -> int:
    """Placeholder."""
    return 0
