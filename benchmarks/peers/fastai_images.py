"""fastai on photos, with a backbone of timm: ``python fastai_images.py JOB.json ANSWER.json``.

It follows these pages of fastai's documentation. "Computer vision intro" and "Vision learner": ``vision_learner`` with
the name of a timm model, whose arguments are passed to timm. "Data block tutorial" and "Vision augmentation": Resize,
``aug_transforms``, Normalize. "Hyperparam schedule": ``fit_one_cycle``, ``fine_tune`` and their learning rates.
"Transfer learning in text": gradual unfreezing. "Learner": ``export``, ``load_learner``, ``test_dl``, ``get_preds``.

fastai's defaults are kept: AdamW at 0.001, the head (two poolings, BatchNorm, dropout, 512 units), BatchNorm that
trains in frozen layers too (``train_bn``), validation after each epoch, one loading process per core, the incomplete
last batch of an epoch dropped. The crop is that of the weights: the short side at size / crop_pct, of which
``RandomCrop`` takes the centre in validation.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path

import torch
from contract import Answer, Job, Stopwatch, asked, reply
from fastai.vision.all import (
    CategoryBlock,
    DataBlock,
    DataLoaders,
    ImageBlock,
    IndexSplitter,
    ItemGetter,
    L,
    Learner,
    Normalize,
    RandomCrop,
    Resize,
    accuracy,
    aug_transforms,
    default_split,
    load_learner,
    params,
    set_seed,
    vision_learner,
)
from PIL.Image import Resampling
from safetensors.torch import load_file
from torch import nn

EXPORTED = "export.pkl"
RATES = slice(1e-5, 1e-3)
"""From the input to the head, for several groups of layers: those of ``fine_tune`` after its frozen epoch."""
GRADUAL = ((-1, 1.0), (-2, 0.5), (-3, 0.25), (0, 0.05))
"""(``freeze_to``, share of the first learning rate) of each stage of gradual unfreezing: the tutorial's proportions."""


def main() -> None:
    job, answer, stopwatch = asked()
    set_seed(job.seed)
    if job.name == "predict":
        _predict_from_disk(job, answer, stopwatch)
    else:
        _train(job, answer, stopwatch)
    reply(answer, ["fastai", "torch", "torchvision", "timm"])


def _train(job: Job, answer: Answer, stopwatch: Stopwatch) -> None:
    with stopwatch.phase("data"):
        dls = _loaders(job)
    learn = _learner(job, dls)
    stopwatch.ready()
    answer.startup -= answer.phases["data"]  # a learner needs its data first: count that time once
    with stopwatch.phase("train"):
        answer.notes.append(_fit(learn, job))
    with stopwatch.phase("predict"):
        answer.predictions = _labels(learn, learn.get_preds()[0])
    if job.model:
        with stopwatch.phase("save"):
            Path(job.model).mkdir(parents=True, exist_ok=True)
            learn.path = Path(job.model)
            learn.export(EXPORTED)


def _predict_from_disk(job: Job, answer: Answer, stopwatch: Stopwatch) -> None:
    learn = load_learner(Path(job.model) / EXPORTED)
    stopwatch.ready()
    with stopwatch.phase("predict"):
        dl = learn.dls.test_dl(job.test, bs=job.batch_size)
        answer.predictions = _labels(learn, learn.get_preds(dl=dl)[0])
    answer.notes.append("Learner: load_learner, test_dl, get_preds")


def _labels(learn: Learner, scores: torch.Tensor) -> list[str]:
    return [str(learn.dls.vocab[index]) for index in scores.argmax(dim=1)]


def _loaders(job: Job) -> DataLoaders:
    """Return the loaders of ``job.train`` and ``job.test``, with the preprocessing of the weights."""
    size = job.backbone["input_size"][-1]
    resamples = (Resampling[job.backbone["interpolation"].upper()], Resampling.NEAREST)
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=job.classes)),
        get_x=ItemGetter(0),
        get_y=ItemGetter(1),
        splitter=IndexSplitter(list(range(len(job.train), len(job.train) + len(job.test)))),
        item_tfms=[Resize(int(size / job.backbone["crop_pct"]), resamples=resamples), RandomCrop(size)],
        batch_tfms=[*aug_transforms(), Normalize.from_stats(job.backbone["mean"], job.backbone["std"])],
    )
    return block.dataloaders([*job.train, *job.test], bs=job.batch_size)


