"""Codes that people read, type and read out: unguessable, without 0, O, 1 and I."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BITS = 5
"""What one of the 32 characters tells."""

GROUP = 4
SHORTEST = 10
"""Characters that make 50 bits."""

LONGEST = 40


def readable(secret: bytes, length: int) -> str:
    """So many characters made of the secret's first bits, in groups; the same for the same."""
    number = int.from_bytes(secret, "big") >> (8 * len(secret) - BITS * length)
    places = range(BITS * (length - 1), -1, -BITS)
    text = "".join(ALPHABET[number >> place & (2**BITS - 1)] for place in places)
    return "-".join(text[start : start + GROUP] for start in range(0, length, GROUP))
