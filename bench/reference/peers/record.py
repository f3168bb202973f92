"""What a peer leaves behind: its scores, and what they cost."""
import dataclasses
import importlib.metadata
import json
import pathlib
import resource
import time

import numpy
import torch


@dataclasses.dataclass
class Cost:
    """Wall seconds of the two phases, imports and model loading left out, bytes kept per item between them, and processor seconds."""

    prepare: float = 0.0
    score: float = 0.0
    bytes_per_item: int = 0
    cpu: float = 0.0

    def add(self, other):
        """Adds what another network took."""
        self.prepare, self.score, self.cpu = self.prepare + other.prepare, self.score + other.score, self.cpu + other.cpu
        self.bytes_per_item += other.bytes_per_item

    def preparing(self):
        """Times what is done once for all queries."""
        return Timer(self, "prepare")

    def scoring(self):
        """Times what is done for these queries."""
        return Timer(self, "score")


class Timer:
    """Adds the wall seconds of a `with` block to one field of a cost."""

    def __init__(self, cost, phase):
        self.cost, self.phase = cost, phase

    def __enter__(self):
        self.start, self.used = time.perf_counter(), time.process_time()

    def __exit__(self, *_):
        spent = time.perf_counter() - self.start
        setattr(self.cost, self.phase, getattr(self.cost, self.phase) + spent)
        self.cost.cpu += time.process_time() - self.used


@dataclasses.dataclass(frozen=True)
class Output:
    """Where results go, and what shape they must have."""

    folder: pathlib.Path
    queries: int
    items: int

    def save(self, name, scores, cost, **what):
        """Writes NAME.npy, float32 [queries, items], and NAME.json. `what` has peer, method, package and damping."""
        scores = numpy.asarray(scores, dtype=numpy.float32)
        if scores.shape != (self.queries, self.items):
            raise ValueError(f"{name}: scores are {scores.shape}, not [queries, items] = {(self.queries, self.items)}")
        if not numpy.isfinite(scores).all():
            raise ValueError(f"{name}: {(~numpy.isfinite(scores)).sum()} scores are not finite; use more damping")
        self.folder.mkdir(parents=True, exist_ok=True)
        numpy.save(self.folder / f"{name}.npy", scores)
        (self.folder / f"{name}.json").write_text(json.dumps(description(cost, **what), indent=2) + "\n")
        print(f"{name}: prepare {cost.prepare:.1f} s, score {cost.score:.1f} s, peak {peak_mib()} MiB", flush=True)


def description(cost, peer, method, package, damping):
    """The JSON beside the scores."""
    return {
        "peer": peer,
        "method": method,
        "version": importlib.metadata.version(package),
        "damping": damping,
        "seconds": {"prepare": cost.prepare, "score": cost.score, "total": cost.prepare + cost.score},
        "cpu_seconds": cost.cpu,
        "peak_mib": peak_mib(),
        "bytes_per_item": cost.bytes_per_item,
        "threads": torch.get_num_threads(),
    }


def peak_mib():
    """Largest resident memory so far of this process and its finished children, in MiB; imports are in it."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) // 1024
