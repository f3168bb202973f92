"""Dot product of gradients of classifiers, and their cosine: plain torch, no curvature."""
from torch.nn.functional import normalize

import classifier
import record


def run(work, output):
    """Writes both for one network and for all."""
    members = classifier.Members(output, len(work.files()))
    for number in range(members.count):
        model, cost = work.model(number), record.Cost()
        with cost.preparing():
            items = classifier.gradients(model, work.items, work.labels)
        with cost.scoring():
            queries = classifier.gradients(model, work.queries, work.query_labels)
            scores = queries @ items.T
        cost.bytes_per_item = items.shape[1] * 4
        members.add("gradient-dot", scores, cost, peer="torch", method="gradient dot product", package="torch", damping=None)
        with cost.scoring():
            scores = normalize(queries) @ normalize(items).T
        members.add("gradient-cosine", scores, cost, peer="torch", method="gradient cosine", package="torch", damping=None)
    members.save()
