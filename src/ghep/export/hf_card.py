"""The model card of an export for Hugging Face: metadata in their schema, code that runs, measured agreement, training.

In: a bundle, what was exported, how it agrees. Out: ``README.md``. The part on data, training, results and limits is
that of the bundle's own card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ghep._version import __version__
from ghep.backbone.hub_names import base_model, licence_fields
from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import modality_named
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import BundleError
from ghep.export.hf_head import LinearHead
from ghep.export.hf_parity import TIMM, Agreement
from ghep.export.hf_texts import SENTENCES, TRANSFORMERS
from ghep.messages import Message, text_of
from ghep.model.bundle import Bundle
from ghep.storage.text import read_json
from ghep.types import Number

METRICS = {"macro_f1": "f1", "auroc": "roc_auc", "r2": "r_squared"}
"""ghep's score -> the hub's metric, where it has another name."""
LOCAL_PATH = re.compile(r"(?<![\w:/.<])(?:[A-Za-z]:)?/(?:[^\s/|@]+/)+([^\s/|]+)")
"""An absolute path in a card that will be published."""
APPLY = {"softmax": ".softmax(-1)", "sigmoid": ".sigmoid()", "none": ""}
TIMM_CODE = """\
import timm
import torch
from PIL import Image

model = timm.create_model("local-dir:.", pretrained=True).eval()  # on the hub: "hf-hub:USER/NAME"
settings = timm.data.resolve_model_data_config(model)
transform = timm.data.create_transform(**settings, is_training=False)
with torch.no_grad():
    answers = model(transform(Image.open("image.jpg").convert("RGB"))[None])[0]{apply}
print(dict(zip(model.pretrained_cfg["label_names"], answers.tolist())))
"""
IMAGE_PIPELINE_CODE = """\
from transformers import pipeline

classify = pipeline("image-classification", model=".")  # on the hub: "USER/NAME"
print(classify("image.jpg"))
"""
TEXT_PIPELINE_CODE = """\
from transformers import pipeline

classify = pipeline("text-classification", model=".", top_k=None)  # on the hub: "USER/NAME"
print(classify("{text}", truncation=True))
"""
PAIR_PIPELINE_CODE = """\
from transformers import pipeline

classify = pipeline("text-classification", model=".", top_k=None)  # on the hub: "USER/NAME"
print(classify({{"text": "{text}", "text_pair": "{text}"}}, truncation=True))
"""
SENTENCE_CODE = """\
import json

