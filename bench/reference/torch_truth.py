#!/usr/bin/env python3
"""Task A in torch: the permutations that bench/tasks/src/torch.rs must repeat, and a truth that shares no code with the engine.

    pip install torch numpy
    bench/reference/torch_truth.py truth.f64
    bench/influence --truth truth.f64

Writes the losses of 100 halves x 5 seeds x 200 tests as little-endian float64. Two minutes on two cores: all halves of a seed are trained at once.
As with torch.manual_seed before each training, the halves of one seed share initial weights and the places that a shuffle moves
items to.
"""
import gzip
import math
import pathlib
import sys

import numpy
import torch

TRAINING, TESTS, SUBSETS, SEEDS = 1000, 200, 100, 5
EPOCHS, BATCH, RATE, MOMENTUM, DECAY = 60, 50, 0.1, 0.9, 1e-3
DIGITS = pathlib.Path(__file__).resolve().parents[2] / "data" / "digits.csv.gz"


def split():
    """Training features and labels, test features and labels, the halves."""
    table = numpy.loadtxt(gzip.open(DIGITS, "rt"), delimiter=",")
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(0))
    features = torch.tensor(table[:, :64] / 16, dtype=torch.float32)[order]
    labels = torch.tensor(table[:, 64]).long()[order]
    generator = torch.Generator().manual_seed(1)
    halves = torch.stack([torch.randperm(TRAINING, generator=generator)[: TRAINING // 2] for _ in range(SUBSETS)])
    print("order", order[:8].tolist(), "half 0", halves[0, :8].tolist(), "half 99", halves[99, :8].tolist())
    tests = slice(TRAINING, TRAINING + TESTS)
    return features[:TRAINING], labels[:TRAINING], features[tests], labels[tests], halves.sort(1).values


def initial(models):
    def uniform(*shape, inputs):
        return ((torch.rand(*shape) * 2 - 1) / math.sqrt(inputs)).repeat(models, 1, 1)

    return [
        uniform(1, 64, 32, inputs=64),
        uniform(1, 1, 32, inputs=64),
        uniform(1, 32, 10, inputs=32),
        uniform(1, 1, 10, inputs=32),
    ]


def logits(weights, features):
    hidden = torch.relu(torch.bmm(features, weights[0]) + weights[1])
    return torch.bmm(hidden, weights[2]) + weights[3]


def train(features, labels, halves, seed):
    torch.manual_seed(seed)
    weights = [weight.requires_grad_() for weight in initial(len(halves))]
    optimizer = torch.optim.SGD(weights, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    for _ in range(EPOCHS):
        order = torch.randperm(halves.shape[1])
        for start in range(0, halves.shape[1], BATCH):
            batch = halves[:, order[start : start + BATCH]]
            output = logits(weights, features[batch]).flatten(0, 1)
            # The mean over a batch, summed over models: models do not touch one another.
            loss = torch.nn.functional.cross_entropy(output, labels[batch].flatten(), reduction="sum") / BATCH
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return [weight.detach() for weight in weights]


def main(path):
    features, labels, test_features, test_labels, halves = split()
    losses = []
    for seed in range(SEEDS):
        output = logits(train(features, labels, halves, seed), test_features.expand(SUBSETS, -1, -1))
        of_label = torch.log_softmax(output, -1).gather(2, test_labels.expand(SUBSETS, -1)[..., None])
        losses.append(-of_label[..., 0].double())
        print(f"seed {seed}: mean test loss {losses[-1].mean():.4f}", flush=True)
    torch.stack(losses, 1).numpy().astype("<f8").tofile(path)


if __name__ == "__main__":
    main(sys.argv[1])
