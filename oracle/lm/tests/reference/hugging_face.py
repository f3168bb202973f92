#!/usr/bin/env python3
"""Holds this crate's models and adapters against those of Hugging Face's transformers and peft, both ways.

    python hugging_face.py make fixtures    writes fixtures/<case>: what transformers and peft save, tokens, and the logits they compute
    python hugging_face.py check FOLDER     loads what `cargo run --example logits -- FOLDER` wrote, and compares its logits with theirs

Made with Python 3.11, torch 2.15.0, transformers 5.23.0, peft 0.21.2; the seeds are below. An adapter's case names its base in
`base_model_name_or_path`, a folder beside it. All logits are computed in f32, from what was read back from the folder.
"""
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

TOLERANCE = 1e-4
SEQUENCES, LENGTH = 2, 25
SIZES = dict(
    vocab_size=32,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=4,
    max_position_embeddings=256,
    rms_norm_eps=1e-5,
)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=10000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=64,
)

# Name of a case, what differs from the sizes above, and how it is saved. With heads of width 8, llama3 keeps the first frequency, blends
# the second and divides the other two.
MODELS = [
    ("tied", dict(tie_word_embeddings=True), {}),
    ("untied", dict(tie_word_embeddings=False), {}),
    ("grouped", dict(num_key_value_heads=2), {}),
    ("head-dim", dict(num_key_value_heads=1, head_dim=6), {}),
    ("llama3", dict(num_attention_heads=2, num_key_value_heads=1, rope_parameters=LLAMA3), {}),
    ("older-linear", dict(), dict(older=True)),
    ("bf16", dict(tie_word_embeddings=True), dict(dtype=torch.bfloat16)),
    ("sharded", dict(num_key_value_heads=2), dict(max_shard_size="12KB")),
]
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MLP = ["gate_proj", "up_proj", "down_proj"]
# Name of a case, its base, and the adapter.
ADAPTERS = [
    ("adapter-query-value", "grouped", dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])),
    ("adapter-all-rslora", "grouped", dict(r=4, lora_alpha=6, use_rslora=True, target_modules="all-linear")),
    ("adapter-mlp", "tied", dict(r=2, lora_alpha=1, lora_dropout=0.1, target_modules=MLP)),
    ("adapter-attention", "llama3", dict(r=3, lora_alpha=16, target_modules=ATTENTION)),
    ("adapter-one-layer", "untied", dict(r=2, lora_alpha=4, target_modules=["layers.1.self_attn.v_proj"])),
]


def disturb(model, size=0.4, wanted=""):
    """Gives weights sizes at which nothing is nearly linear and no norm or adapter is the identity."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if wanted not in name:
                continue
            mean, deviation = (1.0, 0.2) if parameter.dim() == 1 else (0.0, size)
            parameter.copy_(mean + deviation * torch.randn(parameter.shape))


def write_as_older_versions(folder):
    """Rewrites config.json as transformers did when the positions' stretching was called `type`."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = {"type": "linear", "factor": 2.0}
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2) + "\n")


def load(folder):
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def load_adapted(folder):
    """The adapted model of a folder, on the base that the folder names."""
    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    return PeftModel.from_pretrained(load(folder.parent / base), folder).eval()


def logits(model, tokens):
    with torch.no_grad():
        return model(input_ids=torch.from_numpy(tokens.astype(np.int64))).logits.float().numpy()


def keep_only_what_is_read(folder):
    for name in ["generation_config.json", "README.md"]:
        (folder / name).unlink(missing_ok=True)


def keep_logits(folder, model):
    tokens = np.random.default_rng(11).integers(0, SIZES["vocab_size"], (SEQUENCES, LENGTH))
    np.save(folder / "tokens.npy", tokens.astype(np.int64))
    np.save(folder / "logits.npy", logits(model, tokens).astype(np.float32))
    keep_only_what_is_read(folder)


def make_model(folder, seed, changes, saving):
    saving = dict(saving)
    older, dtype = saving.pop("older", False), saving.pop("dtype", torch.float32)
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**{**SIZES, **changes}))
    disturb(model)
    model.to(dtype).save_pretrained(folder, **saving)
    if older:
        write_as_older_versions(folder)
    keep_logits(folder, load(folder))


def make_adapter(folder, seed, base, changes):
    torch.manual_seed(seed)
    model = get_peft_model(load(folder.parent / base), LoraConfig(task_type="CAUSAL_LM", **changes))
    disturb(model, 0.2, "lora_")
    model.peft_config["default"].base_model_name_or_path = base
    model.save_pretrained(folder)
    sort_modules(folder / "adapter_config.json")
    keep_logits(folder, load_adapted(folder))


def sort_modules(path):
    """peft writes a set, in another order each time."""
    config = json.loads(path.read_text())
    config["target_modules"].sort()
    path.write_text(json.dumps(config, indent=2) + "\n")


def make(folder):
    for seed, (name, changes, saving) in enumerate(MODELS):
        make_model(folder / name, seed, changes, saving)
    for seed, (name, base, changes) in enumerate(ADAPTERS):
        make_adapter(folder / name, 100 + seed, base, changes)


def largest_difference(case):
    """Of the logits that this crate wrote into a folder to those computed here, and the largest logit."""
    adapted = (case / "adapter_config.json").exists()
    model = load_adapted(case) if adapted else load(case)
    written = np.load(case / "logits.npy")
    own = logits(model, np.load(case / "tokens.npy"))[:, : written.shape[1]]
    return np.abs(own - written).max(), np.abs(own).max()


def check(folder):
    cases = sorted(path.parent for path in folder.glob("*/logits.npy"))
    if not cases:
        sys.exit(f"{folder} has no case: write some with `cargo run --example logits -- {folder}`")
    failed = 0
    for case in cases:
        difference, size = largest_difference(case)
        failed += not difference < TOLERANCE
        print(f"{case.name:24} largest logit {size:8.3f}   largest difference {difference:.2e}")
    sys.exit(f"{failed} of {len(cases)} differ by {TOLERANCE} or more" if failed else 0)


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    commands = {"make": make, "check": check}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](Path(sys.argv[2]))


if __name__ == "__main__":
    main()
