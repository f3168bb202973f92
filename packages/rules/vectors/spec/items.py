"""DESIGN section 3, "Contribution": canonical bytes of items, their digests and their root."""

import hashlib
import hmac
import struct
import unicodedata

from .hashing import Draw, digest
from .trees import ITEMS, commitment, leaf, top

# The Unicode property White_Space (PropList.txt); str.strip() knows a few more.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


def text_bytes(text):
    text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(WHITE_SPACE).encode("utf-8")


def image_bytes(width, height, pixels, label):
    """A byte that no UTF-8 text has, then width, height, label and the rows."""
    return b"\xff" + struct.pack(">HHH", width, height, label) + pixels


def item_digest(canonical):
    return digest("item/v1", canonical)


def private_item_digest(key, canonical):
    """An HMAC under the DataNet's key, of a digest with a tag of its own."""
    return hmac.new(key, digest("private-item/v1", canonical), hashlib.sha256).digest()


def key_commitment(key):
    return digest("item-key/v1", key)


def example_digest(item, stratum):
    """The stratum in 2 bytes, big endian."""
    return digest("example/v1", item, struct.pack(">H", stratum))


def items_root(digests):
    return commitment(ITEMS, len(digests), top([leaf(d) for d in digests]))


TEXTS = [
    "",
    "plain",
    "  padded\t\n",
    "two\r\nlines",
    "old\rmac\r\r\nend\r",
    "cafe\u0301",
    "caf\u00e9",
    "\u00a0\u2003wide\u3000\u2028",
    "\x1c not white space \x1f",
    "\ufeffbyte order mark",
    "\u200bzero width\u200b",
    "\u1100\u1161\u11a8",  # Hangul jamo compose
    "\u212b \u2126 \u1e9b\u0323",  # singletons; marks reorder
    "q\u0307\u0323",
    "\u0958",  # composition exclusion: stays apart
    "\u0301leading mark",
    " \u0301",
    "\U0001d15e",  # decomposes for good
    "\U0001f600 \U0001f1e8\U0001f1ed",
    "inner   space\tstays",
]


def cases():
    for text in TEXTS:
        canonical = text_bytes(text)
        yield {
            "kind": "text",
            "text": text,
            "canonical": canonical.hex(),
            "digest": item_digest(canonical).hex(),
        }
    draw = Draw("images")
    for width, height, label in [(0, 0, 0), (1, 1, 9), (8, 8, 3), (28, 28, 65535), (3, 300, 258)]:
        pixels = draw.bytes(width * height)
        canonical = image_bytes(width, height, pixels, label)
        yield {
            "kind": "image",
            "width": width,
            "height": height,
            "label": label,
            "pixels": pixels.hex(),
            "canonical": canonical.hex(),
            "digest": item_digest(canonical).hex(),
        }
    for width, height, count in [(2, 2, 3), (2, 2, 5), (0, 5, 1), (65535, 65535, 1)]:
        yield {
            "kind": "image",
            "width": width,
            "height": height,
            "label": 0,
            "pixels": draw.bytes(count).hex(),
            "error": "pixels",
        }
    for count in [0, 1, 2, 3, 11]:
        digests = [item_digest(draw.bytes(20)) for _ in range(count)]
        yield {
            "kind": "root",
            "digests": [d.hex() for d in digests],
            "items_root": items_root(digests).hex(),
        }
    yield from private_cases(draw)
    yield from example_cases(draw)


def private_cases(draw):
    keys = [bytes(32), b"\xff" * 32, b"\x36" * 32, b"\x5c" * 32, draw.bytes()]
    for key in keys:
        for canonical in [b"", b"plain", draw.bytes(200)]:
            yield {
                "kind": "private",
                "key": key.hex(),
                "canonical": canonical.hex(),
                "digest": private_item_digest(key, canonical).hex(),
                "key_commitment": key_commitment(key).hex(),
            }


def example_cases(draw):
    item = draw.bytes()
    for stratum in [0, 1, 255, 256, 32_767, 32_768, 65_535]:
        yield {
            "kind": "example",
            "item": item.hex(),
            "stratum": stratum,
            "digest": example_digest(item, stratum).hex(),
        }
