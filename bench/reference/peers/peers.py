#!/usr/bin/env python3
"""Influence of items on queries, of a language model or of classifiers, as other libraries compute it.

    target/peers/venv/bin/python bench/reference/peers/peers.py METHOD --input FOLDER --output FOLDER

See README.md for the methods and for what FOLDER holds.
"""
import argparse
import importlib
import pathlib

import torch
import transformers

import classifier
import record
import workload

LANGUAGE = {
    "gradient": ("gradient_dot", "run"),
    "kronfluence": ("kronfluence_ekfac", "run"),
    "dattri-trak": ("dattri_methods", "run_trak"),
    "dattri-datainf": ("dattri_methods", "run_datainf"),
    "dattri-arnoldi": ("dattri_methods", "run_arnoldi"),
    "dattri-logra": ("dattri_methods", "run_logra"),
    "dattri-ekfac": ("dattri_methods", "run_ekfac"),
    "traker": ("traker_trak", "run"),
    "bergson-ekfac": ("bergson_methods", "run_ekfac"),
    "bergson-trackstar": ("bergson_methods", "run_trackstar"),
    "bm25": ("token_bm25", "run"),
}
CLASSIFIER = {
    "gradient": ("classifier_gradient", "run"),
    "kronfluence": ("classifier_kronfluence", "run"),
    "dattri-trak": ("classifier_dattri", "run_trak"),
    "dattri-explicit": ("classifier_dattri", "run_explicit"),
    "dattri-datainf": ("classifier_dattri", "run_datainf"),
    "dattri-ekfac": ("classifier_dattri", "run_ekfac"),
    "traker": ("classifier_traker", "run"),
    "neighbours": ("classifier_neighbours", "run"),
}


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("method", choices=sorted(LANGUAGE | CLASSIFIER))
    parser.add_argument("--input", type=pathlib.Path, required=True, help="folder with a task's models, items.npy and queries.npy")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder for NAME.npy and NAME.json")
    parser.add_argument("--model", default="model-0", help="folder of the model inside the input folder")
    parser.add_argument("--items", type=int, help="use the first items only")
    parser.add_argument("--queries", type=int, help="use the first queries only")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    chosen = arguments()
    torch.set_num_threads(chosen.threads)
    transformers.utils.logging.disable_progress_bar()
    classifiers = (chosen.input / "labels.npy").exists()
    if classifiers:
        work = classifier.load(chosen.input, chosen.items, chosen.queries)
    else:
        work = workload.load(chosen.input, chosen.model, chosen.items, chosen.queries)
    output = record.Output(chosen.output, len(work.queries), len(work.items))
    methods = CLASSIFIER if classifiers else LANGUAGE
    if chosen.method not in methods:
        raise SystemExit(f"{chosen.method} is for another kind of task; here are: {', '.join(methods)}")
    module, function = methods[chosen.method]
    getattr(importlib.import_module(module), function)(work, output)


if __name__ == "__main__":
    main()
