"""AutoGluon: ``MultiModalPredictor`` on a table with one column of text.

Follows "Few Shot Classification with AutoMM" for feature_extraction (``problem_type="few_shot_classification"``: the
encoder's features, averaged over the tokens, then a support vector machine) and "Customize AutoMM" for full (its
defaults: learning rate 1e-4, less for lower layers; the best checkpoints averaged). It holds out a part of job.train
for model selection. Jobs: feature_extraction, full, predict.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import torch
from autogluon.multimodal import MultiModalPredictor
from contract import Answer, Job, Stopwatch, asked, reply
from safetensors.torch import load_file


def hyperparameters(job: Job) -> dict[str, object]:
    """Return the job's settings; the rest are AutoGluon's defaults. The encoder was pretrained with mean pooling."""
    return {
        "model.names": ["hf_text"],
        "model.hf_text.checkpoint_name": job.backbone["folder"],
        "model.hf_text.pooling_mode": "mean",
        "model.hf_text.max_text_len": job.max_length,
        "optim.max_epochs": job.epochs,
        "env.per_gpu_batch_size": job.batch_size,
        "env.batch_size": job.batch_size,
    }


def table(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["text", "label"])


def check_weights(predictor: MultiModalPredictor, file: Path) -> None:
    """Raise ValueError unless the encoder's matrices are still close to those of ``file``: none started at random."""
    held = dict(predictor._learner._model.model.state_dict())
    given = {
        name: tensor for name, tensor in load_file(file).items() if tensor.ndim == 2 and tensor.is_floating_point()
    }
    wrong = [name for name, tensor in given.items() if name not in held or cosine(tensor, held[name]) < 0.9]
    if wrong:
        raise ValueError(f"these tensors of {file} did not arrive: {wrong}")


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.cosine_similarity(one.flatten(), other.float().cpu().flatten(), dim=0))


def fit(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Train on job.train, predict job.test; AutoGluon saves the model while it trains."""
    with tempfile.TemporaryDirectory() as scratch:
        problem = "few_shot_classification" if job.name == "feature_extraction" else None
        path = job.model or str(Path(scratch) / "predictor")
        predictor = MultiModalPredictor(label="label", problem_type=problem, path=path, warn_if_exist=False)
        clock.ready()
        with clock.phase("data"):
            train, test = table(job.train), table(job.test)
        with clock.phase("train"):
            predictor.fit(train, hyperparameters=hyperparameters(job), seed=job.seed)
        check_weights(predictor, Path(job.backbone["folder"]) / "model.safetensors")
        with clock.phase("predict"):
            answer.predictions = predictor.predict(test.drop(columns="label")).tolist()
    answer.notes.append("the model is built and saved inside fit: train holds both")


def predict(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Predict job.test with the model saved earlier."""
    predictor = MultiModalPredictor.load(job.model)
    clock.ready()
    with clock.phase("predict"):
        answer.predictions = predictor.predict(table(job.test).drop(columns="label")).tolist()


if __name__ == "__main__":
    job, answer, clock = asked()
    {"feature_extraction": fit, "full": fit, "predict": predict}[job.name](job, answer, clock)
    reply(answer, ["autogluon.multimodal", "transformers", "lightning", "scikit-learn", "torch"])
