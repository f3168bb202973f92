"""traker: TRAK by its authors, one model, with the projector that it has for processors."""
import shutil
import tempfile

import torch
from torch.nn.functional import cross_entropy
from trak import TRAKer
from trak.modelout_functions import AbstractModelOutput

import record
import workload

BATCH = 64
# Widths of the projection, and ridges as fractions of the mean eigenvalue of the projected kernel.
WIDTHS = (128, 256, 512, 1024)
RIDGES = (0.0, 0.1, 1.0, 10.0)


class SequenceOutput(AbstractModelOutput):
    """TRAK's model output for language models: the log odds of the right tokens, summed over the sequence."""

    def __init__(self):
        """The library asks for one."""

    @staticmethod
    def get_output(model, weights, buffers, row):
        logits = torch.func.functional_call(model, (weights, buffers), (row[None, :-1],))[0]
        chosen = -cross_entropy(logits, row[1:], reduction="none")
        return (chosen - torch.log(-torch.expm1(chosen) + 1e-12)).sum()

    def get_out_to_loss_grad(self, model, weights, buffers, batch):
        rows = batch[0]
        logits = torch.func.functional_call(model, (weights, buffers), (rows[:, :-1],))
        losses = cross_entropy(logits.transpose(1, 2), rows[:, 1:], reduction="none")
        return (1 - torch.exp(-losses)).mean(1, keepdim=True).detach()


def run(work, output):
    """Writes one file per width and ridge. A kernel as wide as there are items needs a ridge."""
    for width in WIDTHS:
        folder = tempfile.mkdtemp(prefix="traker-")
        try:
            run_width(work, output, width, folder)
        finally:
            shutil.rmtree(folder)


def run_width(work, output, width, folder):
    """Projects items and queries once, and finishes the scores with every ridge."""
    model, spent = work.model(), record.Cost()
    peer = TRAKer(model, SequenceOutput(), len(work.items), save_dir=folder, device="cpu", proj_dim=width,
                  use_half_precision=False, logging_level="WARNING")
    with spent.preparing():
        featurize(peer, model, work.items)
    kernel = torch.as_tensor(peer.saver.current_store["grads"]).clone()
    mean_eigenvalue = float(kernel.square().sum() / width)
    for ridge in RIDGES:
        if ridge == 0.0 and width >= len(work.items):
            continue
        cost = record.Cost(spent.prepare, 0.0, width * 4, spent.cpu)
        with cost.preparing():
            finalize(peer, ridge * mean_eigenvalue)
        with cost.scoring():
            scores = score(peer, model, work.queries, f"ridge-{ridge}")
        output.save(f"traker-{width}-{ridge}", scores.T, cost, peer="traker", method=f"TRAK, one model, projected to {width}",
                    package="traker", damping=f"{ridge} of the mean eigenvalue")


def featurize(peer, model, rows):
    """Projected gradients of the items."""
    peer.load_checkpoint(model.state_dict(), model_id=0)
    for part in rows.split(BATCH):
        peer.featurize(batch=(part,), num_samples=len(part))


def finalize(peer, ridge):
    """Features of the items with one absolute ridge."""
    peer.saver.model_ids[0]["is_finalized"] = 0
    peer.score_computer.lambda_reg = ridge
    peer.finalize_features(model_ids=[0])


def score(peer, model, rows, name):
    """Scores [items, queries] with the features that were finalized last."""
    peer.start_scoring_checkpoint(name, model.state_dict(), model_id=0, num_targets=len(rows))
    for part in rows.split(BATCH):
        peer.score(batch=(part,), num_samples=len(part))
    return peer.finalize_scores(exp_name=name)
