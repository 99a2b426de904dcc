"""Linear heads on features that do not fit into memory: the same minimum as in ``probes``, by passes over blocks.

In: features (N, D), an array or a memory-mapped file, and targets of train and, if there is one, of valid. Out: a
``LinearHead`` and how far it is from the minimum. Memory holds two blocks of rows, a sample of them, and a few dozen
copies of each head, whatever N is.

The loss and its gradient are sums over rows, so that L-BFGS on all rows needs one pass over the blocks for each step;
the sums over blocks are in float64. Reading is what costs, so few bytes are read:

- L-BFGS runs for all strengths at once, each with its own steps, and one pass serves every strength that still runs;
- each strength starts at a solution for a sample of the rows, which fits into memory; the sample also has the
  principal axes, in which L-BFGS needs few steps (``probes``). A poor sample would cost passes, not accuracy: where the
  minimum is does not depend on the start or on the coordinates;
- the next block is read while the sums of one are computed.

As in ``probes``, strengths are compared at a coarse tolerance on valid, and the best is solved to convergence. The
penalty makes the loss strongly convex in the weights, so that the gradient bounds the distance from the minimum:

    loss - minimum  <=  |gradient of the weights|^2 / (2 strength)

at the best biases for these weights. The biases are not penalised; what they are from their best values adds about
sum_k (gradient of bias k)^2 / (2 c_k), with the curvature c_k = mean p_k (1 - p_k) on the sample.

Heads for numbers need no steps: the matrix of second moments (D, D), in float64, is all that ridge regression needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from ghep.data.loading.batches import spaced
from ghep.features.on_disk import Rows, forget, is_large
from ghep.features.probes import (
    COARSE,
    IN_SINGLE,
    RIDGE_STRENGTHS,
    STRENGTHS,
    WORSE,
    Axes,
    Convergence,
    LinearHead,
    Link,
    Sigmoids,
    Softmax,
    blas_threads,
    minimise,
    roots_of,
    solve_head,
)
from ghep.tasks.base import labelled
from ghep.types import Finding

BLOCK_BYTES = 2**25
"""Features of a block in float32."""
LOGITS = 2**23
"""Logits of a block, of all strengths."""
SAMPLE_BYTES = 2**26
"""Features of the sample in float32: 13,000 x 1280."""
HEAD_BYTES = 2**30
"""Memory of L-BFGS for the strengths that are solved at once: with 1,000 classes and 1,280 features three, else all."""
CONVERGED = 1e-5
"""A head whose loss may be farther than this above the minimum is reported."""
COPIES = 32
"""Copies of a head in float64 that L-BFGS keeps: ten steps, ten gradients, and what it works with."""


def solve_any_head(
    features: Rows,
    targets: np.ndarray,
    num_classes: int,
    *,
    valid: tuple[Rows, np.ndarray] | None = None,
    class_weights: np.ndarray | None = None,
    example_weights: np.ndarray | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> LinearHead:
    """Return the head for ``features`` (N, D): by ``solve_head`` if they fit into memory, else by ``solve_streamed``.

    The arguments are those of ``solve_head``.
    """
    solve: Callable[..., LinearHead] = solve_streamed if is_large(features.shape) else solve_head
    weights: Mapping[str, Any] = {"class_weights": class_weights, "example_weights": example_weights}
    return solve(features, targets, num_classes, valid=valid, strengths=strengths, **weights)


def solve_streamed(
    features: Rows,
    targets: np.ndarray,
    num_classes: int,
    *,
    valid: tuple[Rows, np.ndarray] | None = None,
    class_weights: np.ndarray | None = None,
    example_weights: np.ndarray | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> LinearHead:
    """Return the head for ``features`` (N, D) and ``targets`` with the best of ``strengths``, by passes over blocks.

    The arguments, and the head up to rounding, are those of ``probes.solve_head``; the head also has its
    ``convergence``. The result is the same, bit for bit, for the same data and number of threads.
    """
    known = labelled(targets)
    targets = targets[known]
    each = np.ones(len(targets)) if example_weights is None else np.asarray(example_weights, np.float64)[known]
    if valid is not None and not labelled(valid[1]).any():
        valid = None
    if targets.dtype.kind == "f":
        path = RIDGE_STRENGTHS if strengths is STRENGTHS else strengths
        with blas_threads(float("inf")):
            return _ridge(_standardised(features, known), targets, each / each.sum(), valid, path)
    if valid is None:
        strengths = (sorted(strengths, reverse=True)[len(strengths) // 2],)
    weights = np.ones(num_classes) if class_weights is None else np.asarray(class_weights, np.float64)
    kind = Softmax if targets.ndim == 1 else Sigmoids
    with blas_threads(float("inf")):
        rows = _standardised(features, known, outputs=num_classes * len(strengths))
        places = spaced(len(targets), max(2 * num_classes, SAMPLE_BYTES // (4 * rows.dim)))
        axes = _axes_of(rows, places)
        search = _Search(rows, kind(targets, weights, each), axes, kind(targets[places], weights, each[places]))
        scored = (rows, targets) if valid is None else (rows.like(*valid), valid[1][labelled(valid[1])])
        return search.best(strengths, scored)


def findings_of(head: LinearHead) -> tuple[Finding, ...]:
    """Return how a head that was solved by passes converged; nothing for a head that was solved in memory."""
    if head.convergence is None:
        return ()
    rows, passes, gradient, gap = astuple(head.convergence)
    size = 4 * rows * head.weight.shape[1]
    found = (Finding.of("head-streamed", "info", count=rows, bytes=size, passes=passes, gap=gap),)
    if gap <= CONVERGED:
        return found
    return (
        *found,
        Finding.of("head-not-converged", "warning", passes=passes, gap=gap, gradient=gradient, bar=CONVERGED),
    )


@dataclass(frozen=True)
class _Standardised:
    """The rows of ``features`` that are ``known``, as float32 (features - mean) / scale."""

    features: Rows
    known: np.ndarray
    """bool (N,)."""
    mean: np.ndarray
    """float32 (D,)."""
    scale: float
    block: int
    """Rows of a block. It depends on the shapes only, so that sums do not depend on the machine."""

    @property
    def dim(self) -> int:
        return len(self.mean)

    def like(self, features: Rows, targets: np.ndarray) -> _Standardised:
        """Return the labelled rows of other ``features`` with the mean and scale of these."""
        return _Standardised(features, labelled(targets), self.mean, self.scale, self.block)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield (places among the known rows, rows (n, D)); the next block is read while the caller uses one."""
        starts, at = range(0, len(self.known), self.block), 0
        with ThreadPoolExecutor(1, thread_name_prefix="ghep-block") as reader:
            coming = reader.submit(self._read, 0)
            for start in starts:
                rows = coming.result()
                if start + self.block in starts:
                    coming = reader.submit(self._read, start + self.block)
                yield slice(at, at + len(rows)), rows
                at += len(rows)

    def _read(self, start: int) -> np.ndarray:
        part = slice(start, start + self.block)
        found, known = self.features[part], self.known[part]
        rows: np.ndarray = np.subtract(found if known.all() else found[known], self.mean, dtype=np.float32)
        rows *= np.float32(1 / self.scale)
        forget(found)
        return rows


