"""Likeness of features: what can be known of influence without the model. It stands where BM25 stands for texts, and is not it."""
import torch

import record

# Widths of the kernel, as fractions of the mean squared distance between queries and items.
WIDTHS = (0.03, 0.1, 0.3, 1.0)


def run(work, output):
    """Writes one file per width: a Gaussian of the distance, positive for items of the query's label and negative for others."""
    for width in WIDTHS:
        cost = record.Cost(bytes_per_item=work.items.shape[1] * 4)
        with cost.scoring():
            squares = torch.cdist(work.queries, work.items).square()
            alike = work.query_labels[:, None] == work.labels[None]
            scores = torch.exp(-squares / (width * squares.mean())) * torch.where(alike, 1.0, -1.0)
        output.save(f"neighbours-{width}", scores, cost, peer="torch", package="torch", method="likeness of features and label, no model",
                    damping=f"width {width}")
