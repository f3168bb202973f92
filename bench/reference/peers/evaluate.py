#!/usr/bin/env python3
"""Linear datamodelling scores (LDS) of all influence files of a folder.

    target/peers/venv/bin/python bench/reference/peers/evaluate.py --scores FOLDER --keep keep.npy --truth truth.npy

LDS is the mean over queries of the rank correlation over halves between the summed influence of the items that a half keeps and minus
the query's loss under models trained on that half, averaged over seeds (Park et al. 2023, TRAK, definition 2.3).
"""
import argparse
import json
import pathlib

import numpy
from scipy.stats import rankdata

RESAMPLES = 2000


def rank_correlations(left, right):
    """Spearman's correlation of each row of two [rows, columns] arrays, ties ranked at their mean; 0 where a row is constant."""
    left, right = (rankdata(values, axis=1) for values in (left, right))
    left, right = (ranks - ranks.mean(1, keepdims=True) for ranks in (left, right))
    scale = numpy.sqrt((left**2).sum(1) * (right**2).sum(1))
    return numpy.divide((left * right).sum(1), scale, out=numpy.zeros(len(scale)), where=scale > 0)


def per_query(scores, keep, truth):
    """Rank correlation of every query.

    `scores` is [queries, items], `keep` is [halves, items] of 0 and 1, `truth` is [seeds, halves, queries] of summed losses.
    """
    expected = (keep.shape[0], scores.shape[0])
    if scores.shape[1] != keep.shape[1] or truth.shape[1:] != expected:
        raise ValueError(f"scores {scores.shape}, keep {keep.shape} and truth {truth.shape} do not belong together")
    predicted = scores.astype(numpy.float64) @ keep.T.astype(numpy.float64)
    return rank_correlations(predicted, -truth.astype(numpy.float64).mean(0).T)


def interval(values, seed=0):
    """95 % interval of the mean, from RESAMPLES bootstrap samples of the queries."""
    drawn = numpy.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    return numpy.percentile(values[drawn].mean(1), [2.5, 97.5])


def rows(folder, keep, truth):
    """One row per influence file, best first: name, LDS, interval, description."""
    table = []
    for path in sorted(folder.glob("*.npy")):
        values = per_query(numpy.load(path), keep, truth)
        beside = path.with_suffix(".json")
        about = json.loads(beside.read_text()) if beside.exists() else {}
        table.append((path.stem, values.mean(), *interval(values), about))
    return sorted(table, key=lambda row: -row[1])


def line(name, lds, low, high, about):
    """One row as Markdown."""
    seconds = about.get("seconds", {})
    costs = [f"{seconds[phase]:.1f}" if phase in seconds else "" for phase in ("prepare", "score")]
    return f"| {name} | {lds:.3f} | {low:.3f} to {high:.3f} | {' | '.join(costs)} | {about.get('peak_mib', '')} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", type=pathlib.Path, required=True, help="folder of NAME.npy, float32 [queries, items]")
    parser.add_argument("--keep", type=pathlib.Path, required=True, help="uint8 [halves, items]")
    parser.add_argument("--truth", type=pathlib.Path, required=True, help="float32 [seeds, halves, queries], summed losses in nats")
    chosen = parser.parse_args()
    print("| file | LDS | 95 % interval | prepare s | score s | peak MiB |\n|---|---|---|---|---|---|")
    for row in rows(chosen.scores, numpy.load(chosen.keep), numpy.load(chosen.truth)):
        print(line(*row))


if __name__ == "__main__":
    main()
