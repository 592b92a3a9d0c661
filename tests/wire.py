"""What the server sent to a browser, searched for a number in every form a page or chart gives it."""

import struct


def carries(sent: bytes, number: float) -> bool:
    """Whether the number is in there: as text, or as the double of a table's or chart's Arrow data."""
    rounded = round(number, 1)
    return any(form in sent for form in (f"{rounded}".encode(), struct.pack("<d", rounded), struct.pack("<d", number)))
