"""Synthetic comparisons: answers drawn from a seed, with realistic names and failures.

For tests of everything that reads a ``Comparison``. ``images`` writes small images, ``texts`` writes no files.
``evidence`` is approximate (Wilson's interval and McNemar's test); the real analysis is tested elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ghep.comparison.record import (
    Answers,
    Comparison,
    Contender,
    CurvePoint,
    Data,
    EpochRow,
    Evidence,
    Failure,
    Higher,
    LabelCurve,
    LabelsSaved,
    Measured,
    Pair,
    Parts,
    Place,
    Rate,
    RateChoice,
    Stopped,
    Verdict,
    VerdictKind,
)
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import mcnemar
from ghep.types import Finding, Interval

FLOWERS = ("bluebell", "buttercup", "colt's foot", "cowslip", "crocus", 'daffodil "King Alfred"', "daisy", "<script>")
SUBJECTS = ("human", "place", "number", "entity", "description", "=abbreviation")
PRETRAINED = ("linear_probe", "light", "full", "progressive", "lp_ft", "lora")
LEVELS = {"linear_probe": 1.45, "light": 1.7, "full": 1.95, "progressive": 1.9, "lp_ft": 2.0, "lora": 1.8}
"""Skill of each strategy, on the scale of the difficulty of the examples."""
SECONDS = {"linear_probe": 6.0, "light": 18.0, "full": 95.0, "progressive": 120.0, "lp_ft": 100.0, "lora": 80.0}


def images(folder: Path, *, labels: bool = True) -> Comparison:
    """Return nine contenders with three seeds on 240 images of eight classes; some image files are missing."""
    contenders = [Contender(name, "seedling") for name in PRETRAINED]
    contenders += [Contender("linear_probe", "timm/mobilenetv2_100.ra_in1k"), Contender("scratch", "seedling")]
    levels = [LEVELS.get(one.strategy, 0.2) for one in contenders]
    targets = np.arange(240) % len(FLOWERS)
    ids = tuple(f"test/{FLOWERS[k].replace('/', '_')}/{index:04d}.png" for index, k in enumerate(targets))
    runs = made_runs(contenders, levels, targets, ids, classes=len(FLOWERS))
    runs += [majority(targets, ids)]
    if labels:
        runs += few_labels(contenders, levels, targets, ids, classes=len(FLOWERS), all_labels=400)
    counts = {split: dict.fromkeys(FLOWERS, n) for split, n in (("train", 40), ("valid", 10), ("test", 30))}
    data = Data(
        name="seventeen flowers",
        location="photos/flowers",
        modality="image",
        task="label",
        classes=FLOWERS,
        counts=counts,
        headline="test",
        findings=(
            Finding(
                "copies-across-splits",
                "error",
                "4 images of test are also in train: the scores are too high",
                remedy="take them out of train, or let ghep split the data",
                items=ids[:4],
            ),
        ),
        raw=write_images(folder / 'images "raw"', targets, ids),
    )
    return Comparison(
        data=data,
        runs=tuple(runs),
        folder=folder / "compare",
        rates=tuple(rate_choice(one) for one in contenders[1:4]),
        touches=len(runs),
        seconds=4210.5,
        time_limit=7200.0,
        environment={"ghep": "0.1", "python": "3.12.3", "torch": "2.15.0", "device": "cpu", "threads": 4},
        settings={
            "data": "photos/flowers",
            "backbones": ["seedling", "timm/mobilenetv2_100.ra_in1k"],
            "strategies": list(PRETRAINED),
            "seeds": [0, 1, 2],
            "shots": [5, 10, 20],
            "time_limit": 7200.0,
        },
        findings=(
            Finding("few-examples", "info", "40 images per class to learn from", remedy="more labels may help"),
            Finding("not-converged", "warning", "full (seedling) still improved when it ended", remedy="more epochs"),
        ),
    )


def texts() -> Comparison:
    """Return six contenders with three seeds on 300 texts, one run that failed and others that were left out."""
    contenders = [Contender(name, "minilm") for name in ("linear_probe", "light", "lp_ft", "lora")]
    levels = [1.6, 1.75, 1.8, 1.75]
    targets = np.arange(300) * 7 % len(SUBJECTS)
    ids = tuple(f"questions.csv:{index + 2}" for index in range(len(targets)))
    runs = made_runs(contenders, levels, targets, ids, classes=len(SUBJECTS), seed=3)
    words = made_runs([Contender("linear_ngrams")], [1.5], targets, ids, classes=len(SUBJECTS), seed=4, seeds=1)
    runs += [*words, majority(targets, ids)]
    data = Data(
        name='questions <b>"2024"</b>',
        location="questions.csv",
        modality="text",
        task="subject",
        classes=SUBJECTS,
        counts={split: dict.fromkeys(SUBJECTS, n) for split, n in (("train", 120), ("valid", 30), ("test", 50))},
        headline="test",
        raw=dict(zip(ids, itertools.cycle(sentences()), strict=False)),
    )
    return Comparison(
        data=data,
        runs=tuple(runs),
        folder=Path("runs/compare-questions"),
        failures=(
            Failure(Contender("full", "minilm"), 1, None, 0, "not enough memory for a batch of 32", "smaller batches"),
        ),
        stopped=(
            Stopped(
                Contender("progressive", "minilm"), 3, "the time limit of 30 min was near; it is the most expensive"
            ),
        ),
        touches=len(runs),
        seconds=1804.2,
        time_limit=1800.0,
        environment={"ghep": "0.1", "device": "cpu"},
        settings={"data": "questions.csv", "text": "question", "label": "subject", "seeds": 3},
        findings=(Finding("cut-texts", "warning", "12 texts are longer than 256 tokens and were cut"),),
    )


def many(contenders: int, seeds: int, examples: int, *, classes: int = 10) -> Comparison:
    """Return a large comparison of texts, for sizes."""
    given = [Contender(PRETRAINED[i % 6], f"timm/backbone_number_{i // 6}.with_a_long_name") for i in range(contenders)]
    targets = np.arange(examples) % classes
    ids = tuple(f"table.csv:{index}" for index in range(examples))
    levels = [1.2 + 0.05 * index for index in range(contenders)]
    names = tuple(f"class {k}" for k in range(classes))
    counts = {split: dict.fromkeys(names, examples // classes) for split in ("train", "valid", "test")}
    data = Data("many", "table.csv", "text", "label", names, counts, "test", raw={one: f"text {one}" for one in ids})
    runs = made_runs(given, levels, targets, ids, classes=classes, seeds=seeds)
    return Comparison(data=data, runs=tuple(runs), folder=Path("many"), touches=len(runs), seconds=5000.0)


def evidence(comparison: Comparison, kind: VerdictKind = "cannot-tell") -> Evidence:
    """Return roughly what follows."""
    places = sorted((_place(comparison, one) for one in comparison.contenders), key=lambda one: -one.accuracy)
    pairs = tuple(_pair(comparison, a, b, len(places)) for a, b in itertools.combinations(places, 2))
    best = next((place for place in places if not place.contender.control), places[0])
    second = places[min(1, len(places) - 1)]
    others = {pair.b: pair for pair in pairs if pair.a == best.contender}
    level = [place for place in places if place == best or getattr(others.get(place.contender), "adjusted", 0) >= 0.05]
    cheapest = min(level, key=lambda place: place.seconds)
    verdict = Verdict(
        kind=kind,
        message=f"Transfer helps. Which of {len(level)} contenders is best cannot be told from {best.n} test examples.",
        reason=f"{best.contender} has {best.accuracy:.3f} (95 % interval {best.interval.low:.3f} to "
        f"{best.interval.high:.3f}); the next is {100 * (best.accuracy - second.accuracy):.1f} points behind, "
        "p = 0.31.",
        best=best.contender,
        recommended=cheapest.contender,
        why_recommended=f"It takes {cheapest.seconds:.0f} s where the best takes {best.seconds:.0f} s, and gives up at "
        "most 2.1 points.",
        next_step="About 900 more test examples would settle the best against the second.",
        level_with_best=tuple(place.contender for place in level),
    )
    curves = tuple(_label_curve(comparison, one) for one in comparison.contenders if _has_draws(comparison, one))
    highers = tuple(_higher(comparison, one) for one in comparison.contenders if _history(comparison, one))
    return Evidence(tuple(places), pairs, verdict, highers, curves, _saved(curves))


def made_runs(
    contenders: Sequence[Contender],
    levels: Sequence[float],
    targets: np.ndarray,
    ids: tuple[str, ...],
    *,
    classes: int,
    seed: int = 0,
    seeds: int = 3,
) -> list[Measured]:
    """Return a run of every contender with every seed; a linear probe answers the same with all of them."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=len(targets))
    runs = []
    for contender, level in zip(contenders, levels, strict=True):
        own = rng.normal(0, 0.4, len(targets))
        for number in range(seeds):
            noise = 0 if contender.strategy == "linear_probe" else rng.normal(0, 0.25, len(targets))
            answers = _answers(targets, ids, level + own + noise - hard, classes, number_seed=17)
            runs.append(_run(contender, number, answers, rng))
    return runs


