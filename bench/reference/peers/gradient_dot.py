"""Dot product of gradients, and their cosine: plain torch, no curvature."""
from torch.nn.functional import normalize

import record
import workload

BATCH = 64


def run(work, output):
    """Writes `gradient-dot` and `gradient-cosine`."""
    model, cost = work.model(), record.Cost()
    with cost.preparing():
        items = workload.gradients(model, work.items, BATCH)
    with cost.scoring():
        queries = workload.gradients(model, work.queries, BATCH)
        scores = queries @ items.T
    cost.bytes_per_item = items.shape[1] * 4
    output.save("gradient-dot", scores, cost, peer="torch", method="gradient dot product", package="torch", damping=None)
    with cost.scoring():
        scores = normalize(queries) @ normalize(items).T
    output.save("gradient-cosine", scores, cost, peer="torch", method="gradient cosine", package="torch", damping=None)
