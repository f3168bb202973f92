"""dattri: TRAK, DataInf, Arnoldi, LoGra and EK-FAC, over all weights except for the last two, which see linear layers only."""
import tempfile
import types

import torch
from dattri.algorithm import influence_function
from dattri.algorithm.logra import LoGraAttributor
from dattri.algorithm.trak import TRAKAttributor
from dattri.task import AttributionTask
from torch.utils.data import DataLoader, TensorDataset

import record
import workload

BATCH = 128
# Ridges as fractions of the mean diagonal of the projected kernel, with the projection's width.
TRAK_PROJECTIONS = ((128, 0.0), (256, 0.0), (512, 1.0), (512, 10.0))
# Large, because the library draws its projection anew for every batch.
TRAK_BATCH = 256
# The library takes one ridge for all layers, in the unit of squared gradients.
DATAINF_RIDGES = (1.0, 100.0, 10_000.0)
# The Hessian of the mean loss of a sequence has a trace of some ten thousands; a ridge of the size of its small eigenvalues and above.
ARNOLDI_RIDGES = (0.0, 10.0)
ARNOLDI_ITEMS, ARNOLDI_STEPS, ARNOLDI_KEPT = 0.125, 60, 30
# (width of a layer's projection, a square; ridge as a fraction of the mean eigenvalue, which is how the library takes it).
LOGRA_PROJECTIONS = tuple((width, ridge) for width in (256, 1024, 4096) for ridge in (0.01, 0.1, 1.0, 10.0))
EKFAC_DAMPINGS = (1e-2, 1.0, 100.0)


def loader(rows, batch):
    """The library's loaders give tuples of tensors."""
    return DataLoader(TensorDataset(rows), batch_size=batch)


def on_rows(function, model):
    """`function` of (model, weights, row) in the form that the library calls: of weights and a tuple with one row."""
    def of_tuple(weights, data):
        return function(model, weights, data[0].reshape(-1))
    return of_tuple


def mean_loss(model):
    """Summed losses of rows, averaged over the rows, of weights and a tuple with rows or one row."""
    def of_tuple(weights, data):
        rows = data[0].reshape(-1, data[0].shape[-1])
        logits = torch.func.functional_call(model, weights, (rows[:, :-1],))
        return workload.summed_loss(logits, rows) / len(rows)
    return of_tuple


def task(model, loss):
    """The library's task at the model's own weights."""
    return AttributionTask(loss_func=loss, model=model, checkpoints=dict(model.state_dict()))


def run_trak(work, output):
    """Writes one file per width of projection and ridge."""
    model = work.model()
    of_weights = task(model, on_rows(workload.functional_margin, model))
    for width, ridge in TRAK_PROJECTIONS:
        if ridge == 0.0 and width >= len(work.items):
            continue  # the kernel would be singular
        scores, cost = trak(work, model, of_weights, width, ridge)
        output.save(f"dattri-trak-{width}-{ridge}", scores, cost, peer="dattri", method=f"TRAK, one model, projected to {width}",
                    package="dattri", damping=f"{ridge} of the mean eigenvalue")


def trak(work, model, of_weights, width, ridge):
    """Scores and cost of one width and ridge."""
    cost = record.Cost(bytes_per_item=width * 4)
    names = None if work.adapter is None else [name for name, _ in workload.trained(model)]
    attributor = TRAKAttributor(of_weights, on_rows(workload.functional_probability, model), layer_name=names,
                                projector_kwargs={"proj_dim": width, "proj_type": "normal"})
    with cost.preparing(), mean_eigenvalue_ridge(attributor, ridge):
        attributor.cache(loader(work.items, TRAK_BATCH))
    with cost.scoring():
        scores = attributor.attribute(loader(work.queries, TRAK_BATCH))
    return scores.T.detach(), cost


class mean_eigenvalue_ridge:
    """Lets the library's absolute ridge be a fraction of the kernel's mean eigenvalue, known only once the kernel is there."""

    def __init__(self, attributor, fraction):
        self.attributor, self.fraction = attributor, fraction

    def __enter__(self):
        self.solve = torch.linalg.solve
        torch.linalg.solve = self.with_ridge

    def __exit__(self, *_):
        torch.linalg.solve = self.solve

    def with_ridge(self, kernel, right):
        kernel.diagonal().add_(self.fraction * kernel.diagonal().mean())
        return self.solve(kernel, right)


