"""Mutants of real files, for tests of readers: seeded, so that a failure can be met again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_NUMBERS = (
    b"0",
    b"-1",
    b"1e999",
    b"NaN",
    b"1e-6",
    b"0x10",
    b"9" * 40,
    b"9" * 5000,
    b"1" + b"0" * 20,
)
_BYTES = (b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r\n", b"\t", b"\x1b[2J")
_MARKS = (b"[", b"]", b"{", b"}", b'"', b"'", b"\\", b":", b",", b"#", b"&a ", b"*a", b"<<: ")
_DEEP = (b"[" * 3000, b"{" * 3000, b"(" * 3000, b"- " * 3000, b'{"a":' * 3000, b"^9" * 500)
_COMMON = _NUMBERS + _BYTES + _MARKS + _DEEP


def mutants(
    seeds: Sequence[bytes], count: int, *, words: Sequence[bytes] = (), seed: int = 0
) -> Iterator[bytes]:
    """Yield so many mutants of some real files; `words` are tokens of the files' own language."""
    rng = random.Random(seed)
    for _ in range(count):
        yield mutate(rng.choice(seeds), rng, seeds, words)


def mutate(
    content: bytes, rng: random.Random, others: Sequence[bytes], words: Sequence[bytes] = ()
) -> bytes:
    """Return a file changed in one to eight places."""
    for _ in range(1 << rng.randrange(4)):
        content = _change(content, rng, others, words)
    return content


def _change(
    content: bytes, rng: random.Random, others: Sequence[bytes], words: Sequence[bytes]
) -> bytes:
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    near = min(end, start + rng.randrange(1, 20))
    match rng.randrange(9):
        case 0:  # another byte
            return content[:start] + rng.randbytes(1) + content[start + 1 :]
        case 1:  # a few bytes gone
            return content[:start] + content[near:]
        case 2:  # a long run gone, such as the end
            return content[:start] + content[end:]
        case 3:  # a run that stands twice
            return content[:near] + content[start:]
        case 4:  # a run of another file
            other = rng.choice(others)
            low, high = sorted(rng.randrange(len(other) + 1) for _ in range(2))
            return content[:start] + other[low:high] + content[near:]
        case 5:  # a bit
            flipped = (
                bytes([content[start] ^ 1 << rng.randrange(8)]) if start < len(content) else b""
            )
            return content[:start] + flipped + content[start + 1 :]
        case 6:
            return content[:start] + rng.choice(_COMMON) + content[near:]
        case _:
            return content[:start] + rng.choice(words or _COMMON) + content[near:]
