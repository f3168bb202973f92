#!/usr/bin/env python3
"""The same model, rows and device as a plan of bench/gpu says, in PyTorch: training steps, and gradients of every sample.

    step.py PLAN.json RECORDS.json

"training" is transformers' Llama with scaled_dot_product_attention, gradients of groups added up, and a step of fused AdamW; "forwards and
backwards" the same without the step. "gradients of samples" freezes all weights and forms the gradient of every sample at every linear layer
but the head, of which only its norm is kept: what any attribution by gradients in PyTorch takes at least.
"""
import json
import pathlib
import resource
import statistics
import sys
import time

import torch
import transformers
from torch.nn.functional import cross_entropy

PRECISIONS = {"bf16": torch.bfloat16, "f32": torch.float32}


class Workload:
    """A model of random weights and items of random tokens, one block each."""

    def __init__(self, plan):
        self.plan, self.rows = plan, plan["rows"]
        self.device = torch.device(plan["device"])
        torch.manual_seed(0)
        torch.set_default_dtype(PRECISIONS[plan["precision"]])
        with self.device:
            self.model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**plan["model"]))
        self.model.config.use_cache = False
        count = self.rows["measured"] // self.rows["length"]
        shape = (count, self.rows["length"] + 1)
        self.items = torch.randint(plan["model"]["vocab_size"], shape, device=self.device)

    def groups(self):
        """Items that are computed together."""
        return self.items.split(self.rows["at_once"] // self.rows["length"])

    def loss(self, items, **inputs):
        """Summed cross-entropy of the next tokens of all items."""
        logits = self.model(use_cache=False, **inputs).logits
        return cross_entropy(logits.flatten(0, 1).float(), items[:, 1:].flatten(), reduction="sum")

    def forwards_and_backwards(self):
        for items in self.groups():
            self.loss(items, input_ids=items[:, :-1]).backward()
            self.model.zero_grad(set_to_none=True)

    def training(self, optimizer):
        per_step = self.rows["of_step"] // self.rows["at_once"]
        for rank, items in enumerate(self.groups(), start=1):
            self.loss(items, input_ids=items[:, :-1]).backward()
            if rank % per_step == 0:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)

    def gradients_of_samples(self, norms):
        """Needs the hooks of `watch`, which fill `norms`."""
        for items in self.groups():
            embedded = self.model.get_input_embeddings()(items[:, :-1]).requires_grad_()
            self.loss(items, inputs_embeds=embedded).backward()
            norms.clear()


def watch(model, norms):
    """Freezes the model and forms every sample's gradient at every linear layer but the head while a loss goes backwards."""
    for weight in model.parameters():
        weight.requires_grad_(False)

    def hook(_layer, inputs, output):
        entered = inputs[0].detach()
        output.register_hook(lambda left: norms.append(torch.einsum("bro,bri->boi", left, entered).flatten(1).norm(dim=1)))

    for name, layer in model.named_modules():
        if isinstance(layer, torch.nn.Linear) and not name.endswith("lm_head"):
            layer.register_forward_hook(hook)


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds(work, device, repeats):
    """Of `work`, done once before."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        synchronize(device)
        taken.append(time.perf_counter() - start)
    return sorted(taken[1:])


def peak_mib(device):
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device) // 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def record(workload, what, taken):
    plan, tokens = workload.plan, workload.rows["measured"]
    middle = statistics.median_high(taken)
    return {
        "shape": plan["shape"], "device": plan["device"], "precision": plan["precision"],
        "stack": f"torch {torch.__version__}", "what": what, "tokens": tokens, "seconds": middle,
        "range": [taken[0], taken[-1]], "tokens_per_second": tokens / middle, "of_training": None,
        "peak_mib": peak_mib(workload.device),
    }


def main():
    plan, output = json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2])
    workload, repeats = Workload(plan), plan["repeats"]
    records = []

    def measure(what, work):
        records.append(record(workload, what, seconds(work, workload.device, repeats)))
        print(f"torch, {what}: {records[-1]['seconds']:.3f} s", flush=True)
        output.write_text(json.dumps(records, indent=2) + "\n")

    measure("forwards and backwards", workload.forwards_and_backwards)
    optimizer = torch.optim.AdamW(workload.model.parameters(), lr=1e-5, weight_decay=0.1, fused=workload.device.type == "cuda")
    measure("training", lambda: workload.training(optimizer))
    del optimizer
    workload.model.zero_grad(set_to_none=True)
    norms = []
    watch(workload.model, norms)
    measure("gradients of samples", lambda: workload.gradients_of_samples(norms))


if __name__ == "__main__":
    main()
