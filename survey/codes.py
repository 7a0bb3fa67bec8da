"""Access codes: 60 random bits and a check character, printed on a slip, kept nowhere but as a MAC.

The check character is a weighted sum over GF(32) (x⁵ + x² + 1). Position i from the right weighs xⁱ; x has order 31, so
the weights of 13 positions are non-zero and all different. Hence every single substitution and every exchange of
two different characters, adjacent or not, gives a sum other than zero.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM = 12
LENGTH = RANDOM + 1
VALUE = {character: value for value, character in enumerate(ALPHABET)}

# The slip never prints I, L, O or U: whoever reads one has seen 1, 0 or V.
READ_AS = str.maketrans("abcdefghijklmnopqrstuvwxyzILOU", "ABCDEFGH1JK1MN0PQRSTVVWXYZ110V")
BETWEEN = {"Pd", "Pc", "Zs", "Zl", "Zp", "Cc", "Cf"}  # dashes, ties, spaces, line ends, invisible marks
# Dashes by look, not by category: minus signs, box drawing, the long vowel that a Chinese keyboard offers.
DASHES = "−˗─━ーｰ~·"


def new_code() -> str:
    """13 characters: 12 random ones (60 bits) and the check character."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return drawn + ALPHABET[times_x(checksum(drawn))]


def checksum(text: str) -> int:
    """The weighted sum of characters of the alphabet; 0 for a whole code."""
    total = 0
    for character in text:
        total = times_x(total) ^ VALUE[character]
    return total


def times_x(value: int) -> int:
    """Multiplication by x in GF(32)."""
    return value << 1 ^ (0b100101 if value & 0b10000 else 0)


def normalise(text: str) -> str:
    """As printed, however it was typed: lower case, full width, spaces and dashes, I L O U.

    Any length; characters that no slip has are kept as they are.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if not is_between(c)).translate(READ_AS)


def is_between(character: str) -> bool:
    return character in DASHES or unicodedata.category(character) in BETWEEN


def is_wellformed(code: str) -> bool:
    """Whether a normalised code has the right length and alphabet, and its check character fits."""
    return len(code) == LENGTH and all(c in VALUE for c in code) and checksum(code) == 0


def printed(code: str) -> str:
    """As on the slip: in groups of four, the check character alone at the end."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_mac(pepper: bytes, wave: str, code: str) -> bytes:
    """16 bytes that stand for a code in the store. HMAC-SHA256, cut; only the survey host holds the pepper."""
    message = f"code\0{wave}\0{normalise(code)}".encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, message, "sha256")[:16]
