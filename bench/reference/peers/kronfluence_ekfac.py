"""kronfluence: EK-FAC with the true Fisher, linear layers only. Factors are fitted once and scored with every damping."""
import contextlib
import shutil
import tempfile

import torch
from kronfluence import factor
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task

import record
import workload

BATCH = 64
# Relative values are fractions of each layer's mean eigenvalue; the library's None is 0.1 of it. Absolute ones are the library's own.
RELATIVE = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
ABSOLUTE = (1e-8, 1.0, 100.0)


class SequenceTask(Task):
    """Summed next-token loss, of true tokens or of tokens that the model draws."""

    def __init__(self, layers):
        self.layers = layers

    def compute_train_loss(self, batch, model, sample=False):
        logits = model(batch[:, :-1])
        if not sample:
            return workload.summed_loss(logits, batch)
        with torch.no_grad():
            chances = logits.detach().flatten(0, 1).softmax(-1)
            drawn = torch.multinomial(chances, 1).view(batch.shape[0], -1)
        return workload.summed_loss(logits, torch.cat([batch[:, :1], drawn], 1))

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)

    def get_influence_tracked_modules(self):
        return self.layers


@contextlib.contextmanager
def heuristic_scale(scale):
    """Makes the library's heuristic damping `scale` of the mean eigenvalue instead of its 0.1."""
    usual, factor.config.HEURISTIC_DAMPING_SCALE = factor.config.HEURISTIC_DAMPING_SCALE, scale
    try:
        yield
    finally:
        factor.config.HEURISTIC_DAMPING_SCALE = usual


def run(work, output):
    """Writes one file per damping, without the output layer and with it."""
    for head in (False, True) if work.adapter is None else (False,):
        folder = tempfile.mkdtemp(prefix="kronfluence-")
        try:
            run_layers(work, output, head, folder)
        finally:
            shutil.rmtree(folder)


def run_layers(work, output, head, folder):
    """Fits the factors of one choice of layers and scores with every damping."""
    torch.manual_seed(0)
    model, cost = work.model(), record.Cost()
    task = SequenceTask(workload.linear_layers(model, head))
    analyzer = Analyzer("peers", prepare_model(model, task), task, cpu=True, output_dir=folder, disable_tqdm=True)
    with cost.preparing():
        analyzer.fit_all_factors("factors", work.items, per_device_batch_size=BATCH, factor_args=FactorArguments("ekfac"))
    layers = "with-head" if head else "no-head"
    for scale in RELATIVE:
        with heuristic_scale(scale):
            save(analyzer, work, output, cost, f"{layers}-relative-{scale}", None, f"{scale} of the mean eigenvalue")
    for damping in ABSOLUTE:
        save(analyzer, work, output, cost, f"{layers}-absolute-{damping}", damping, damping)


def save(analyzer, work, output, fitted, name, damping, description):
    """Scores with one damping and writes it as `kronfluence-NAME`."""
    cost = record.Cost(prepare=fitted.prepare, cpu=fitted.cpu)
    with cost.scoring():
        analyzer.compute_pairwise_scores(
            name, "factors", query_dataset=work.queries, train_dataset=work.items, per_device_query_batch_size=len(work.queries),
            per_device_train_batch_size=BATCH, score_args=ScoreArguments(damping_factor=damping))
        scores = analyzer.load_pairwise_scores(name)["all_modules"]
    layers = "linear layers and output layer" if "with-head" in name else "linear layers without output layer"
    layers = "adapter" if work.adapter is not None else layers
    output.save(f"kronfluence-{name}", scores, cost, peer="kronfluence", method=f"EK-FAC, {layers}", package="kronfluence",
                damping=description)
