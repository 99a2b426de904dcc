"""Hugging Face Trainer: a classification head on the encoder, trained with it or on top of it.

Follows "Text classification" in the documentation of Transformers: ``AutoModelForSequenceClassification``, dynamic
padding by ``DataCollatorWithPadding``, ``Dataset.map`` in batches, learning rate 2e-5, weight decay 0.01, evaluation
after each epoch. Checkpoints are not written and the best epoch is not selected, because the labels of job.test choose
nothing. Layers are frozen by ``requires_grad_(False)``. Prediction with a saved model is the page's ``pipeline``, in
batches. Jobs: light, full, feature_extraction, predict.
"""

from __future__ import annotations

import tempfile

from contract import Answer, Job, Stopwatch, asked, reply
from datasets import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    pipeline,
    set_seed,
)

FINE_TUNING_RATE = 2e-5
"""The learning rate of the page."""
HEAD_RATE = 1e-3
"""For a head on a frozen encoder: the pages only name rates for encoders, so this is a common default of Adam."""
HEAD = {"classifier.weight", "classifier.bias"}


def pretrained(job: Job) -> PreTrainedModel:
    """Return the encoder with a new head. Raise ValueError unless all tensors were loaded and only the head is new."""
    labels = dict(enumerate(job.classes))
    model, loading = AutoModelForSequenceClassification.from_pretrained(
        job.backbone["folder"],
        num_labels=len(labels),
        id2label=labels,
        label2id={label: i for i, label in labels.items()},
        output_loading_info=True,
    )
    strays = {name for name in loading["unexpected_keys"] if not name.endswith("position_ids")}
    if set(loading["missing_keys"]) != HEAD or strays or loading["mismatched_keys"]:
        raise ValueError(f"the encoder's weights did not arrive whole: {loading}")
    return model


def freeze(model: PreTrainedModel, job: Job) -> None:
    """Freeze what the job does not train. BERT's pooler is in no block: only a fully frozen encoder freezes it."""
    if job.name == "feature_extraction":
        model.base_model.requires_grad_(False)
    if job.name == "light":
        for name in (module for block in job.blocks[: -job.thawed_blocks] for module in block):
            model.base_model.get_submodule(name).requires_grad_(False)


def tokenized(pairs: list[tuple[str, str]], job: Job, tokenizer: PreTrainedTokenizerBase) -> Dataset:
    columns = {"text": [text for text, _ in pairs], "label": [job.classes.index(label) for _, label in pairs]}
    return Dataset.from_dict(columns).map(
        lambda rows: tokenizer(rows["text"], truncation=True, max_length=job.max_length), batched=True
    )


def arguments(job: Job, folder: str) -> TrainingArguments:
    return TrainingArguments(
        output_dir=folder,
        learning_rate=HEAD_RATE if job.name == "feature_extraction" else FINE_TUNING_RATE,
        per_device_train_batch_size=job.batch_size,
        per_device_eval_batch_size=job.batch_size,
        num_train_epochs=job.epochs,
        weight_decay=0.01,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none",
        seed=job.seed,
    )


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    return {"accuracy": float((prediction.predictions.argmax(axis=1) == prediction.label_ids).mean())}


def fine_tune(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Train on job.train, evaluate on job.test after each epoch, predict job.test, save the model."""
    set_seed(job.seed)
    tokenizer = AutoTokenizer.from_pretrained(job.backbone["folder"])
    model = pretrained(job)
    freeze(model, job)
    clock.ready()
    with clock.phase("data"):
        train, test = tokenized(job.train, job, tokenizer), tokenized(job.test, job, tokenizer)
    with clock.phase("train"), tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=arguments(job, folder),
            train_dataset=train,
            eval_dataset=test,
            processing_class=tokenizer,
            data_collator=DataCollatorWithPadding(tokenizer=tokenizer),
            compute_metrics=accuracy,
        )
        trainer.train()
    with clock.phase("predict"):
        answer.predictions = [job.classes[i] for i in trainer.predict(test).predictions.argmax(axis=1)]
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    answer.notes.append(f"learning rate {trainer.args.learning_rate:g}; {trained:,} parameters trained")
    if job.model:
        with clock.phase("save"):
            trainer.save_model(job.model)


def predict(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Predict job.test with the model saved earlier."""
    classifier = pipeline("text-classification", model=job.model)
    clock.ready()
    with clock.phase("predict"):
        given = [text for text, _ in job.test]
        found = classifier(given, batch_size=job.batch_size, truncation=True, max_length=job.max_length)
        answer.predictions = [one["label"] for one in found]


if __name__ == "__main__":
    job, answer, clock = asked()
    {"light": fine_tune, "full": fine_tune, "feature_extraction": fine_tune, "predict": predict}[job.name](
        job, answer, clock
    )
    reply(answer, ["transformers", "accelerate", "datasets", "torch"])
