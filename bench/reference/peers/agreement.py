#!/usr/bin/env python3
"""Whether torch computes from a task's files what our engine computed: agreement.py FOLDER

Our engine leaves in FOLDER what the models say of the first queries: `logits.npy` of a language model, [queries, positions, vocabulary], or
`log_probabilities.npy` of classifiers, [models, queries, labels].
"""
import pathlib
import sys

import numpy
import torch

import classifier
import workload

TOLERANCE = 1e-4


def difference(folder):
    """Largest difference of any number."""
    if (folder / "labels.npy").exists():
        work, ours = classifier.load(folder, None, None), numpy.load(folder / "log_probabilities.npy")
        theirs = [work.model(number)(work.queries).log_softmax(-1) for number in range(len(ours))]
        return float(numpy.abs(torch.stack(theirs).numpy() - ours).max())
    ours = torch.from_numpy(numpy.load(folder / "logits.npy"))
    work = workload.load(folder, "model-0", 1, len(ours))
    return float((work.model()(work.queries[:, :-1]) - ours).abs().max())


def main():
    with torch.no_grad():
        found = difference(pathlib.Path(sys.argv[1]))
    print(f"{found:.2e}")
    if not found <= TOLERANCE:
        sys.exit(f"torch and our engine differ by {found:.2e}, more than {TOLERANCE}: the peers would be given other models")


if __name__ == "__main__":
    main()
