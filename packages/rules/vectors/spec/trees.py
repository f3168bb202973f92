"""DESIGN section 5, "Trees", after RFC 6962 section 2.1."""

from .hashing import Draw, digest, sha, u64

ITEMS, DATANET, VALIDATION = "items/v1", "datanet/v1", "validation/v1"


def leaf(payload):
    return sha(b"\x00" + payload)


def node(left, right):
    return sha(b"\x01" + left + right)


def split(n):
    """The largest power of two below n."""
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def top(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return node(top(leaves[:middle]), top(leaves[middle:]))


def commitment(tag, n, top_hash):
    return digest(tag, u64(n), top_hash)


def subtrees(first, last):
    """Every subtree [first, last) with its parent, from the top, left before right."""
    yield (first, last), None
    stack = [(first, last)]
    while stack:
        first, last = stack.pop()
        if last - first > 1:
            middle = first + split(last - first)
            yield (first, middle), (first, last)
            yield (middle, last), (first, last)
            stack += [(middle, last), (first, middle)]


def audit_path(leaves, position):
    """The siblings of all subtrees that hold the position, lowest first."""
    path = []
    for (first, last), parent in subtrees(0, len(leaves)):
        if parent and parent[0] <= position < parent[1] and not first <= position < last:
            path.append((last - first, parent[1] - parent[0], top(leaves[first:last])))
    return [hash_ for _, _, hash_ in sorted(path, key=lambda step: step[1])]


def multi_path(leaves, positions):
    """Subtrees without positions whose parent has one, by their first rank."""
    path = []
    for (first, last), parent in subtrees(0, len(leaves)):
        inside = any(first <= p < last for p in positions)
        if parent and not inside and any(parent[0] <= p < parent[1] for p in positions):
            path.append((first, top(leaves[first:last])))
    return [hash_ for _, hash_ in sorted(path)]


def hexes(hashes):
    return [hash_.hex() for hash_ in hashes]


def cases():
    draw = Draw("trees")
    for n in [*range(0, 10), 15, 16, 17, 33, 100]:
        payloads = [draw.bytes(draw.between(0, 40)) for _ in range(n)]
        leaves = [leaf(payload) for payload in payloads]
        tag = draw.pick([ITEMS, DATANET, VALIDATION])
        yield {
            "kind": "tree",
            "payloads": hexes(payloads),
            "leaves": hexes(leaves),
            "tag": tag,
            "top": top(leaves).hex(),
            "commitment": commitment(tag, n, top(leaves)).hex(),
        }
        positions = range(n) if n < 10 else sorted({0, n // 2, n - 1, draw.below(n)})
        for position in positions:
            yield single(leaves, position, audit_path(leaves, position))
        for _ in range(0 if n == 0 else 2):
            chosen = sorted({draw.below(n) for _ in range(draw.between(1, 5))})
            yield multi(leaves, chosen, multi_path(leaves, chosen))
        if n in (5, 8):
            yield multi(leaves, list(range(n)), [])
    yield from refused()


def single(leaves, position, path):
    return {
        "kind": "single",
        "n": str(len(leaves)),
        "position": str(position),
        "leaf": leaves[position].hex(),
        "path": hexes(path),
        "top": top(leaves).hex(),
    }


def multi(leaves, positions, path):
    return {
        "kind": "multi",
        "n": str(len(leaves)),
        "positions": [str(position) for position in positions],
        "leaves": hexes(leaves[position] for position in positions),
        "path": hexes(path),
        "top": top(leaves).hex(),
    }


def refused():
    """Proofs that are malformed, or lead to another top."""
    leaves = [leaf(bytes([i])) for i in range(7)]
    good = single(leaves, 3, audit_path(leaves, 3))
    extra = "00" * 32
    for error, change in [
        ("outside", {"position": "7"}),
        ("outside", {"n": "0"}),
        ("path short", {"path": good["path"][:-1]}),
        ("path long", {"path": [*good["path"], extra]}),
        ("path short", {"n": "9"}),
        ("path long", {"position": "6"}),
        ("other top", {"position": "2"}),
        ("other top", {"path": good["path"][::-1]}),
        ("other top", {"leaf": extra}),
    ]:
        yield {**good, **change, "error": error}

    good = multi(leaves, [1, 4, 6], multi_path(leaves, [1, 4, 6]))
    for error, change in [
        ("no position", {"positions": [], "leaves": []}),
        ("order", {"positions": ["1", "4", "4"]}),
        ("order", {"positions": ["4", "1", "6"]}),
        ("outside", {"positions": ["1", "4", "7"]}),
        ("leaves", {"leaves": good["leaves"][:2]}),
        ("path short", {"path": good["path"][:-1]}),
        ("path long", {"path": [*good["path"], extra]}),
        ("path long", {"positions": ["0", "1", "2"], "n": "3"}),
        ("other top", {"path": good["path"][::-1]}),
        ("other top", {"positions": ["0", "4", "6"]}),
        ("path short", {"n": str(2**64 - 1)}),
    ]:
        yield {**good, **change, "error": error}
