#!/usr/bin/env python3
"""Tests of evaluate.py on losses made from known influences: target/peers/venv/bin/python bench/reference/peers/test_evaluate.py"""
import pathlib
import tempfile
import unittest

import numpy
from scipy.stats import spearmanr

import evaluate

SEEDS, HALVES, QUERIES, ITEMS = 3, 64, 16, 100


def planted(noise):
    """Influences, halves, and losses that fall by the influences kept, plus noise."""
    random = numpy.random.default_rng(1)
    scores = random.normal(size=(QUERIES, ITEMS)).astype(numpy.float32)
    keep = numpy.stack([random.permutation(ITEMS) < ITEMS // 2 for _ in range(HALVES)]).astype(numpy.uint8)
    losses = 500 - keep @ scores.T + noise * random.normal(size=(SEEDS, HALVES, QUERIES))
    return scores, keep, losses.astype(numpy.float32)


class Evaluation(unittest.TestCase):
    def test_influences_that_made_the_losses_score_one(self):
        scores, keep, truth = planted(noise=0.0)
        numpy.testing.assert_allclose(evaluate.per_query(scores, keep, truth), 1.0, atol=1e-3)

    def test_influences_of_the_wrong_sign_score_minus_one(self):
        scores, keep, truth = planted(noise=0.0)
        numpy.testing.assert_allclose(evaluate.per_query(-scores, keep, truth), -1.0, atol=1e-3)

    def test_noise_between_trainings_lowers_the_score(self):
        scores, keep, truth = planted(noise=10.0)
        self.assertTrue(0.3 < evaluate.per_query(scores, keep, truth).mean() < 0.9)

    def test_influences_of_nothing_have_an_interval_around_zero(self):
        _, keep, truth = planted(noise=1.0)
        other = numpy.random.default_rng(2).normal(size=(QUERIES, ITEMS))
        low, high = evaluate.interval(evaluate.per_query(other, keep, truth))
        self.assertTrue(low < 0 < high)

    def test_correlations_are_those_of_scipy_where_there_are_ties(self):
        left, right = numpy.random.default_rng(3).integers(4, size=(2, QUERIES, HALVES))
        expected = [spearmanr(a, b).statistic for a, b in zip(left, right)]
        numpy.testing.assert_allclose(evaluate.rank_correlations(left, right), expected, atol=1e-12)

    def test_a_constant_influence_scores_zero_rather_than_nothing(self):
        _, keep, truth = planted(noise=1.0)
        self.assertEqual(evaluate.per_query(numpy.zeros((QUERIES, ITEMS)), keep, truth).max(), 0.0)

    def test_files_of_other_items_are_refused(self):
        scores, keep, truth = planted(noise=1.0)
        with self.assertRaisesRegex(ValueError, "do not belong together"):
            evaluate.per_query(scores[:, :50], keep, truth)

    def test_a_folder_is_listed_best_first(self):
        scores, keep, truth = planted(noise=1.0)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            numpy.save(folder / "wrong.npy", -scores)
            numpy.save(folder / "right.npy", scores)
            self.assertEqual([row[0] for row in evaluate.rows(folder, keep, truth)], ["right", "wrong"])


if __name__ == "__main__":
    unittest.main()