def run_datainf(work, output):
    """Writes one file per ridge."""
    model = work.model()
    of_weights = task(model, on_rows(workload.functional_loss, model))
    for ridge in DATAINF_RIDGES:
        cost = record.Cost(bytes_per_item=4 * sum(weight.numel() for weight in model.parameters()))
        attributor = influence_function.IFAttributorDataInf(of_weights, regularization=ridge)
        scores = attribute(attributor, work, cost)
        output.save(f"dattri-datainf-{ridge}", scores, cost, peer="dattri", method="DataInf", package="dattri", damping=ridge)


def run_arnoldi(work, output):
    """Writes one file per ridge. The Hessian is that of an eighth of the items: with all of them it would take eight times as long."""
    model = work.model()
    of_weights = task(model, mean_loss(model))
    for ridge in ARNOLDI_RIDGES:
        cost = record.Cost(bytes_per_item=ARNOLDI_KEPT * 4)
        attributor = influence_function.IFAttributorArnoldi(
            of_weights, precompute_data_ratio=ARNOLDI_ITEMS, proj_dim=ARNOLDI_KEPT, max_iter=ARNOLDI_STEPS, regularization=ridge)
        scores = attribute(attributor, work, cost, batch=64)
        output.save(f"dattri-arnoldi-{ridge}", scores, cost, peer="dattri", package="dattri", damping=ridge,
                    method=f"Arnoldi, {ARNOLDI_STEPS} steps, {ARNOLDI_KEPT} eigenvectors, {ARNOLDI_ITEMS} of the items")


def attribute(attributor, work, cost, batch=None):
    """Scores [queries, items]. The library computes gradients of queries anew for each batch of items, so one batch is best."""
    with cost.preparing():
        attributor.cache(loader(work.items, batch or BATCH))
    with cost.scoring():
        scores = attributor.attribute(loader(work.items, len(work.items)), loader(work.queries, len(work.queries)))
    return scores.T.detach()


class LossModel(torch.nn.Module):
    """The form of a model that LoGra calls: named inputs, and a result with a loss."""

    def __init__(self, sequences):
        super().__init__()
        self.sequences = sequences

    def forward(self, rows):
        return types.SimpleNamespace(loss=workload.loss_of(self.sequences, rows))


def named(rows):
    """Batches of rows as dictionaries."""
    return DataLoader([{"rows": row} for row in rows], batch_size=BATCH)


def run_logra(work, output):
    """Writes one file per width of projection and ridge."""
    for width, ridge in LOGRA_PROJECTIONS:
        # The library notes the sizes of batches in a file, by default where the program was started, and would find an older run's.
        with tempfile.TemporaryDirectory(prefix="logra-") as folder:
            scores, cost = logra(work, width, ridge, folder)
        output.save(f"dattri-logra-{width}-{ridge}", scores, cost, peer="dattri", package="dattri",
                    method=f"LoGra, projected to {width} per layer", damping=f"{ridge} of the mean eigenvalue")


def logra(work, width, ridge, folder):
    """Scores and cost of one width and ridge."""
    model = LossModel(work.model())
    layers = workload.linear_layers(model, head=False)
    cost = record.Cost(bytes_per_item=2 * 4 * width * len(layers))
    of_model = task(model, lambda of_model, batch, _device: of_model(**batch).loss)
    attributor = LoGraAttributor(of_model, layer_names=layers, damping=ridge, proj_dim=width, cache_dir=folder)
    with cost.preparing():
        attributor.cache(named(work.items))
    with cost.scoring():
        scores = attributor.attribute(named(work.items), named(work.queries))
    return scores.T.detach(), cost


def run_ekfac(work, output):
    """Writes one file per damping, where the library can: see README.md."""
    model = work.model()
    layers = workload.linear_layers(model, head=False)
    of_weights = task(model, mean_loss(model))
    cost = record.Cost()
    attributor = influence_function.IFAttributorEKFAC(of_weights, module_name=layers)
    with cost.preparing():
        attributor.cache(loader(work.items, BATCH))
    for damping in EKFAC_DAMPINGS:
        attributor.damping = damping
        spent = record.Cost(prepare=cost.prepare, cpu=cost.cpu)
        with spent.scoring():
            scores = attributor.attribute(loader(work.items, BATCH), loader(work.queries, len(work.queries)))
        output.save(f"dattri-ekfac-{damping}", scores.T.detach(), spent, peer="dattri", method="EK-FAC", package="dattri",
                    damping=damping)
