"""How a valid input is spoilt: bits, lengths, numbers and words, each drawn from one seeded source."""

from __future__ import annotations

import random
import struct

_NUMBERS = (
    b"0", b"-1", b"1e308", b"-1e308", b"nan", b"inf", b"-inf", b"1e-320", b"99999999999999999999",
    b"-2147483648", b"2147483647", b"4294967296", b"1.7976931348623157e309", b"0x10", b"1_0", b"null",
)  # fmt: skip
_WORDS = (
    b"", b"\0", b"\xff\xfe", b"../../../../etc/passwd", b"C:\\x", b"<script>alert(1)</script>", b"{{7*7}}",
    b"%s%n", b"=1+1", b"\r\n", b"\xe2\x80\xae", b"[" * 400, b"(" * 400, b"{" * 400, b"A" * 5000, b'"', b"\\",
)  # fmt: skip
_PACKED = tuple(
    struct.pack(order + form, value)
    for order in "<>"
    for form, values in (
        ("h", (0, -1, 32767, -32768)),
        ("i", (0, -1, 2147483647, -2147483648)),
        ("q", (-1, 2**63 - 1)),
        ("f", (0.0, -1.0, 1e38, float("nan"), float("inf"), 1e-45)),
    )
    for value in values
)


def mutated(content: bytes, draw: random.Random) -> bytes:
    """One to four faults in a valid input."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 4))):
        content = draw.choice(_MUTATIONS)(content, draw)
    return content


def _place(content: bytes, draw: random.Random) -> int:
    """Headers are at the beginning: half of the faults go there."""
    end = max(1, len(content))
    return draw.randrange(min(end, draw.choice((64, 400, 400, end, end))))


def _flip(content: bytes, draw: random.Random) -> bytes:
    spoilt = bytearray(content or b"\0")
    for _ in range(draw.choice((1, 1, 8, 64))):
        at = _place(bytes(spoilt), draw)
        spoilt[at] ^= 1 << draw.randrange(8)
    return bytes(spoilt)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: _place(content, draw)]


def _drop(content: bytes, draw: random.Random) -> bytes:
    at = _place(content, draw)
    return content[:at] + content[at + draw.choice((1, 2, 4, 64)) :]


def _repeat(content: bytes, draw: random.Random) -> bytes:
    at = _place(content, draw)
    piece = content[at : at + draw.choice((1, 4, 32, 256))]
    return content[:at] + piece * draw.choice((2, 3, 50)) + content[at:]


def _overwrite(content: bytes, draw: random.Random) -> bytes:
    at, word = _place(content, draw), draw.choice(_PACKED)
    return content[:at] + word + content[at + len(word) :]


def _insert(content: bytes, draw: random.Random) -> bytes:
    at = _place(content, draw)
    return content[:at] + draw.choice((*_WORDS, *_NUMBERS)) + content[at:]


def _renumber(content: bytes, draw: random.Random) -> bytes:
    """Replace one number that is written as text."""
    digits = [i for i, byte in enumerate(content[:4096]) if 48 <= byte <= 57]
    if not digits:
        return _insert(content, draw)
    start = end = draw.choice(digits)
    while end < len(content) and (48 <= content[end] <= 57 or content[end] in b".eE"):
        end += 1
    return content[:start] + draw.choice(_NUMBERS) + content[end:]


def _swap(content: bytes, draw: random.Random) -> bytes:
    """Exchange two lines or, in one line, two pieces."""
    mark = b"\n" if content.count(b"\n") > 1 else b","
    pieces = content.split(mark)
    if len(pieces) < 2:
        return _flip(content, draw)
    a, b = draw.randrange(len(pieces)), draw.randrange(len(pieces))
    pieces[a], pieces[b] = pieces[b], pieces[a]
    return mark.join(pieces)


_MUTATIONS = (_flip, _cut, _drop, _repeat, _overwrite, _overwrite, _insert, _renumber, _swap)
