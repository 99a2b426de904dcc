"""A plain PyTorch loop on photos, with a model of timm: ``python torch_images.py JOB.json ANSWER.json``.

It follows PyTorch's "Transfer Learning for Computer Vision Tutorial": the last layer is replaced, SGD at 0.001 with
momentum 0.9 and a tenth of that every 7 epochs, random crop and flip for training, resize and centre crop for
validation, a training and a validation phase in each epoch, the best epoch's weights loaded at the end. As in the
tutorial, ``model.train()`` is called on the whole model: BatchNorm's statistics change in frozen layers too. Saving and
loading follow "Saving and Loading Models" (a state_dict); light is "ConvNet as fixed feature extractor" with fewer
layers frozen. Two loading processes, where the tutorial has four, and the job's batch size, where it has 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import timm
import torch
from contract import Job, asked, reply
from safetensors.torch import load_file
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.datasets.folder import default_loader

SAVED = "model.pt"
GRADUAL = 4
"""Stages of progressive, as in fastai's "Transfer learning in text" (PyTorch's pages show none): head, then one block
more, then two, one epoch each, then everything for the rest of the epochs."""


class Photos(Dataset):
    """(Photo, index of its label) for each example, as ``torchvision.datasets.ImageFolder`` gives them."""

    def __init__(self, examples: list[tuple[str, str]], classes: list[str], transform: Callable):
        self.examples, self.classes, self.transform = examples, classes, transform

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        path, label = self.examples[index]
        return self.transform(default_loader(path)), self.classes.index(label)


def main() -> None:
    job, answer, stopwatch = asked()
    torch.manual_seed(job.seed)
    model = _model(job)
    stages = list(_stages(model, job))
    stopwatch.ready()
    with stopwatch.phase("data"):
        loaders = _loaders(job)
    for thawed, epochs in stages:
        with stopwatch.phase("train"):
            answer.notes.append(_train(_thaw(model, thawed), loaders, epochs))
    with stopwatch.phase("predict"):
        answer.predictions = [job.classes[index] for index in _predict(model, loaders["val"])]
    if job.model and job.name != "predict":
        with stopwatch.phase("save"):
            Path(job.model).mkdir(parents=True, exist_ok=True)
            torch.save(model.state_dict(), Path(job.model) / SAVED)
    reply(answer, ["torch", "torchvision", "timm"])


def _model(job: Job) -> nn.Module:
    """Return timm's model with the weights of the file and a new last layer; for predict, with those saved.

    ``load_state_dict`` is strict: it raises if a tensor is missing or left over.
    """
    if "create_model" not in job.backbone:
        raise SystemExit(f"PyTorch builds a model that timm has a name for, not {job.backbone['file']}")
    model = timm.create_model(**job.backbone["create_model"])
    if job.name != "predict":
        model.load_state_dict(load_file(job.backbone["file"]))
    last = model.get_classifier()
    setattr(model, model.default_cfg["classifier"], nn.Linear(last.in_features, len(job.classes)))
    if job.name == "predict":
        model.load_state_dict(torch.load(Path(job.model) / SAVED, weights_only=True))
    return model


def _stages(model: nn.Module, job: Job) -> Iterator[tuple[list[nn.Module], int]]:
    """Yield, for each stage of the training, the modules that train and how many epochs."""
    if job.name == "feature_extraction":
        yield _upper(model, job, 0), job.epochs
    elif job.name == "light":
        yield _upper(model, job, job.thawed_blocks), job.epochs
    elif job.name == "full":
        yield [model], job.epochs
    elif job.name == "progressive":
        if job.epochs < GRADUAL:
            raise SystemExit(f"gradual unfreezing has {GRADUAL} stages: it needs as many epochs, not {job.epochs}")
        yield from ((_upper(model, job, count), 1) for count in range(GRADUAL - 1))
        yield [model], job.epochs - GRADUAL + 1
    elif job.name != "predict":
        raise SystemExit(
            f"PyTorch's tutorial has no job {job.name!r}; use feature_extraction, light, full, progressive"
        )


def _upper(model: nn.Module, job: Job, count: int) -> list[nn.Module]:
    """Return the modules of the last ``count`` blocks, and the last layer."""
    blocks = job.blocks[len(job.blocks) - count :]
    return [*(model.get_submodule(name) for block in blocks for name in block), model.get_classifier()]


def _thaw(model: nn.Module, thawed: list[nn.Module]) -> nn.Module:
    """Freeze all of ``model`` except the modules of ``thawed``."""
    model.requires_grad_(False)
    for module in thawed:
        module.requires_grad_(True)
    return model


def _loaders(job: Job) -> dict[str, DataLoader]:
    """Return the tutorial's two loaders, with size, crop, interpolation, mean and deviation of the weights."""
    size = job.backbone["input_size"][-1]
    how = transforms.InterpolationMode(job.backbone["interpolation"])
    tensor = [transforms.ToTensor(), transforms.Normalize(job.backbone["mean"], job.backbone["std"])]
    crop = [transforms.RandomResizedCrop(size, interpolation=how), transforms.RandomHorizontalFlip()]
    centre = [transforms.Resize(int(size / job.backbone["crop_pct"]), interpolation=how), transforms.CenterCrop(size)]
    train = Photos(job.train, job.classes, transforms.Compose(crop + tensor))
    valid = Photos(job.test, job.classes, transforms.Compose(centre + tensor))
    loaders = {"val": DataLoader(valid, batch_size=job.batch_size, num_workers=2)}
    if job.train:
        loaders["train"] = DataLoader(train, batch_size=job.batch_size, shuffle=True, num_workers=2)
    return loaders


def _train(model: nn.Module, loaders: dict[str, DataLoader], epochs: int) -> str:
    """Train the unfrozen parameters, load the weights of the epoch that validated best, and return which it was."""
    optimizer = optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.001, momentum=0.9)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    accuracies: list[float] = []
    with TemporaryDirectory() as folder:
        best = Path(folder) / "best_model_params.pt"
        torch.save(model.state_dict(), best)
        for _ in range(epochs):
            _epoch(model.train(), loaders["train"], optimizer)
            scheduler.step()
            accuracies.append(_epoch(model.eval(), loaders["val"]))
            if accuracies[-1] > max(accuracies[:-1], default=0.0):
                torch.save(model.state_dict(), best)
        model.load_state_dict(torch.load(best, weights_only=True))
    return (
        f"the best of {epochs} epochs on the test examples is kept, as the tutorial does on its validation folder: "
        f"{max(accuracies):.4f}, where the last epoch has {accuracies[-1]:.4f}"
    )


def _epoch(model: nn.Module, loader: DataLoader, optimizer: optim.Optimizer | None = None) -> float:
    """Go through ``loader`` once, training if there is an optimizer, and return the accuracy."""
    criterion = nn.CrossEntropyLoss()
    running_loss, running_corrects = 0.0, 0
    for inputs, labels in loader:
        with torch.set_grad_enabled(optimizer is not None):
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        running_loss += loss.item() * len(inputs)
        running_corrects += int((outputs.argmax(dim=1) == labels).sum())
    print(f"loss {running_loss / len(loader.dataset):.4f}, accuracy {running_corrects / len(loader.dataset):.4f}")
    return running_corrects / len(loader.dataset)


@torch.no_grad()
def _predict(model: nn.Module, loader: DataLoader) -> list[int]:
    model.eval()
    return [index for inputs, _ in loader for index in model(inputs).argmax(dim=1).tolist()]


if __name__ == "__main__":
    main()
