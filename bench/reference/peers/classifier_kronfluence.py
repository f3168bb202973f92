"""kronfluence on classifiers: EK-FAC with the true Fisher. Factors of a network are fitted once and scored with every damping."""
import shutil
import tempfile

import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from torch.utils.data import TensorDataset

import classifier
import record
from kronfluence_ekfac import heuristic_scale

BATCH = 500
# Fractions of each layer's mean eigenvalue, where None is the library's heuristic 0.1, and the library's own absolute values.
RELATIVE = (0.001, 0.01, 0.1, 1.0, 10.0)
ABSOLUTE = (1e-8, 1e-3)


class LabelTask(Task):
    """Summed cross-entropy, of true labels or of labels that the model draws."""

    def compute_train_loss(self, batch, model, sample=False):
        logits = model(batch[0])
        if not sample:
            return classifier.losses(logits, batch[1])
        with torch.no_grad():
            drawn = torch.multinomial(logits.detach().softmax(-1), 1).flatten()
        return classifier.losses(logits, drawn)

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


def run(work, output):
    """Writes one file per damping, for one network and for all."""
    members = classifier.Members(output, len(work.files()))
    for number in range(members.count):
        folder = tempfile.mkdtemp(prefix="kronfluence-")
        try:
            run_model(work, members, number, folder)
        finally:
            shutil.rmtree(folder)
    members.save()


def run_model(work, members, number, folder):
    """Fits the factors of a network and scores with every damping."""
    torch.manual_seed(number)
    cost, task = record.Cost(), LabelTask()
    analyzer = Analyzer("peers", prepare_model(work.model(number), task), task, cpu=True, output_dir=folder, disable_tqdm=True)
    items, queries = TensorDataset(work.items, work.labels), TensorDataset(work.queries, work.query_labels)
    with cost.preparing():
        analyzer.fit_all_factors("factors", items, per_device_batch_size=BATCH, factor_args=FactorArguments("ekfac"))
    dampings = [(f"relative-{scale}", scale, None) for scale in RELATIVE] + [(f"absolute-{value}", 0.1, value) for value in ABSOLUTE]
    for name, scale, damping in dampings:
        spent = record.Cost(prepare=cost.prepare, cpu=cost.cpu)
        with heuristic_scale(scale), spent.scoring():
            analyzer.compute_pairwise_scores(
                name, "factors", query_dataset=queries, train_dataset=items, per_device_query_batch_size=len(queries),
                per_device_train_batch_size=BATCH, score_args=ScoreArguments(damping_factor=damping))
            scores = analyzer.load_pairwise_scores(name)["all_modules"]
        members.add(f"kronfluence-{name}", scores, spent, peer="kronfluence", method="EK-FAC", package="kronfluence",
                    damping=f"{scale} of the mean eigenvalue" if damping is None else damping)
