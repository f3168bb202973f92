#!/usr/bin/env python3
"""Reference values for tests/influence/strata.rs, in plain Python (3.9 or later), from the definitions.

It shares no code with the engine: softmax regression with its Gauss-Newton matrix entry by entry, Gaussian elimination, and the
sums of the rule as they are written. Run it and compare its output with the constants in the test.
"""
import math
import struct

INPUTS, LABELS, POSITIONS = 2, 3, 3
PARAMETERS = (INPUTS + 1) * LABELS
DAMPING = 0.01


class Draws:
    """x <- (1103515245 x + 12345) mod 2^31; the upper bits are used."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return (self.state >> 16) % bound

    def sixteenths(self, largest):
        """A multiple of 1/16 from -largest to largest."""
        return (self.below(32 * largest + 1) - 16 * largest) / 16


def f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def probabilities(weights, x):
    rows = [weights[3 * label : 3 * label + 3] for label in range(LABELS)]
    logits = [row[0] * x[0] + row[1] * x[1] + row[2] for row in rows]
    exponentials = [math.exp(logit) for logit in logits]
    return [value / sum(exponentials) for value in exponentials]


def gradient(weights, x, label):
    p, entering = probabilities(weights, x), [x[0], x[1], 1.0]
    return [((unit == label) - p[unit]) * value for unit in range(LABELS) for value in entering]


def curvature(weights, items):
    matrix = [[0.0] * PARAMETERS for _ in range(PARAMETERS)]
    for x, _ in items:
        p, entering = probabilities(weights, x), [x[0], x[1], 1.0]
        for a in range(PARAMETERS):
            for b in range(PARAMETERS):
                unit, other = a // 3, b // 3
                second = (unit == other) * p[unit] - p[unit] * p[other]
                matrix[a][b] += second * entering[a % 3] * entering[b % 3] / len(items)
    return matrix


def solve(matrix, right):
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    size = len(rows)
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / rows[pivot][pivot]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot])]
    solution = [0.0] * size
    for row in reversed(range(size)):
        known = sum(rows[row][column] * solution[column] for column in range(row + 1, size))
        solution[row] = (rows[row][size] - known) / rows[row][row]
    return solution


class Version:
    def __init__(self, draws, item_count):
        self.weights = [draws.sixteenths(1) for _ in range(PARAMETERS)]
        self.items = [([draws.sixteenths(1), draws.sixteenths(1)], draws.below(LABELS)) for _ in range(item_count)]
        self.owners = [draws.below(POSITIONS) for _ in range(item_count)]
        damped = curvature(self.weights, self.items)
        for index in range(PARAMETERS):
            damped[index][index] += DAMPING
        solutions = [solve(damped, gradient(self.weights, *item)) for item in self.items]
        self.rows = [[f32(value / item_count) for value in solution] for solution in solutions]

    def shares(self, x, label, positive=False):
        g = gradient(self.weights, x, label)
        phi = [sum(a * b for a, b in zip(g, row)) for row in self.rows]
        total = sum(abs(value) for value in phi)
        part = (lambda value: max(value, 0.0)) if positive else (lambda value: value)
        return [
            sum(part(value) for value, owner in zip(phi, self.owners) if owner == position) / total
            for position in range(POSITIONS)
        ]


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows)]


def nearest(centroids, x):
    """Lowest number among the nearest."""
    return min(sorted(centroids), key=lambda number: sum((a - b) ** 2 for a, b in zip(centroids[number], x)))


def merged(groups, size, validation):
    """groups: number -> list of validation examples; size: number -> draws. Returns number -> number it ends in."""
    groups = {number: examples[:] for number, examples in groups.items()}
    size, ends = dict(size), {number: number for number in groups}
    while len(groups) > 1 and any(size[number] < 2 for number in groups):
        small = min(number for number in groups if size[number] < 2)
        point = mean([validation[example][0] for example in groups[small]])
        others = {n: mean([validation[e][0] for e in groups[n]]) for n in groups if n != small}
        into = nearest(others, point)
        groups[into] += groups.pop(small)
        size[into] += size.pop(small)
        ends = {number: into if end == small else end for number, end in ends.items()}
    return groups, ends


def estimate(draws, position):
    """draws: (weight, row). The weighted mean and its standard error."""
    total = sum(weight for weight, _ in draws)
    effective = total**2 / sum(weight**2 for weight, _ in draws)
    value = sum(weight * row[position] for weight, row in draws) / total
    squares = sum((weight * (row[position] - value)) ** 2 for weight, row in draws)
    return value, math.sqrt(squares) / total * math.sqrt(effective / (effective - 1))


def stratified(parts, position):
    """parts: (weight, draws)."""
    estimates = [(weight, estimate(draws, position)) for weight, draws in parts if weight > 0]
    value = sum(weight * value for weight, (value, _) in estimates)
    return value, math.sqrt(sum((weight * error) ** 2 for weight, (_, error) in estimates))


def round_of(seed):
    draws = Draws(seed)
    versions = [Version(draws, 12), Version(draws, 15)]
    # Strata 1, 4 and 9 around three corners; stratum 6 has a single example; stratum 30 is far from every prompt.
    corners = {1: (-2.0, 0.0), 4: (2.0, 0.0), 9: (0.0, 2.5), 6: (1.0, 0.5), 30: (0.0, -40.0)}
    numbers = [1] * 5 + [4] * 4 + [6] + [9] * 6 + [30] * 3
    validation = []
    for number in numbers:
        corner = corners[number]
        x = [corner[0] + draws.sixteenths(1), corner[1] + draws.sixteenths(1)]
        validation.append((x, draws.below(LABELS)))
    prompts = []
    for prompt in range(14):
        # Stratum 9 is asked for by one prompt only.
        corner = corners[9] if prompt == 0 else corners[[1, 4][prompt % 2]]
        prompts.append([corner[0] + draws.sixteenths(1), corner[1] + draws.sixteenths(1)])
    receipts = []  # (version, prompt, label, fee); every fifth is free
    for receipt in range(40):
        prompt = 0 if receipt == 0 else 1 + draws.below(13)
        fee = 0 if receipt % 5 == 4 else 1 + draws.below(9)
        receipts.append((draws.below(2), prompt, draws.below(LABELS), fee))
    return versions, validation, numbers, prompts, receipts


def report(seed):
    versions, validation, numbers, prompts, receipts = round_of(seed)
    paid = [receipt for receipt in receipts if receipt[3] > 0]
    fees = sum(fee for *_, fee in paid)
    groups = {}
    for example, number in enumerate(numbers):
        groups.setdefault(number, []).append(example)
    groups, _ = merged(groups, {number: len(examples) for number, examples in groups.items()}, validation)
    centroids = {number: mean([validation[example][0] for example in groups[number]]) for number in groups}

    rows = [versions[version].shares(prompts[prompt], label) for version, prompt, label, _ in paid]
    draws, stratum_of = {}, {}
    for prompt in sorted({prompt for _, prompt, _, _ in paid}):
        own = [(receipt[3], row) for receipt, row in zip(paid, rows) if receipt[1] == prompt]
        weight = sum(fee for fee, _ in own)
        draws[prompt] = (weight, [sum(fee * row[c] for fee, row in own) / weight for c in range(POSITIONS)])
        stratum_of[prompt] = nearest(centroids, prompts[prompt])
    weights = {n: sum(draws[p][0] for p in draws if stratum_of[p] == n) / fees for n in groups}

    version_weights = [sum(fee for v, _, _, fee in paid if v == version) / fees for version in range(2)]
    examples = []
    for x, label in validation:
        own = [version.shares(x, label) for version in versions]
        examples.append([sum(w * row[c] for w, row in zip(version_weights, own)) for c in range(POSITIONS)])
    utility_parts = [(weights[n], [(1.0, examples[e]) for e in groups[n]]) for n in groups]

    sizes = {n: sum(stratum_of[p] == n for p in draws) for n in groups}
    with_fees = {n: groups[n] for n in groups if sizes[n] > 0}
    paid_groups, ends = merged(with_fees, {n: sizes[n] for n in with_fees}, validation)
    net_parts = []
    for number in paid_groups:
        own = [draws[p] for p in draws if ends[stratum_of[p]] == number]
        net_parts.append((sum(weight for weight, _ in own) / fees, own))

    positive = [versions[version].shares(prompts[prompt], label, True) for version, prompt, label, _ in paid]
    usual = [sum(receipt[3] * row[c] for receipt, row in zip(paid, positive)) for c in range(POSITIONS)]
    last = [versions[1].shares(*example) for example in validation]
    even = [(len(own) / len(validation), [(1.0, last[e]) for e in own]) for own in groups.values()]
    return {
        "effective": fees**2 / sum(weight**2 for weight, _ in draws.values()),
        "strata": [(n, len(groups[n]), sizes[n], weights[n]) for n in sorted(groups)],
        "net": [stratified(net_parts, c) for c in range(POSITIONS)],
        "utility": [stratified(utility_parts, c) for c in range(POSITIONS)],
        "usual": [value / sum(usual) for value in usual],
        "valuation": [stratified(even, c) for c in range(POSITIONS)],
    }


if __name__ == "__main__":
    for name, value in report(20_261).items():
        print(name, *(value if isinstance(value, list) else [value]), sep="\n    ")
