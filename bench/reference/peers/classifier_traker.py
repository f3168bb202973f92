"""traker on classifiers: TRAK by its authors, with the projector that it has for processors."""
import shutil
import tempfile

import torch
from trak import TRAKer

import record

WIDTHS = (512, 2048)
# Fractions of the mean eigenvalue of the projected kernels.
RIDGES = (0.0, 0.01, 0.1, 1.0, 10.0)


def run(work, output):
    """Writes one file per number of networks, width and ridge."""
    for count in sorted({1, len(work.files())}):
        for width in WIDTHS:
            folder = tempfile.mkdtemp(prefix="traker-")
            try:
                run_width(work, output, (count, width), folder)
            finally:
                shutil.rmtree(folder)


def run_width(work, output, choice, folder):
    """Projects the items once, and finishes the scores with every ridge. A kernel as wide as there are items needs a ridge."""
    (count, width), spent = choice, record.Cost()
    peer = TRAKer(work.model(0), "image_classification", len(work.items), save_dir=folder, device="cpu", proj_dim=width,
                  use_half_precision=False, logging_level="WARNING")
    with spent.preparing():
        eigenvalue = sum(featurize(peer, work, number, width) for number in range(count)) / count
    for ridge in RIDGES:
        if ridge == 0.0 and width >= len(work.items):
            continue
        cost = record.Cost(spent.prepare, 0.0, width * 4 * count, spent.cpu)
        with cost.preparing():
            finalize(peer, range(count), ridge * eigenvalue)
        with cost.scoring():
            scores = score(peer, work, count, f"ridge-{ridge}".replace(".", "-"))
        models = f"{count} model{'s' if count > 1 else ''}"
        output.save(f"traker-{width}-{ridge}-{count}", scores.T, cost, peer="traker", method=f"TRAK, {models}", package="traker",
                    damping=f"width {width}, {ridge} of the mean eigenvalue")


def featurize(peer, work, number, width):
    """Projects the items under one network; the mean eigenvalue of their kernel."""
    peer.load_checkpoint(work.model(number).state_dict(), model_id=number)
    peer.featurize(batch=(work.items, work.labels), num_samples=len(work.items))
    return float(torch.as_tensor(peer.saver.current_store["grads"]).square().sum() / width)


def finalize(peer, numbers, ridge):
    """Features of the items with one absolute ridge. All networks at once: afterwards the library forgets its projection."""
    for number in numbers:
        peer.saver.model_ids[number]["is_finalized"] = 0
    peer.score_computer.lambda_reg = ridge
    peer.finalize_features(model_ids=list(numbers))


def score(peer, work, count, name):
    """Scores [items, queries], averaged over the networks."""
    for number in range(count):
        peer.start_scoring_checkpoint(name, work.model(number).state_dict(), model_id=number, num_targets=len(work.queries))
        peer.score(batch=(work.queries, work.query_labels), num_samples=len(work.queries))
    return peer.finalize_scores(exp_name=name)
