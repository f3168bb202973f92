"""What every peer is given: one language model, the items it was trained on, and the queries.

An item or a query is a row of tokens. Its loss is the sum of the cross-entropies of its next tokens, in nats.
"""
import dataclasses
import functools
import pathlib

import numpy
import peft
import torch
import transformers
from torch.nn.functional import cross_entropy


@dataclasses.dataclass(frozen=True)
class Workload:
    """One model's inputs. `items` is [items, length] and `queries` is [queries, length], both int64 tokens."""

    folder: pathlib.Path
    items: torch.Tensor
    queries: torch.Tensor
    adapter: pathlib.Path | None = None

    def model(self):
        """A fresh copy of the model, so that no peer meets the hooks of another."""
        return SequenceModel(self.folder, self.items.shape[1] - 1, self.adapter)


class SequenceModel(torch.nn.Module):
    """Tokens [batch, positions] to next-token logits [batch, positions, vocabulary].

    Mask and positions are made once, because the library makes them with branches on data that torch.func cannot trace.
    """

    def __init__(self, folder, positions, adapter=None):
        super().__init__()
        self.language = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager")
        if adapter is not None:
            self.language = peft.PeftModel.from_pretrained(self.language, adapter, is_trainable=True)
        self.eval()
        hidden = torch.full((positions, positions), torch.finfo(torch.float32).min).triu(1)
        self.register_buffer("mask", hidden[None, None], persistent=False)
        self.register_buffer("places", torch.arange(positions)[None], persistent=False)

    def forward(self, tokens):
        mask = self.mask.expand(tokens.shape[0], -1, -1, -1)
        return self.language(input_ids=tokens, attention_mask=mask, position_ids=self.places, use_cache=False).logits


def load(folder, name, items, queries):
    """The model `name` of `folder` with the first `items` items and `queries` queries, or all where the count is None."""
    folder = pathlib.Path(folder)
    if not (folder / name / "config.json").exists():
        raise SystemExit(f"{folder / name} has no config.json: name a Hugging Face folder with --model")
    adapter = folder / name.replace("model", "adapter")
    return Workload(folder / name, tokens(folder / "items.npy", items), tokens(folder / "queries.npy", queries),
                    adapter if adapter.exists() else None)


def tokens(path, count):
    """The first `count` rows of a token file as int64."""
    return torch.from_numpy(numpy.load(path)[:count].astype(numpy.int64))


def summed_loss(logits, rows):
    """Cross-entropy of the next tokens of all rows, summed, in nats."""
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), rows[:, 1:].reshape(-1), reduction="sum")


def loss_of(model, rows):
    """Summed loss of rows [batch, length] under the model's own weights."""
    return summed_loss(model(rows[:, :-1]), rows)


def functional_loss(model, weights, row):
    """Summed loss of one row [length] under other weights; for torch.func."""
    return summed_loss(torch.func.functional_call(model, weights, (row[None, :-1],)), row[None])


def functional_margin(model, weights, row):
    """Sum over positions of log(p / (1 - p)), where p is the probability of the right token: TRAK's model output."""
    chosen = -cross_entropy(torch.func.functional_call(model, weights, (row[None, :-1],))[0], row[1:], reduction="none")
    return (chosen - torch.log(-torch.expm1(chosen) + 1e-12)).sum()


def functional_probability(model, weights, row):
    """Mean over positions of the probability of the right token, shape [1]."""
    logits = torch.func.functional_call(model, weights, (row[None, :-1],))[0]
    return torch.exp(-cross_entropy(logits, row[1:], reduction="none")).mean()[None]


def gradients(model, rows, batch):
    """Gradients of the summed losses by the trained weights, one row each: [rows, parameters]."""
    weights = {name: weight.detach() for name, weight in trained(model)}
    one = torch.func.grad(functools.partial(functional_loss, model))
    many = torch.func.vmap(one, in_dims=(None, 0))
    result = torch.empty(len(rows), sum(weight.numel() for weight in weights.values()))
    for part, into in zip(rows.split(batch), result.split(batch)):
        torch.cat([gradient.flatten(1) for gradient in many(weights, part).values()], 1, out=into)
    return result


def trained(model):
    """Names and values of the weights that training changes: all, or an adapter's."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


def linear_layers(model, head):
    """Names of the linear layers whose weights training changes, with the output layer if `head`. Its weights are the embedding's where these
    are tied."""
    names = [name for name, module in model.named_modules()
             if isinstance(module, torch.nn.Linear) and module.weight.requires_grad]
    return [name for name in names if head or not name.endswith("lm_head")]
