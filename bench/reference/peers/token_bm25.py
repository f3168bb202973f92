"""BM25 with tokens as terms: what can be known of influence without the model."""
import itertools

import bm25s
import numpy

import record

SATURATIONS = (0.8, 1.5, 3.0)
LENGTH_NORMALISATIONS = (0.0, 0.75)


def terms(rows):
    """Token rows as lists of words."""
    return [[str(token) for token in row] for row in rows.tolist()]


def run(work, output):
    """Writes one file per saturation k1 and length normalisation b. All items are equally long, so b should change nothing."""
    for saturation, normalisation in itertools.product(SATURATIONS, LENGTH_NORMALISATIONS):
        cost = record.Cost()
        with cost.preparing():
            index = bm25s.BM25(k1=saturation, b=normalisation)
            index.index(terms(work.items), show_progress=False)
        with cost.scoring():
            scores = numpy.stack([index.get_scores(query) for query in terms(work.queries)])
        kept = sum(index.scores[part].nbytes for part in ("data", "indices", "indptr"))
        cost.bytes_per_item = kept // len(work.items)
        output.save(f"bm25-k1-{saturation}-b-{normalisation}", scores, cost, peer="bm25s", method="BM25 on tokens",
                    package="bm25s", damping=f"k1 = {saturation}, b = {normalisation}")
