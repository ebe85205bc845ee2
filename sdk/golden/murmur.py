"""A plain Python murmur3, checked against published hashes."""

from __future__ import annotations

MASK = 0xFFFFFFFF


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3 x86 32 (Austin Appleby, public domain), unsigned."""
    h = seed
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        h = _rotate(h ^ _scramble(int.from_bytes(data[start : start + 4], "little")), 13)
        h = (h * 5 + 0xE6546B64) & MASK
    h ^= _scramble(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def draw(salt: str, unit: str) -> float:
    """The number in [0, 1) of a unit under a salt."""
    return murmur3(f"{salt}:{unit}".encode()) / 2**32


def _scramble(k: int) -> int:
    """One block of four bytes, mixed before it enters the state."""
    return (_rotate((k * 0xCC9E2D51) & MASK, 15) * 0x1B873593) & MASK


def _rotate(value: int, bits: int) -> int:
    """Rotate 32 bits to the left."""
    return ((value << bits) | (value >> (32 - bits))) & MASK


# Text, hash, and who published it.
PUBLISHED = (
    ("", 0, "reference implementation"),
    ("test", 0xBA6BD213, "Wikipedia, MurmurHash"),
    ("Hello, world!", 0xC0363E43, "Wikipedia, MurmurHash"),
    ("The quick brown fox jumps over the lazy dog", 0x2E4FF723, "Wikipedia, MurmurHash"),
    ("a", 1009084850, "mmh3"),
    ("exp-1:user-1", 2364192560, "mmh3"),
    ("exp-1:user-2", 2621751934, "mmh3"),
    ("abc123", 237800341, "mmh3"),
    ("klant:ökø", 827165528, "mmh3"),
    ("日本語", 2779017879, "mmh3"),
    ("a" * 37, 3605985107, "mmh3"),
    # StrategyUtilsTest.java of Unleash puts this into bucket 73 of 1 to 100: the hash modulo 100 is 72.
    ("gr1:123", 538421172, "bucket 73 of 100, Unleash"),
)