def few_labels(
    contenders: Sequence[Contender],
    levels: Sequence[float],
    targets: np.ndarray,
    ids: tuple[str, ...],
    *,
    classes: int,
    all_labels: int,
) -> list[Measured]:
    """Return three draws of 5, 10 and 20 labels per class for the first three and the last contender."""
    runs = []
    rng = np.random.default_rng(5)
    chosen = [*list(zip(contenders, levels, strict=True))[:3], (contenders[-1], levels[-1])]
    for (contender, level), labels, draw in itertools.product(chosen, (5, 10, 20), range(3)):
        part = level - (2.2 if contender.control else 1.2) * (1 - sqrt(labels * classes / all_labels))
        noisy = part + rng.normal(0, 0.12) - rng.normal(size=len(targets))
        run = _run(contender, draw, _answers(targets, ids, noisy, classes, number_seed=draw), rng)
        runs.append(replace(run, labels=labels, draw=draw, num_train=int(0.8 * labels * classes)))
    return runs


def majority(targets: np.ndarray, ids: tuple[str, ...]) -> Measured:
    """Return the majority control; it has no folder and takes no time."""
    n = len(targets)
    share = float((targets == 0).mean())
    answers = Answers(ids, targets, np.zeros(n, np.int64), np.full(n, share), np.full(n, share))
    return Measured(Contender("majority"), 0, None, 0, 320, answers, share, (), 0.0, 0.0, 0, 0, 0)


