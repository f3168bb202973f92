"""dattri on classifiers: TRAK, the influence function with an explicit Hessian, EK-FAC, DataInf."""
import torch
from dattri.algorithm import influence_function
from dattri.algorithm.trak import TRAKAttributor
from dattri.task import AttributionTask
from torch.utils.data import DataLoader, TensorDataset

import classifier
import record
from dattri_methods import mean_eigenvalue_ridge

# Width of the projection, ridge as a fraction of the kernel's mean eigenvalue. The networks have 2,410 weights.
TRAK_PROJECTIONS = tuple((width, ridge) for width in (512, 2048) for ridge in (0.0, 0.01, 0.1, 1.0, 10.0))
# Absolute: added to the Hessian of the mean loss. A Hessian takes many seconds, so all networks are run with one of them.
EXPLICIT_RIDGES, EXPLICIT_RIDGE_OF_ALL = (0.001, 0.003, 0.01, 0.03, 0.1), 0.01
EKFAC_DAMPINGS = (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
DATAINF_RIDGES = (1e-3, 1e-2, 1e-1, 1.0)


def task(work, measure, count, target=None):
    """The library's task for the first `count` networks; `target` is what is asked of queries, `measure` unless said."""
    model = work.model(0)
    states = [work.model(number).state_dict() for number in range(count)]
    more = {} if target is None else {"target_func": classifier.functional(model, target)}
    return AttributionTask(loss_func=classifier.functional(model, measure), model=model, checkpoints=states, **more)


def loaders(work):
    """All items in one batch, all queries in one: the library computes more with smaller ones."""
    items, queries = TensorDataset(work.items, work.labels), TensorDataset(work.queries, work.query_labels)
    return DataLoader(items, batch_size=len(items)), DataLoader(queries, batch_size=len(queries))


def mean_loss(logits, labels):
    """Mean cross-entropy."""
    return classifier.losses(logits, labels) / len(labels)


def chance(logits, labels):
    """Probability of the right label."""
    return torch.exp(-classifier.losses(logits, labels))[None]


def counts(work):
    """One network, and all."""
    return sorted({1, len(work.files())})


def words(count):
    """A number of networks in words."""
    return f"{count} model{'s' if count > 1 else ''}"


def run_trak(work, output):
    """Writes one file per number of networks, width and ridge."""
    items, queries = loaders(work)
    for count in counts(work):
        for width, ridge in TRAK_PROJECTIONS:
            if ridge == 0.0 and width >= len(work.items):
                continue  # the kernel would be singular
            of_margin, cost = task(work, classifier.margin, count), record.Cost(bytes_per_item=width * 4 * count)
            attributor = TRAKAttributor(of_margin, classifier.functional(of_margin.get_model(), chance),
                                        projector_kwargs={"proj_dim": width, "proj_type": "normal"})
            with cost.preparing(), mean_eigenvalue_ridge(attributor, ridge):
                attributor.cache(items)
            with cost.scoring():
                scores = attributor.attribute(queries)
            output.save(f"dattri-trak-{width}-{ridge}-{count}", scores.T.detach(), cost, peer="dattri", package="dattri",
                        method=f"TRAK, {words(count)}", damping=f"width {width}, {ridge} of the mean eigenvalue")


def run_explicit(work, output):
    """Writes one file per ridge for one network, and one for all."""
    choices = [(1, ridge) for ridge in EXPLICIT_RIDGES] + [(count, EXPLICIT_RIDGE_OF_ALL) for count in counts(work)[1:]]
    for count, ridge in choices:
        attributor = influence_function.IFAttributorExplicit(task(work, mean_loss, count), regularization=ridge)
        save(work, output, attributor, f"explicit-{ridge}-{count}", method=f"explicit Hessian, {words(count)}", damping=ridge)


def run_datainf(work, output):
    """Writes one file per number of networks and ridge."""
    for count in counts(work):
        for ridge in DATAINF_RIDGES:
            attributor = influence_function.IFAttributorDataInf(task(work, mean_loss, count), regularization=ridge)
            save(work, output, attributor, f"datainf-{ridge}-{count}", method=f"DataInf, {words(count)}", damping=ridge)


def run_ekfac(work, output):
    """Writes one file per damping, for one network and for all: the library takes one at a time."""
    members, (items, queries) = classifier.Members(output, len(work.files())), loaders(work)
    for number in range(members.count):
        model, cost = work.model(number), record.Cost()
        of_mean = AttributionTask(loss_func=classifier.functional(model, mean_loss), model=model, checkpoints=model.state_dict())
        attributor = influence_function.IFAttributorEKFAC(of_mean)
        with cost.preparing():
            attributor.cache(items)
        for damping in EKFAC_DAMPINGS:
            attributor.damping = damping
            spent = record.Cost(prepare=cost.prepare, cpu=cost.cpu)
            with spent.scoring():
                scores = attributor.attribute(items, queries)
            members.add(f"dattri-ekfac-{damping}", scores.T.detach(), spent, peer="dattri", method="EK-FAC", package="dattri", damping=damping)
    members.save()


def save(work, output, attributor, name, method, damping):
    """Caches, scores and writes `dattri-NAME`."""
    cost, (items, queries) = record.Cost(), loaders(work)
    with cost.preparing():
        attributor.cache(items)
    with cost.scoring():
        scores = attributor.attribute(items, queries)
    output.save(f"dattri-{name}", scores.T.detach(), cost, peer="dattri", package="dattri", method=method, damping=damping)
