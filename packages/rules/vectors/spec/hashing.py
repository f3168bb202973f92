"""DESIGN section 3: SHA-256(len(tag) || tag || len(part) || part ...), lengths 8 bytes big endian."""

import hashlib
import struct

DOMAIN = ("wasm-1", "wasm1settlement")
OTHER_DOMAIN = ("wasm-1wasm1", "settlement")  # the same characters, cut elsewhere


def sha(data):
    return hashlib.sha256(data).digest()


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def u128(n):
    return n.to_bytes(16, "big")


def digest(tag, *parts):
    data = b""
    for part in (tag, *parts):
        part = part.encode() if isinstance(part, str) else part
        data += u64(len(part)) + part
    return sha(data)


def counted(elements):
    """A list as parts: its count, then its elements."""
    return [u64(len(elements)), *elements]


class Draw:
    """A reproducible stream of numbers: SHA-256 of a name and a counter."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def bytes(self, length=32):
        data = b""
        while len(data) < length:
            data += sha(f"{self.name}/{self.count}".encode())
            self.count += 1
        return data[:length]

    def below(self, bound):
        return int.from_bytes(self.bytes(40), "big") % bound

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, options):
        return options[self.below(len(options))]


def cases():
    lists = [
        ("t", []),
        ("t", [b""]),
        ("t", [b"ab", b"c"]),
        ("t", [b"a", b"bc"]),
        ("", [b"tab"]),
        ("caf\u00e9", [b"\x00" * 64, b"\xff" * 200]),
    ]
    for tag, parts in lists:
        yield {
            "tag": tag,
            "parts": [part.hex() for part in parts],
            "digest": digest(tag, *parts).hex(),
        }