def write_images(folder: Path, targets: np.ndarray, ids: tuple[str, ...]) -> dict[str, str]:
    """Write an image for most examples, and return the paths of all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for index, (name, target) in enumerate(zip(ids, targets, strict=True)):
        path = folder / f"it's {index}.png"
        if index % 23:
            size = (300, 220) if index % 2 else (180, 260)
            image = Image.new("RGB", size, (60 + 20 * int(target), 120, 220 - 22 * int(target)))
            ImageDraw.Draw(image).ellipse((40, 30, size[0] - 50, size[1] - 40), fill=(240, 230, 25 * int(target)))
            image.save(path)
        paths[name] = str(path)
    return paths


def sentences() -> list[str]:
    """Return realistic texts: short, long, with markup, formulas, other alphabets."""
    return [
        "What is the capital of Viet Nam, and how long has it been?",
        "<script>alert('no')</script> How many <b>bold</b> words & entities &amp; are there?",
        "Who wrote it? " * 60,
        '=HYPERLINK("http://example.org", "look")',
        "Có bao nhiêu tỉnh ở Việt Nam?\nDòng thứ hai.",
        "世界上最高的山是哪一座？",
        "averyverylongwordthatneverends" * 9,
    ]


def rate_choice(contender: Contender) -> RateChoice:
    """Return a search among three rates."""
    tried = tuple(
        Rate(factor, 1e-3 * factor, 4, score, 0.9 - score / 2, 11.0 + factor)
        for factor, score in ((0.33, 0.842), (1.0, 0.871), (3.0, 0.79))
    )
    return RateChoice(
        contender, tried, 1.0, "the highest valid score; 0.33 is within its interval, but slower to learn"
    )


def _answers(targets: np.ndarray, ids: tuple[str, ...], ease: np.ndarray, classes: int, number_seed: int) -> Answers:
    """Right where it is easy (above 0); sure where it is far from 0, and a little surer than it should be."""
    right = ease > 0
    step = 1 + (np.random.default_rng(number_seed).random(len(targets)) ** 2 * (classes - 1)).astype(np.int64)
    predicted = np.where(right, targets, (targets + step) % classes)
    confidence = 1 / classes + (1 - 1 / classes) * np.clip(0.45 + 0.4 * np.abs(ease), 0, 0.999)
    label = np.where(right, confidence, (1 - confidence) / max(classes - 1, 1))
    return Answers(ids, targets, predicted, confidence, label)


def _run(contender: Contender, seed: int, answers: Answers, rng: np.random.Generator) -> Measured:
    seconds = SECONDS.get(contender.strategy, 60.0) * float(rng.uniform(0.9, 1.1))
    valid = min(1.0, answers.accuracy + float(rng.normal(0, 0.01)))
    solved = contender.strategy in ("linear_probe", "linear_ngrams")
    epochs = 1 if solved else 12
    history = tuple(
        EpochRow("solved" if solved else "fine-tune", 0 if solved else k, 1.0 / k, 1.1 / k, score, seconds / epochs)
        for k in range(1, epochs + 1)
        for score in [valid - (0 if solved else 0.25 * np.exp(-0.5 * k)) + float(rng.normal(0, 0.004))]
    )
    scores = {"macro_f1": answers.accuracy - 0.004, "log_loss": float(-np.log(answers.label_probability).mean())}
    return Measured(
        contender=contender,
        seed=seed,
        labels=None,
        draw=0,
        num_train=320,
        answers=answers,
        valid_score=valid,
        history=history if contender.strategy != "linear_ngrams" else (),
        seconds=seconds * (0.4 if solved else 0.95),
        saved_seconds=seconds * (0.6 if solved else 0.05),
        peak_memory_bytes=int(7e8 + 5e6 * seconds),
        trained_parameters=8_721 if solved else 2_223_872,
        total_parameters=2_232_593,
        scores=scores,
        folder=Path(f"runs/{contender.strategy}-{seed}"),
    )


def _place(comparison: Comparison, contender: Contender) -> Place:
    runs = [run for run in comparison.full_runs if run.contender == contender]
    accuracies = np.array([run.answers.accuracy for run in runs])
    mean, n = float(accuracies.mean()), len(runs[0].answers.targets)
    seed = float(accuracies.var(ddof=1) / len(runs)) if len(runs) > 1 else 0.0
    return Place(
        contender=contender,
        accuracy=mean,
        interval=wilson(mean * n, n),
        seeds=len(runs),
        n=n,
        parts=Parts(seed, mean * (1 - mean) / n),
        seconds=float(np.mean([run.seconds + run.saved_seconds for run in runs])),
        spent_seconds=float(np.mean([run.seconds for run in runs])),
        peak_memory_bytes=max(run.peak_memory_bytes for run in runs),
        trained_parameters=runs[0].trained_parameters,
        valid_score=float(np.mean([run.valid_score for run in runs])),
        hurt=contender.strategy == "lora",
    )


def _pair(comparison: Comparison, a: Place, b: Place, places: int) -> Pair:
    one, other = (
        next(run.answers.correct for run in comparison.full_runs if run.contender == place.contender)
        for place in (a, b)
    )
    paired = mcnemar(one, other)
    low, high = paired.interval.low - paired.difference, paired.interval.high - paired.difference
    difference = a.accuracy - b.accuracy
    p = paired.p_value
    return Pair(
        a.contender,
        b.contender,
        difference,
        Interval(difference + low, difference + high),
        p,
        min(1.0, p * places * (places - 1) / 2),
        detectable=1.4 * (high - low) / 2,
        needed=None if p < 0.05 or difference == 0 else int(a.n * (1.4 * (high - low) / 2 / difference) ** 2) + 1,
    )


def _history(comparison: Comparison, contender: Contender) -> list[Measured]:
    return [run for run in comparison.full_runs if run.contender == contender and run.history]


def _higher(comparison: Comparison, contender: Contender) -> Higher:
    runs = _history(comparison, contender)
    table = np.array([[(row.epoch, row.seconds, row.valid_score) for row in run.history] for run in runs]).mean(0)
    table[:, 1] = table[:, 1].cumsum()
    start, end = float(table[0, 2]), float(table[-1, 2])
    gain = 0.9 * (end - start)
    times = tuple((float(a), float(b), float(c)) for a, b, c in table)
    slopes = (None, None) if len(times) == 1 else (gain / 5, gain / float(table[5, 1]))
    begins = Interval(start - 0.03, start + 0.02)
    pace = None if slopes[0] is None else Interval(0.7 * slopes[0], 1.3 * slopes[0])
    return Higher(contender, start, end, Interval(end - 0.02, end + 0.015), *slopes, len(runs), times, begins, pace)


def _has_draws(comparison: Comparison, contender: Contender) -> bool:
    return any(run.contender == contender and run.labels is not None for run in comparison.runs)


def _label_curve(comparison: Comparison, contender: Contender) -> LabelCurve:
    points = []
    for labels in (5, 10, 20, None):
        runs = [run for run in comparison.runs if run.contender == contender and run.labels == labels]
        accuracies = np.array([run.answers.accuracy for run in runs])
        mean = float(accuracies.mean())
        half = 2.5 * float(accuracies.std(ddof=1)) if labels else 0.02
        count = 50.0 * len(comparison.data.classes) if labels is None else float(labels * len(comparison.data.classes))
        points.append(CurvePoint(labels, count, mean, Interval(max(0, mean - half), min(1, mean + half)), len(runs)))
    return LabelCurve(contender, tuple(points))


def _saved(curves: Sequence[LabelCurve]) -> tuple[LabelsSaved, ...]:
    control = next((curve for curve in curves if curve.contender.control), None)
    if control is None:
        return ()
    most = control.points[-1].num_labels
    few = [(one, one.points[0]) for one in curves if one is not control]
    found = [
        LabelsSaved(one.contender, control.contender, at.num_labels, at.accuracy, 240.0, (180.0, None), most)
        for one, at in few
    ]
    found[0] = replace(found[0], needed=None, interval=None)
    return tuple(found)
