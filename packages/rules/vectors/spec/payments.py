"""DESIGN sections 3 and 4: receipts, their chain, vouchers, and the fold of redemptions."""

from .hashing import DOMAIN, OTHER_DOMAIN, Draw, digest, u32, u64, u128


def receipt_digest(domain, r):
    return digest(
        "receipt/v1",
        *domain,
        u64(r["model"]),
        u32(r["version"]),
        u64(r["channel"]),
        u64(r["epoch"]),
        u64(r["number"]),
        r["prompt_hash"],
        r["output_hash"],
        u64(r["tokens_in"]),
        u64(r["tokens_out"]),
        u128(r["fee"]),
        u32(r["price_sheet"]),
    )


def genesis_head(domain, channel):
    return digest("head-genesis/v1", *domain, u64(channel))


def next_head(head, receipt):
    return digest("head/v1", head, receipt)


def voucher_digest(domain, channel, epoch, cumulative, head):
    return digest("voucher/v1", *domain, u64(channel), u64(epoch), u128(cumulative), head)


def payment_cases():
    """Channels: receipts in order, and the voucher signed after each."""
    draw = Draw("payments")
    for domain, extreme in [(DOMAIN, False), (OTHER_DOMAIN, False), (DOMAIN, True)]:
        fixed = {name: (2**64 - 1 if extreme else draw.below(50)) for name in ["model", "channel", "epoch"]}
        head, sum_ = genesis_head(domain, fixed["channel"]), 0
        steps = []
        for number in range(4):
            salt, prompt, output = draw.bytes(), draw.bytes(17 * number), draw.bytes(5 * number)
            fee = 2**125 if extreme else draw.below(10**9)
            receipt = {
                "model": fixed["model"],
                "version": 2**32 - 1 if extreme else draw.below(9),
                "channel": fixed["channel"],
                "epoch": fixed["epoch"],
                "number": number,
                "prompt_hash": digest("salted/v1", salt, prompt),
                "output_hash": digest("output/v1", output),
                "tokens_in": draw.below(2**64 if extreme else 5_000),
                "tokens_out": draw.below(2**64 if extreme else 5_000),
                "fee": fee,
                "price_sheet": 2**32 - 1 if extreme else 3,
            }
            digest_ = receipt_digest(domain, receipt)
            head, sum_ = next_head(head, digest_), sum_ + fee
            signed = voucher_digest(domain, fixed["channel"], fixed["epoch"], sum_, head)
            steps.append({
                "salt": salt.hex(),
                "prompt": prompt.hex(),
                "output": output.hex(),
                "version": receipt["version"],
                "prompt_hash": receipt["prompt_hash"].hex(),
                "output_hash": receipt["output_hash"].hex(),
                "tokens_in": str(receipt["tokens_in"]),
                "tokens_out": str(receipt["tokens_out"]),
                "fee": str(fee),
                "price_sheet": receipt["price_sheet"],
                "receipt_digest": digest_.hex(),
                "head": head.hex(),
                "cumulative": str(sum_),
                "voucher_digest": signed.hex(),
            })
        yield {
            "domain": list(domain),
            "model": str(fixed["model"]),
            "channel": str(fixed["channel"]),
            "epoch": str(fixed["epoch"]),
            "genesis_head": genesis_head(domain, fixed["channel"]).hex(),
            "receipts": steps,
        }


def fee(per_call, per_1000_in, per_1000_out, tokens_in, tokens_out):
    """What a call costs; None if it is beyond 128 bits at any step."""
    read, written = per_1000_in * tokens_in, per_1000_out * tokens_out
    total = per_call + -(-(read + written) // 1000)
    return total if max(read, written, read + written, total) < 2**128 else None


def fee_cases():
    draw = Draw("fees")
    most = 2**128 - 1
    fixed = [
        (1, 0, 0, 10**6, 10**6),
        (1, 1, 0, 0, 0),
        (1, 1, 0, 1, 0),
        (1, 1, 0, 1000, 0),
        (1, 1, 0, 1001, 0),
        (5, 500, 500, 1, 1),
        (5, 500, 500, 1, 2),
        (1, most, 0, 1, 0),
        (1, most, 0, 2, 0),
        (1, most, 1, 1, 1),
        (most, 0, 0, 5, 5),
        (most, 1, 0, 1, 0),
    ]
    drawn = [
        (1 + draw.below(10**6), draw.below(10**6), draw.below(10**6), draw.below(2**20), draw.below(2**64))
        for _ in range(8)
    ]
    for case in fixed + drawn:
        names = ["per_call", "per_1000_in", "per_1000_out", "tokens_in", "tokens_out"]
        due = fee(*case)
        yield {**{name: str(value) for name, value in zip(names, case)}, "fee": None if due is None else str(due)}


def genesis_fold(domain, model, epoch):
    return digest("redemptions/v1", *domain, u64(model), u64(epoch))


def fold(commitment, channel, number, previous_head, head, amount):
    return digest(
        "redemption/v1", commitment, u64(channel), u32(number), previous_head, head, u128(amount)
    )


def redemption_cases():
    draw = Draw("redemptions")
    for domain in [DOMAIN, OTHER_DOMAIN]:
        for model, epoch, count in [(0, 0, 0), (3, 7, 1), (2**64 - 1, 2**64 - 1, 5)]:
            commitment = genesis_fold(domain, model, epoch)
            genesis, steps = commitment, []
            for number in range(count):
                number = 2**32 - 1 if number == 4 else number
                channel, amount = draw.below(2**64), draw.below(2**128)
                previous, head = draw.bytes(), draw.bytes()
                commitment = fold(commitment, channel, number, previous, head, amount)
                steps.append({
                    "channel": str(channel),
                    "number": number,
                    "previous_head": previous.hex(),
                    "head": head.hex(),
                    "amount": str(amount),
                    "commitment": commitment.hex(),
                })
            yield {
                "domain": list(domain),
                "model": str(model),
                "epoch": str(epoch),
                "genesis": genesis.hex(),
                "redemptions": steps,
            }