def _standardised(features: Rows, known: np.ndarray, *, outputs: int = 1) -> _Standardised:
    """Return the ``known`` rows of ``features`` with the mean and the common scale that ``probes`` gives them."""
    dim = features.shape[1]
    block = max(1, min(BLOCK_BYTES // (4 * dim), LOGITS // outputs))
    plain = _Standardised(features, known, np.zeros(dim, np.float32), 1.0, block)
    first = next(rows.mean(0, dtype=np.float64) for _, rows in plain.blocks() if len(rows))
    # Sums of squares about a row near the mean, because features may be far from 0.
    near = _Standardised(features, known, first.astype(np.float32), 1.0, block)
    sums, squares = np.zeros(dim), np.zeros(dim)
    for _, rows in near.blocks():
        sums += rows.sum(0, dtype=np.float64)
        squares += np.square(rows).sum(0, dtype=np.float64)
    count = np.count_nonzero(known)
    mean = (near.mean + sums / count).astype(np.float32)
    scale = float(np.sqrt(max(0.0, (squares / count - (sums / count) ** 2).mean()))) or 1.0
    return _Standardised(features, known, mean, scale, block)


def _axes_of(rows: _Standardised, places: np.ndarray) -> Axes:
    """Return the principal axes of the rows at ``places``, all D of them, with the coordinates of these rows."""
    found = []
    for part, block in rows.blocks():
        first, last = np.searchsorted(places, [part.start, part.stop])
        found.append(block[places[first:last] - part.start])
    sample = np.concatenate(found)
    values, vectors = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    coordinates = sample @ vectors.astype(np.float32)
    return Axes(rows.mean.astype(np.float64), rows.scale, vectors.T, coordinates, np.maximum(values, 0) / len(sample))


@dataclass
class _Search:
    """Solves several strengths in step with each other. Parameters (K, D + 1) are those in the principal axes."""

    rows: _Standardised
    link: Link
    axes: Axes
    of_sample: Link
    """The loss of the rows whose coordinates ``axes`` has."""
    passes: int = 2
    """Over the rows so far: the first two are for mean and scale, and for the sample."""

    def best(self, strengths: Sequence[float], scored: tuple[_Standardised, np.ndarray]) -> LinearHead:
        """Return the head of the strength with the smallest loss on the rows and targets ``scored``."""
        targets, outputs = scored[1], self._outputs
        start = np.zeros((outputs, self.rows.dim + 1))
        path, found, losses = sorted(strengths, reverse=True), dict[float, np.ndarray](), dict[float, float]()
        together = max(1, HEAD_BYTES // (8 * COPIES * start.size))
        for at in range(0, len(path), together):
            tried: dict[float, np.ndarray] = {}
            for strength in path[at : at + together]:
                start = tried[strength] = minimise(self.axes, self.of_sample, strength, start, COARSE)
            starts = self._starts(tried)
            solved = self._solved(starts, COARSE)
            found |= {strength: one[0] for strength, one in solved.items()}
            losses |= self._losses({strength: found[strength] for strength in starts}, *scored)
            losses, rose = up_to_the_rise(losses)
            if rose:
                break
        chosen = min(losses, key=losses.__getitem__)
        parameters, slope = self._solved({chosen: (found[chosen], self._curvature(found[chosen]))}, IN_SINGLE)[chosen]
        losses |= self._losses({chosen: parameters}, scored[0], targets)
        weight, bias = self.axes.to_raw(parameters)
        norm, gap = float(np.linalg.norm(slope)), self._gap(chosen, parameters, slope)
        converged = Convergence(len(self.link.targets), self.passes, norm, gap)
        return LinearHead(weight.astype(np.float32), bias.astype(np.float32), chosen, losses, converged)

    @property
    def _outputs(self) -> int:
        return len(self.link.weights)

    def _starts(self, tried: Mapping[float, np.ndarray]) -> dict[float, tuple[np.ndarray, np.ndarray]]:
        """Return strength -> the best start among the solutions ``tried`` for the sample, and its curvature (K,).

        At weak strengths they fit the sample too closely: for all rows, the solution of a stronger one is nearer to
        the minimum. Loss and curvature are those of all rows; one pass gives them for all solutions.
        """
        self.passes += 1
        losses, curvatures = np.zeros(len(tried)), np.zeros((len(tried), self._outputs))
        for part, _, logits in self._logits(self.rows, list(tried.values())):
            for index, one in enumerate(logits):
                curvatures[index] += self.link.curvature(one.copy(), part)
                losses[index] += self.link.loss_and_residual(one, part)[0]
        solutions = list(tried.values())
        penalties = np.array([float((one[:, :-1] ** 2).sum()) / 2 for one in solutions])
        chosen = {strength: int(np.argmin(losses + strength * penalties)) for strength in tried}
        return {strength: (solutions[index], curvatures[index]) for strength, index in chosen.items()}

    def _logits(
        self, of: _Standardised, parameters: Sequence[np.ndarray]
    ) -> Iterator[tuple[slice, np.ndarray, list[np.ndarray]]]:
        """Yield (places, rows, logits (n, K) of each of the ``parameters``) of each block."""
        outputs, heads = self._outputs, np.concatenate(parameters)
        weight = (heads[:, :-1] @ self.axes.basis).astype(np.float32).T  # (D, S * K), for the rows as they are
        bias = heads[:, -1].astype(np.float32)
        for part, rows in of.blocks():
            found = rows @ weight + bias
            columns = range(0, len(heads), outputs)
            yield part, rows, [np.ascontiguousarray(found[:, at : at + outputs]) for at in columns]

    def _solved(
        self, starts: Mapping[float, tuple[np.ndarray, np.ndarray]], tolerance: Mapping[str, float]
    ) -> dict[float, tuple[np.ndarray, np.ndarray]]:
        """Return strength -> the minimum and the gradient there, both (K, D + 1).

        ``starts``: strength -> where to start (K, D + 1), and the curvature there (K,).
        """
        strengths = list(starts)
        roots = [roots_of(self.axes, curvature, one) for one, (_, curvature) in starts.items()]

        def values(asked: Mapping[int, np.ndarray]) -> dict[int, tuple[float, np.ndarray]]:
            parameters = {index: flat.reshape(roots[index].shape) / roots[index] for index, flat in asked.items()}
            found = self._values([strengths[index] for index in asked], list(parameters.values()))
            return {
                index: (loss, (slope / roots[index]).ravel()) for index, (loss, slope) in zip(asked, found, strict=True)
            }

        begin = [(start * root).ravel() for (start, _), root in zip(starts.values(), roots, strict=True)]
        ends = in_step(begin, values, tolerance)
        return {
            one: (end.x.reshape(root.shape) / root, end.jac.reshape(root.shape) * root)
            for one, root, end in zip(strengths, roots, ends, strict=True)
        }

    def _curvature(self, parameters: np.ndarray) -> np.ndarray:
        """Return the mean p (1 - p) of each class (K,), on the sample."""
        inputs = self.axes.coordinates
        found = inputs @ parameters[:, :-1].T.astype(inputs.dtype) + parameters[:, -1].astype(inputs.dtype)
        return self.of_sample.curvature(found, slice(None))

    def _values(self, strengths: Sequence[float], parameters: Sequence[np.ndarray]) -> list[tuple[float, np.ndarray]]:
        """Return loss and gradient (K, D + 1) of each of the ``parameters`` at its strength, in one pass."""
        self.passes += 1
        outputs, count = self._outputs, len(strengths)
        losses, slopes, of_bias = (
            np.zeros(count),
            np.zeros((count * outputs, self.rows.dim)),
            np.zeros((count, outputs)),
        )
        for part, rows, logits in self._logits(self.rows, parameters):
            residuals = []
            for index, one in enumerate(logits):
                loss, residual = self.link.loss_and_residual(one, part)
                losses[index] += loss
                of_bias[index] += residual.sum(0, dtype=np.float64)
                residuals.append(residual)
            slopes += np.concatenate(residuals, axis=1).T @ rows
        turned = (slopes @ self.axes.basis.T).reshape(count, outputs, -1)
        found = []
        for index, (strength, one) in enumerate(zip(strengths, parameters, strict=True)):
            slope = np.column_stack([turned[index] + strength * one[:, :-1], of_bias[index]])
            found.append((float(losses[index]) + strength / 2 * float((one[:, :-1] ** 2).sum()), slope))
        return found

    def _losses(
        self, heads: Mapping[float, np.ndarray], scored: _Standardised, targets: np.ndarray
    ) -> dict[float, float]:
        """Return strength -> mean loss of its head on the rows ``scored``, with class weights; one pass for all."""
        losses, totals = np.zeros(len(heads)), np.zeros(len(heads))
        self.passes += scored is self.rows
        for part, _, logits in self._logits(scored, list(heads.values())):
            for index, one in enumerate(logits):
                loss, total = self.link.scored(one, targets[part])
                losses[index] += loss
                totals[index] += total
        return dict(zip(heads, (losses / np.maximum(totals, 1e-12)).tolist(), strict=True))

    def _gap(self, strength: float, parameters: np.ndarray, slope: np.ndarray) -> float:
        """Return how far the loss is above its minimum at most, as in the module's docstring."""
        curvature = np.maximum(self._curvature(parameters), 1e-12)
        return float((slope[:, :-1] ** 2).sum() / (2 * strength) + (slope[:, -1] ** 2 / (2 * curvature)).sum())


def up_to_the_rise(losses: Mapping[float, float]) -> tuple[dict[float, float], bool]:
    """Return ``losses`` (strength -> loss, strong to weak) up to the first far above another, and if there is one.

    The head in memory does not try weaker strengths either.
    """
    kept: dict[float, float] = {}
    for strength, loss in losses.items():
        kept[strength] = loss
        if loss > WORSE * min(kept.values()):
            return kept, True
    return kept, False


class _Abandoned(Exception):
    """Another problem failed."""


def in_step(
    starts: Sequence[np.ndarray],
    values: Callable[[dict[int, np.ndarray]], Mapping[int, tuple[float, np.ndarray]]],
    tolerance: Mapping[str, float],
) -> list[OptimizeResult]:
    """Minimise one function from each of ``starts`` (n,) by L-BFGS; their values are asked for together.

    ``values`` gets index -> point of all problems that still run, in the order of their indices, and returns index ->
    (value, gradient). Each problem is in a thread that waits until all have asked, because SciPy calls the function
    that it minimises and cannot be called by it.
    """
    asked: SimpleQueue[tuple[int, np.ndarray | None]] = SimpleQueue()
    answers: list[SimpleQueue[tuple[float, np.ndarray] | None]] = [SimpleQueue() for _ in starts]

    def solve(index: int) -> OptimizeResult:
        def value(point: np.ndarray) -> tuple[float, np.ndarray]:
            asked.put((index, point.copy()))
            found = answers[index].get()
            if found is None:
                raise _Abandoned
            return found

        try:
            return minimize(value, starts[index], jac=True, method="L-BFGS-B", options=dict(tolerance))
        finally:
            asked.put((index, None))

    with ThreadPoolExecutor(len(starts), thread_name_prefix="ghep-lbfgs") as pool:
        ends = [pool.submit(solve, index) for index in range(len(starts))]
        try:
            running, waiting = set(range(len(starts))), dict[int, np.ndarray]()
            while running:
                index, point = asked.get()
                if point is None:
                    running.discard(index)
                else:
                    waiting[index] = point
                if running and waiting.keys() == running:
                    found = values(dict(sorted(waiting.items())))
                    waiting = {}
                    for one in running:
                        answers[one].put(found[one])
            return [end.result() for end in ends]
        finally:
            for answer in answers:  # after an error: those that still wait
                answer.put(None)


def _ridge(
    rows: _Standardised,
    targets: np.ndarray,
    each: np.ndarray,
    valid: tuple[Rows, np.ndarray] | None,
    strengths: Sequence[float],
) -> LinearHead:
    """Return the head (1, D) of ``probes.solve_ridge``, from moments; ``each`` (N,) are weights of sum 1."""
    targets = targets.astype(np.float64)
    mean, middle, moments = float(each @ targets), np.zeros(rows.dim), np.zeros((rows.dim, rows.dim))
    products = np.zeros(rows.dim)
    for part, block in rows.blocks():
        weighted = block * np.sqrt(each[part])[:, None]  # float64
        moments += weighted.T @ weighted
        middle += each[part] @ block
        products += (each[part] * (targets[part] - mean)) @ block
    curvature, rotation = np.linalg.eigh(moments - np.outer(middle, middle))
    parts = rotation.T @ products  # the mean of targets - mean is 0, so products need no centring
    path = sorted(strengths, reverse=True)
    shares = 1 / (np.maximum(curvature, 0) + np.array(path)[:, None])  # (S, D)
    weights = shares * parts @ rotation.T  # (S, D)
    losses = np.zeros(len(path))
    if valid is None:
        for part, block in rows.blocks():
            rotated = (block - middle) @ rotation
            leverage = each[part, None] * (1 + np.square(rotated) @ shares.T)
            residual = (targets[part] - mean)[:, None] - rotated @ (shares * parts).T
            losses += each[part] @ np.square(residual / np.maximum(1 - leverage, 1e-9))
    else:
        known = valid[1][labelled(valid[1])]
        for part, block in rows.like(*valid).blocks():
            residual = (block - middle) @ weights.T + mean - known[part, None]
            losses += np.square(residual).sum(0) / len(known)
    best = int(np.argmin(losses))
    weight = weights[best] / rows.scale
    bias = mean - weights[best] @ middle - weight @ rows.mean
    return LinearHead(
        weight[None].astype(np.float32),
        np.array([bias], dtype=np.float32),
        path[best],
        dict(zip(path, losses.tolist(), strict=True)),
        Convergence(len(targets), 2 if valid else 3, 0.0, 0.0),
    )
