"""What every peer is given of a task with classifiers: networks of one shape, the items they were trained on, and the queries.

An item or a query is a row of features with a label. Its loss is the cross-entropy of the label, in nats.
"""
import dataclasses
import json
import pathlib

import numpy
import safetensors.torch
import torch
from torch.nn.functional import cross_entropy


@dataclasses.dataclass(frozen=True)
class Classifier:
    """Networks and their data. `items` is [items, features], `queries` is [queries, features]; labels are int64."""

    folder: pathlib.Path
    items: torch.Tensor
    labels: torch.Tensor
    queries: torch.Tensor
    query_labels: torch.Tensor

    def files(self):
        """The weights of every network."""
        return sorted(self.folder.glob("model*.safetensors"), key=lambda path: (len(path.name), path.name))

    def model(self, number):
        """A fresh copy of a network: linear layers with ReLU between them."""
        layers = json.loads((self.folder / "config.json").read_text())["layers"]
        model = network(layers)
        tensors = safetensors.torch.load_file(self.files()[number])
        model.load_state_dict({torch_name(name): tensor for name, tensor in tensors.items()})
        return model.eval()


def network(layers):
    """An untrained network of these sizes."""
    parts = []
    for inputs, outputs in zip(layers, layers[1:]):
        parts += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def torch_name(name):
    """`layer.1.bias` as torch.nn.Sequential names it, with the ReLUs counted."""
    _, layer, part = name.split(".")
    return f"{2 * int(layer)}.{part}"


def load(folder, items, queries):
    """The networks of `folder`/model with the first `items` items and `queries` queries, or all where the count is None."""
    rows = {name: torch.from_numpy(numpy.load(folder / f"{name}.npy")) for name in ("items", "labels", "queries", "query_labels")}
    return Classifier(folder / "model", rows["items"][:items], rows["labels"][:items], rows["queries"][:queries], rows["query_labels"][:queries])


def losses(logits, labels):
    """Summed cross-entropy, in nats."""
    return cross_entropy(logits, labels, reduction="sum")


def margin(logits, labels):
    """Sum of log(p / (1 - p)), where p is the probability of the right label: TRAK's model output."""
    right = labels[:, None] == torch.arange(logits.shape[-1])
    others = torch.where(right, -torch.inf, logits).logsumexp(-1)
    return (torch.where(right, logits, 0.0).sum(-1) - others).sum()


def functional(model, measure):
    """`measure` of (logits, labels) as a function of weights and a tuple of features and labels, of one row or of several."""
    width = model[0].in_features

    def of_weights(weights, data):
        features, labels = data[0].reshape(-1, width), data[1].reshape(-1)
        return measure(torch.func.functional_call(model, weights, (features,)), labels)

    return of_weights


def gradients(model, features, labels):
    """Gradients of the losses, one row each: [rows, parameters]."""
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    many = torch.func.vmap(torch.func.grad(functional(model, losses)), in_dims=(None, 0))
    return torch.cat([part.flatten(1) for part in many(weights, (features, labels)).values()], 1)


class Members:
    """Collects what single networks give, and writes the first one's and the mean of all under every setting."""

    def __init__(self, output, count):
        self.output, self.count = output, count
        self.sums, self.costs, self.about = {}, {}, {}

    def add(self, name, scores, cost, **about):
        """Adds the scores [queries, items] of the next network under the setting `name`, and what they cost."""
        scores = torch.as_tensor(scores)
        if name not in self.sums:
            self.output.save(f"{name}-1-model", scores, cost, **described(about, 1))
            self.sums[name], self.costs[name], self.about[name] = torch.zeros_like(scores), type(cost)(), about
        self.sums[name] += scores / self.count
        self.costs[name].add(cost)

    def save(self):
        """Writes the means."""
        for name, scores in self.sums.items():
            self.output.save(f"{name}-{self.count}-models", scores, self.costs[name], **described(self.about[name], self.count))


def described(about, models):
    """What was run, with the number of networks."""
    return about | {"method": f"{about['method']}, {models} model{'s' if models > 1 else ''}"}
