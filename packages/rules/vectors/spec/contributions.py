"""DESIGN section 3: a contribution's digest in its DataNet's tree, and the commit of its entry."""

from .hashing import DOMAIN, OTHER_DOMAIN, Draw, digest, u64


def record_digest(domain, record):
    return digest(
        "contribution/v1",
        *domain,
        u64(record["datanet"]),
        u64(record["id"]),
        record["contributor"],
        record["kind"],
        record["items_root"],
        u64(record["item_count"]),
        u64(record["committed_at"]),
    )


def entry_commitment(domain, datanet, contributor, items_root, salt):
    return digest(
        "contribution-commit/v1", *domain, u64(datanet), contributor, items_root, salt
    )


def cases():
    draw = Draw("contributions")
    for domain in [DOMAIN, OTHER_DOMAIN]:
        for contributor, kind in [
            ("wasm1alice", "data"),
            ("wasm1alicedata", ""),
            ("", "wasm1alicedata"),
            ("wasm1bob", "correction \u00e9"),
        ]:
            record = {
                "datanet": draw.pick([0, 1, 7, 2**64 - 1]),
                "id": draw.below(2**64),
                "contributor": contributor,
                "kind": kind,
                "items_root": draw.bytes(),
                "item_count": draw.below(10**6),
                "committed_at": draw.below(2**40),
            }
            salt = draw.bytes()
            commit = entry_commitment(
                domain, record["datanet"], contributor, record["items_root"], salt
            )
            yield {
                "domain": list(domain),
                "datanet": str(record["datanet"]),
                "id": str(record["id"]),
                "contributor": contributor,
                "kind": kind,
                "items_root": record["items_root"].hex(),
                "item_count": str(record["item_count"]),
                "committed_at": str(record["committed_at"]),
                "digest": record_digest(domain, record).hex(),
                "salt": salt.hex(),
                "commitment": commit.hex(),
            }