import torch
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(".")  # on the hub: "USER/NAME", and download labels.json
labels = json.load(open("labels.json", encoding="utf-8"))["id2label"]
answers = torch.tensor(model.encode({given})[0]){apply}
print(dict(zip(labels.values(), answers.tolist())))
"""


def hf_card(
    bundle: Bundle,
    task: str,
    head: LinearHead,
    library: str,
    measured: Sequence[Agreement],
) -> str:
    """Return the model card as Markdown with YAML front matter, as the hub reads it."""
    preprocess = bundle.model.backbone.preprocess
    parts = [
        f"---\n{_metadata(bundle, task, library)}\n---\n",
        text_of("hf-card-title", data=dataset_name(bundle), backbone=bundle.model.backbone.card.name) + "\n",
        text_of("hf-card-made", version=__version__, task=task, kind=head.kind) + "\n",
        *_half_width(head),
        text_of("hf-card-use") + "\n",
        *(f"```python\n{code}```\n" for code in usage(library, head, preprocess)),
        *([text_of("hf-card-sentences") + "\n"] if library == SENTENCES else []),
        text_of("hf-card-agreement") + "\n",
        text_of("hf-card-agreement-text", modality=preprocess.modality) + "\n",
        *_agreement_table(measured),
        "\n" + _training(bundle),
    ]
    return "\n".join(parts)


def usage(library: str, head: LinearHead, preprocess: Preprocess) -> list[str]:
    """Return the code that answers with nothing but the library, to be run in the folder: one text for each way."""
    apply = APPLY[head.kind]
    if library == TIMM:
        return [TIMM_CODE.format(apply=apply), IMAGE_PIPELINE_CODE]
    assert isinstance(preprocess, TokenPreprocess)
    text, pairs = text_of("hf-card-example-text"), preprocess.pairs
    if pairs and preprocess.joins_pairs:
        text, pairs = rf"{text}\n{text}", False
    if library == TRANSFORMERS:
        return [(PAIR_PIPELINE_CODE if pairs else TEXT_PIPELINE_CODE).format(text=text)]
    given = f'[("{text}", "{text}")]' if pairs else f'["{text}"]'
    return [SENTENCE_CODE.format(given=given, apply=apply)]


def _half_width(head: LinearHead) -> list[str]:
    """Return the sentence about prediction intervals; empty for classes."""
    if head.half_width is None:
        return []
    return [text_of("hf-card-half-width", half_width=Number.of(float(f"{head.half_width:.3g}"))) + "\n"]


def dataset_name(bundle: Bundle) -> str:
    """Return the name of the data that the bundle was trained on: the name of its folder or table."""
    data = (bundle.config.get("training") or {}).get("data")
    name = PurePosixPath(data).stem if isinstance(data, str) else ""
    return name or text_of("hf-card-unknown-data")


def _metadata(bundle: Bundle, task: str, library: str) -> str:
    from huggingface_hub import ModelCardData

    card, pipeline = bundle.model.backbone.card, modality_named(bundle.model.backbone.preprocess.modality).given
    results = list(_eval_results(bundle, task, pipeline.pipeline_tag))
    data = ModelCardData(
        library_name=library,
        pipeline_tag=pipeline.pipeline_tag,
        tags=["ghep", f"ghep-{__version__}"],
        base_model=base_model(card),
        metrics=sorted({one.metric_type for one in results}) or None,
        model_name=f"{dataset_name(bundle)}-{card.name.rpartition('/')[2]}" if results else None,
        eval_results=results or None,
        **licence_fields(card),
    )
    return str(data.to_yaml())


def _eval_results(bundle: Bundle, task: str, task_type: str) -> Iterator[Any]:
    """Yield each score as huggingface_hub's EvalResult, with its interval and n as arguments and in its name."""
    from huggingface_hub import EvalResult

    name = dataset_name(bundle)
    for split, score, found in scores_of(bundle, task):
        yield EvalResult(
            task_type=task_type,
            dataset_type=re.sub(r"[^\w.-]+", "-", name),
            dataset_name=name,
            dataset_split=split,
            metric_type=METRICS.get(score, score),
            metric_value=found["value"],
            metric_name=_metric_name(score, found),
            metric_args={key: found[key] for key in ("low", "high", "level", "n") if found.get(key) is not None},
        )


def scores_of(bundle: Bundle, task: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (split, name, score) for each score of the model, from the bundle's metrics.json."""
    metrics = read_json(bundle.folder / "metrics.json", error=BundleError, what=Message("model-bundle"))
    splits = metrics.get("scores", {}) if isinstance(metrics, Mapping) else {}
    for split, tasks in splits.items():
        for score, found in tasks.get(task, {}).items():
            whole = "paired" not in found and not score.startswith("unseen_")
            if whole and found.get("value") is not None and "n" in found:
                yield split, score, found


def _metric_name(score: str, found: Mapping[str, Any]) -> str:
    name, n = score.replace("_", " "), str(found["n"])
    if found.get("low") is None:
        return text_of("hf-card-metric-alone", score=name, n=n)
    ends = {"low": f"{found['low']:.3f}", "high": f"{found['high']:.3f}", "level": f"{100 * found['level']:.0f}"}
    return text_of("hf-card-metric", score=name, n=n, **ends)


def _agreement_table(measured: Sequence[Agreement]) -> list[str]:
    lines = [text_of("hf-card-agreement-header"), "|---|---|---|---|---|---|"]
    lines += [
        f"| {one.library} {one.version} | {text_of('hf-card-inputs', kind=one.inputs.replace(' ', '-'))} | {one.n} "
        f"| {one.equal_labels} | {one.largest_difference:.2g} | {one.median_difference:.2g} |"
        for one in measured
    ]
    return lines


def _training(bundle: Bundle) -> str:
    """Return the bundle's card from its first section on; of local paths, only the names of the files."""
    file = bundle.folder / "README.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    start = re.search(r"^## ", text, re.MULTILINE)
    return LOCAL_PATH.sub(r"\1", text[start.start() :]) if start else ""
