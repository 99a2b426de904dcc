"""``export --to hf``: a bundle as a folder that timm, transformers or sentence-transformers loads as it is.

In: a bundle. Out: one folder for each task, with the network and its head in the library's own layout (``hf_images``,
``hf_texts``), the model card (``hf_card``), ``labels.json``, ``parity.json`` (how its answers agree with ghep's,
``hf_parity``) and ``MANIFEST.json``. It holds no code and no pickle, and loads without ``trust_remote_code``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep._version import __version__
from ghep.errors import ConfigError
from ghep.export.formats import Export, Request
from ghep.export.hf_card import hf_card
from ghep.export.hf_head import PROBLEM_TYPES, LinearHead, head_of
from ghep.export.hf_images import write_timm_folder
from ghep.export.hf_parity import TIMM, Agreement, agreements
from ghep.export.hf_texts import write_text_folder
from ghep.export.parity import MOST
from ghep.export.predictor import Predictor
from ghep.export.run_data import headline, spaced
from ghep.messages import number_text, text_of
from ghep.model.bundle import Bundle
from ghep.storage.folder import MANIFEST, write_folder
from ghep.storage.hashing import sha256_file
from ghep.storage.text import write_json_atomic, write_text_atomic
from ghep.tasks.base import Task
from ghep.types import Raw

MOST_DIFFERENCE = 0.01
"""Largest median difference of a probability (of a number: in standard deviations) at which a folder is written."""


@dataclass(frozen=True)
class HfExport:
    """A folder for Hugging Face's libraries, of one task."""

    folder: Path
    task: str
    library: str
    """timm, transformers or sentence-transformers: what loads the folder."""
    agreements: tuple[Agreement, ...]
    """How its answers agree with ghep's, for each library and set of inputs."""


def write_hf(request: Request) -> Export:
    """Write ``request.bundle``, compared with ghep on the test split of its run or of the data given (else valid)."""
    split, examples = headline(request.splits)
    done = export_hf(request.bundle, request.out, inputs={one.id: one.raw for one in spaced(examples, MOST)})
    measured = [one for each in done for one in each.agreements]
    parity = {each.task: [one.to_json() for one in each.agreements] for each in done}
    lines = [text_of("hf-loads", folder=one.folder, library=one.library, task=one.task) for one in done]
    lines += [
        text_of(
            "hf-agreement",
            library=f"{one.library} {one.version}",
            inputs=text_of("hf-agreement-inputs", kind=one.inputs.replace(" ", "-"), split=split),
            n=one.n,
            same=one.equal_labels,
            difference=number_text(one.largest_difference, ".2g"),
            worst=one.worst,
        )
        for one in measured
    ]
    return Export(request.to, request.out, {"split": split, "tasks": parity}, tuple(lines))


def export_hf(bundle: Bundle, out: Path, *, inputs: Mapping[str, Raw] | None = None) -> tuple[HfExport, ...]:
    """Write ``bundle`` to the folder ``out``, or with several tasks one folder for each into ``out``.

    ``inputs`` are raw images or texts by name, such as those of the test split, whose answers are compared; synthetic
    files of odd kinds are compared as well. LoRA is merged in every bundle, and weights are written in float32.

    Raises ConfigError if no library can compute what the bundle computes (the message says why), if most answers of a
    library differ because it reads the files differently, and if sentence-transformers is needed and not installed.
    """
    bundle.model.to("cpu").eval()
    tasks, inputs = bundle.model.tasks, inputs or {}
    if len(tasks) == 1:
        return (_export(bundle, tasks[0], out, inputs),)
    unusable = [task.name for task in tasks if not re.fullmatch(r"\w[\w .-]*", task.name)]
    if unusable:
        raise ConfigError("hf-task-not-a-folder", task=unusable[0])
    return tuple(_export(bundle, task, out / task.name, inputs) for task in tasks)


def _export(bundle: Bundle, task: Task, folder: Path, inputs: Mapping[str, Raw]) -> HfExport:
    head = head_of(bundle, task)
    modality = bundle.model.backbone.preprocess.modality
    with write_folder(folder) as temporary:
        if modality == "image":
            write_timm_folder(temporary, bundle.model, head)
            library = TIMM
        else:
            library = write_text_folder(temporary, bundle.model, head)
        measured = agreements(temporary, library, head, Predictor(bundle), task.name, inputs)
        _refuse_disagreement(measured, head, modality)
        write_json_atomic(temporary / "labels.json", _labels(head))
        write_json_atomic(temporary / "parity.json", _parity(bundle, library, task, measured))
        write_text_atomic(temporary / "README.md", hf_card(bundle, task.name, head, library, measured))
    return HfExport(folder, task.name, library, measured)


def _refuse_disagreement(measured: Sequence[Agreement], head: LinearHead, modality: str) -> None:
    """Raise ConfigError if a library's answers to most of the inputs are others than ghep's, as for 16-bit images.

    Odd images do not count: the libraries read some of them differently. Odd texts do, for their tokens are the same.
    """
    for one in measured:
        counts = one.inputs == "files" or modality == "text"
        if counts and (not one.median_difference <= MOST_DIFFERENCE * head.spread or one.n < len(one.unread)):
            raise ConfigError(
                "hf-answers-differ",
                library=one.library,
                median=number_text(one.median_difference, ".2g"),
                n=one.n,
                worst=one.worst,
                unread=len(one.unread),
            )


def _labels(head: LinearHead) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(head.labels)),
        "label2id": {name: place for place, name in enumerate(head.labels)},
        "problem_type": PROBLEM_TYPES[head.kind],
        **({} if head.half_width is None else {"half_width": head.half_width}),
    }


def _parity(bundle: Bundle, library: str, task: Task, measured: Sequence[Agreement]) -> dict[str, Any]:
    manifest = bundle.folder / MANIFEST
    return {
        "ghep": __version__,
        "kind": "hf",
        "library": library,
        "task": task.to_json(),
        "source": sha256_file(manifest) if manifest.is_file() else None,
        "agreements": [one.to_json() for one in measured],
    }
