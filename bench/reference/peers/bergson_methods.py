"""bergson: EK-FAC and TrackStar through its own pipelines, linear layers without the output layer, which it leaves out."""
import contextlib
import json
import pathlib
import shutil
import tempfile

import numpy
from bergson.cli.trackstar import trackstar
from bergson.config.config import (DataConfig, DistributedConfig, HessianConfig, HessianPipelineConfig, IndexConfig, InversionConfig,
                                   PreprocessConfig, QuerySetConfig, ScoreConfig, TrackstarConfig)
from bergson.data import load_scores
from bergson.hessians.pipeline import hessian_pipeline
from datasets import Dataset
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

import record

BATCH_TOKENS = 8192
# Fractions of each layer's mean eigenvalue; 0.1 is the library's own.
EKFAC_DAMPINGS = (0.001, 0.01, 0.1, 1.0, 10.0)
# (width of each side of a layer's projection, damping). 16 and 0.1 are the library's own.
TRACKSTAR_PROJECTIONS = tuple((width, damping) for width in (16, 32) for damping in (0.01, 0.1, 1.0))


@contextlib.contextmanager
def runs(work):
    """A folder with the items and the queries as the library's data sets."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bergson-"))
    for name, rows in (("items", work.items), ("queries", work.queries)):
        Dataset.from_dict({"input_ids": rows.tolist()}).save_to_disk(folder / name)
    copy_model(work.folder, folder / "model")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def copy_model(source, target):
    """The same weights in a folder that the library accepts.

    It asks for a tokenizer even where the data are tokens, and takes the longest sequence for the largest batch. Rotary positions
    have no weights, so that a longer sequence is allowed changes no loss.
    """
    target.mkdir()
    shutil.copy(source / "model.safetensors", target)
    config = json.loads((source / "config.json").read_text()) | {"max_position_embeddings": BATCH_TOKENS}
    (target / "config.json").write_text(json.dumps(config))
    words = {str(token): token for token in range(config["vocab_size"])}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel(words, unk_token="0")), model_max_length=BATCH_TOKENS,
                                        unk_token="0", pad_token="0")
    tokenizer.save_pretrained(target)


def index(folder, run, **more):
    """The library's settings for a run over the items."""
    return IndexConfig(run_path=str(folder / run), model=str(folder / "model"), precision="fp32", loss_reduction="sum",
                       token_batch_size=BATCH_TOKENS, data=DataConfig(dataset=str(folder / "items")),
                       distributed=DistributedConfig(nproc_per_node=1), **more)


def queries(folder):
    """The library's settings for one score per query."""
    return QuerySetConfig(dataset=str(folder / "queries"), aggregation="none")


def scores_of(folder):
    """Scores [queries, items] that a run left."""
    return numpy.asarray(load_scores(folder / "scores")[:], dtype=numpy.float32).T


def run_ekfac(work, output):
    """Writes one file per damping. The first run fits the factors; the others take them from its folder."""
    with runs(work) as folder:
        cost = record.Cost()
        with cost.preparing():
            ekfac(folder, EKFAC_DAMPINGS[0])
        for damping in EKFAC_DAMPINGS:
            for old in ("kfac_query", "scores"):
                shutil.rmtree(folder / "ekfac" / old)
            spent = record.Cost(prepare=cost.prepare, cpu=cost.cpu)
            with spent.scoring():
                ekfac(folder, damping)
            output.save(f"bergson-ekfac-{damping}", scores_of(folder / "ekfac"), spent, peer="bergson", method="EK-FAC",
                        package="bergson", damping=f"{damping} of the mean eigenvalue")


def ekfac(folder, damping):
    """One run of the pipeline, which skips the steps whose folders are there."""
    pipeline = HessianPipelineConfig(query=queries(folder), inversion_cfg=InversionConfig(damping_factor=damping), resume=True)
    hessian_pipeline(index(folder, "ekfac"), HessianConfig(method="kfac", ev_correction=True), ScoreConfig(),
                     PreprocessConfig(), pipeline)


def run_trackstar(work, output):
    """Writes one file per width of projection and damping, with and without the division by the length of gradients."""
    with runs(work) as folder:
        for width, damping in TRACKSTAR_PROJECTIONS:
            for unit in (True, False):
                trackstar_once(output, folder, (width, damping, unit))


def trackstar_once(output, folder, choice):
    """One pipeline from the start. Items and queries are alike here, so the items' statistics alone are used, as the library advises."""
    width, damping, unit = choice
    name, cost = f"bergson-trackstar-{width}-{damping}-{'unit' if unit else 'raw'}", record.Cost()
    preprocess = PreprocessConfig(unit_normalize=unit, inversion_cfg=InversionConfig(damping_factor=damping))
    with cost.scoring():
        trackstar(index(folder, name, projection_dim=width),
                  TrackstarConfig(query=queries(folder), preprocess_cfg=preprocess, mix_hessians=False))
    output.save(name, scores_of(folder / name), cost, peer="bergson", package="bergson",
                method=f"TrackStar without optimizer state, projected to {width} by {width} per layer", damping=f"{damping} of the mean eigenvalue")
