"""What a payer orders, and the seals of payer and gateway (RFC 2104)."""

import hmac

from .hashing import DOMAIN, OTHER_DOMAIN, Draw, digest, u32, u64, u128


def cases():
    draw = Draw("orders")
    for domain in [DOMAIN, OTHER_DOMAIN]:
        for extreme in [False, True]:
            channel, number = (2**64 - 1, 2**64 - 1) if extreme else (draw.below(50), 1 + draw.below(50))
            cumulative, ceiling = (2**128 - 1, 2**128 - 1) if extreme else (draw.below(10**9), draw.below(10**9))
            sheet, price = (2**32 - 1, "é" * 64) if extreme else (draw.below(9), "standard")
            path, body = "/v1/chat/completions", draw.bytes(0 if extreme else 99)
            head, salt, shared = draw.bytes(), draw.bytes(), draw.bytes()
            request = digest("request/v1", path.encode(), body)
            order = digest(
                "order/v1", *domain, u64(channel), u64(number), u128(cumulative), head, request, salt,
                u32(sheet), price.encode(), u128(ceiling),
            )
            next_head = draw.bytes()
            served = digest("served/v1", order, next_head)
            correction = digest("correction/v1", *domain, u64(channel), u64(number), body)
            taken = digest("correction-taken/v1", *domain, u64(channel), u64(number))
            key = digest("seal-key/v1", *domain, u64(channel), shared)
            yield {
                "domain": list(domain),
                "channel": str(channel),
                "number": str(number),
                "cumulative": str(cumulative),
                "head": head.hex(),
                "path": path,
                "body": body.hex(),
                "salt": salt.hex(),
                "price_sheet": sheet,
                "price": price,
                "ceiling": str(ceiling),
                "order_digest": order.hex(),
                "shared": shared.hex(),
                "order_seal": hmac.digest(key, order, "sha256").hex(),
                "correction_digest": correction.hex(),
                "taken_digest": taken.hex(),
                "next_head": next_head.hex(),
                "served_seal": hmac.digest(key, served, "sha256").hex(),
            }
