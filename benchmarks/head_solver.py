"""Seconds to solve a linear head with a choice of five strengths, on random features of several shapes.

    scripts/bench head_solver [--shapes 680x1280x17 2000x1280x2] [--rounds 3]

A shape is examples x features x classes; a fifth is held out for the choice. Prints processor seconds and wall seconds,
since a busy machine gives fewer of the former, and the peak memory above that of the features.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from ghep.features.probes import solve_head

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 1e-3)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench head_solver")
    parser.add_argument("--shapes", nargs="+", default=["680x1280x17", "2000x1280x2", "3000x512x10"])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for shape in arguments.shapes:
        count, dim, classes = map(int, shape.split("x"))
        features, targets = _clusters(count + count // 5, dim, classes)
        held = (features[count:], targets[count:])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        clock, processor = [], []
        for _ in range(arguments.rounds):
            began = time.perf_counter(), time.process_time()
            solve_head(features[:count], targets[:count], classes, valid=held, strengths=STRENGTHS)
            clock.append(time.perf_counter() - began[0])
            processor.append(time.process_time() - began[1])
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
        print(f"{shape}: {min(clock):.2f} s to {max(clock):.2f} s, {min(processor):.2f} s of processor, {more:.0f} MiB")


def _clusters(count: int, dim: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Features like real ones: non-negative, of very different scales."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.25, (classes, dim)).astype(np.float32)
    targets = rng.integers(0, classes, count)
    features = rng.standard_normal((count, dim), dtype=np.float32)
    features += centres[targets]
    np.maximum(features, 0, out=features)
    features *= np.exp(rng.normal(0, 1, dim)).astype(np.float32)
    return features, targets


if __name__ == "__main__":
    main()
