"""SetFit: contrastive training of the encoder, then a logistic regression on its embeddings.

Follows "Quickstart", "SetFit Sampling Strategies" and "Trainer Classes" in the documentation of SetFit. By default it
draws every pair of examples once: 36 million pairs of 8,500 sentences. ``max_steps``, documented on the last page,
limits this: the job's epochs are counted in sentences, two to a pair, so that SetFit reads as many as a tool that
trains on single sentences. feature_extraction is its second phase without the first (``Trainer.train_classifier``): the
encoder is unchanged. Jobs: fine_tune (also under the name full), feature_extraction, predict.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import torch
from contract import Answer, Job, Stopwatch, asked, reply
from datasets import Dataset
from safetensors.torch import load_file
from setfit import SetFitModel, Trainer, TrainingArguments


def pretrained(job: Job) -> SetFitModel:
    """Return the encoder with a new head. Raise ValueError unless every tensor of its file was loaded, bit for bit."""
    file = Path(job.backbone["folder"]) / "model.safetensors"
    model = SetFitModel.from_pretrained(job.backbone["folder"], labels=job.classes)
    model.model_body.max_seq_length = job.max_length
    given = {name: tensor for name, tensor in load_file(file).items() if not name.endswith("position_ids")}
    # The encoder's names have a prefix for the module and one for the transformer inside it.
    held = {name.split(".", 2)[2]: tensor.cpu() for name, tensor in model.model_body.state_dict().items()}
    wrong = [name for name in given.keys() | held.keys() if name not in given or name not in held]
    wrong += [name for name in given.keys() & held.keys() if not torch.equal(given[name], held[name])]
    if wrong:
        raise ValueError(f"these tensors of {file} did not arrive: {sorted(wrong)}")
    return model


def arguments(job: Job, folder: str) -> TrainingArguments:
    """Return SetFit's defaults (learning rate 2e-5, a tenth of the steps for warm-up), except batch size and steps."""
    return TrainingArguments(
        output_dir=folder,
        batch_size=job.batch_size,
        max_steps=math.ceil(job.epochs * len(job.train) / (2 * job.batch_size)),
        save_strategy="no",
        report_to="none",
        seed=job.seed,
    )


def train(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Train on job.train, predict job.test, save the model."""
    model = pretrained(job)
    clock.ready()
    with clock.phase("data"):
        columns = {
            "text": [text for text, _ in job.train],
            "label": [job.classes.index(label) for _, label in job.train],
        }
        dataset = Dataset.from_dict(columns)
    with clock.phase("train"), tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(model=model, args=arguments(job, folder), train_dataset=dataset)
        if job.name == "feature_extraction":
            trainer.train_classifier(*trainer.dataset_to_parameters(dataset))
        else:
            trainer.train()
            answer.notes.append(f"{trainer.args.max_steps} steps of {job.batch_size} pairs")
    with clock.phase("predict"):
        answer.predictions = model.predict([text for text, _ in job.test])
    if job.model:
        with clock.phase("save"):
            model.save_pretrained(job.model)


def predict(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Predict job.test with the model saved earlier."""
    model = SetFitModel.from_pretrained(job.model)
    clock.ready()
    with clock.phase("predict"):
        answer.predictions = model.predict([text for text, _ in job.test])


if __name__ == "__main__":
    job, answer, clock = asked()
    {"fine_tune": train, "full": train, "feature_extraction": train, "predict": predict}[job.name](job, answer, clock)
    reply(answer, ["setfit", "sentence-transformers", "scikit-learn", "transformers", "torch"])