def _learner(job: Job, dls: DataLoaders) -> Learner:
    """Return the learner, its body frozen: timm reads the weights from the file, fastai adds its head."""
    given = {"architecture", "create_model", "file", "input_size", "mean", "std", "crop_pct", "interpolation"}
    if lacking := given - set(job.backbone):
        raise SystemExit(f"fastai builds a model that timm has a name for; this backbone lacks {sorted(lacking)}")
    arguments = dict(job.backbone["create_model"]) | {"pretrained": True}
    overlay = {name: job.backbone[name] for name in given - {"architecture", "create_model"}}
    overlay["num_classes"] = arguments.pop("num_classes")  # of the file, so that timm leaves its head out
    learn = vision_learner(
        dls,
        arguments.pop("model_name"),
        metrics=accuracy,
        splitter=_splitter(job),
        pretrained_cfg_overlay=overlay,
        **arguments,
    )
    _check_arrived(learn.model[0].model, job.backbone["file"])
    return learn


def _check_arrived(body: nn.Module, file: str) -> None:
    """Exit unless the body holds exactly the tensors of ``file`` except the head's: timm itself is not strict."""
    head = body.default_cfg["classifier"] + "."
    given = {name: tensor for name, tensor in load_file(file).items() if not name.startswith(head)}
    held = body.state_dict()
    wrong = set(given) ^ set(held)
    wrong |= {name for name in set(given) & set(held) if not torch.equal(held[name], given[name].to(held[name]))}
    if wrong:
        raise SystemExit(f"{len(wrong)} tensors of {file} did not arrive in timm's model: {sorted(wrong)[:5]}")


def _splitter(job: Job) -> partial | None:
    """Return the splitter into groups frozen separately; None: fastai's default two, the body and the head."""
    if job.name == "light":
        above = len(job.blocks) - job.thawed_blocks
        return partial(_groups, blocks=[list(chain(*job.blocks[:above])), list(chain(*job.blocks[above:]))])
    if job.name == "progressive":
        return partial(_groups, blocks=job.blocks)
    return default_split


def _groups(model: nn.Sequential, blocks: list[list[str]]) -> L:
    """Return the parameters of each of ``blocks`` (modules of the body) and, last, of the head."""
    body = model[0].model
    held = {name for name, _ in body.named_modules()}  # without timm's head, which fastai replaced
    modules = [nn.ModuleList(body.get_submodule(name) for name in block if name in held) for block in blocks]
    groups = L(*modules, model[1:]).map(params)
    assert sum(len(group) for group in groups) == len(params(model)), "a parameter lies in no block"
    return groups


def _fit(learn: Learner, job: Job) -> str:
    """Train as the job says and return a description."""
    if job.name == "feature_extraction":
        learn.fit_one_cycle(job.epochs)
        return "vision_learner (body frozen), fit_one_cycle(epochs), default learning rate"
    if job.name == "light":
        learn.freeze_to(-2)
        learn.fit_one_cycle(job.epochs, RATES)
        return f"freeze_to(-2) of (blocks below, last {job.thawed_blocks} blocks, head), fit_one_cycle(epochs, {RATES})"
    if job.name == "full":
        learn.unfreeze()
        learn.fit_one_cycle(job.epochs, RATES)
        return f"unfreeze, fit_one_cycle(epochs, {RATES}): fine_tune without its frozen epoch"
    if job.name == "progressive":
        return _unfreeze_gradually(learn, job.epochs)
    if job.name == "fine_tune":
        learn.fine_tune(job.epochs)
        return "fine_tune(epochs): one epoch of the head alone, then that many of all"
    raise SystemExit(f"fastai has no job {job.name!r}")


def _unfreeze_gradually(learn: Learner, epochs: int) -> str:
    """Train one epoch each with the head, one block and two blocks, and the rest of ``epochs`` with everything.

    The tutorial starts from 0.02 with its text model; for photos this starts from 0.002, where ``fine_tune`` does.
    """
    if epochs < len(GRADUAL):
        raise SystemExit(f"gradual unfreezing has {len(GRADUAL)} stages: it needs as many epochs, not {epochs}")
    for position, (frozen, share) in enumerate(GRADUAL):
        learn.freeze_to(frozen)
        rate = 2e-3 * share
        stage = 1 if frozen else epochs - position
        learn.fit_one_cycle(stage, rate if frozen == -1 else slice(rate / 2.6**4, rate))
    return "one epoch after each of freeze, freeze_to(-2), freeze_to(-3), the rest after unfreeze; a group per block"


if __name__ == "__main__":
    main()
