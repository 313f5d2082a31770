"""Showing what a file says."""


def shown(said: object, most: int = 100) -> str:
    """What may be printed of a text or error that a file led to: plain letters, and not many."""
    text = ascii(str(said))[1:-1]
    return text if len(text) <= most else f"{text[:most]}..."
