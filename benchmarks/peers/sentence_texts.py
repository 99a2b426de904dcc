"""sentence-transformers and scikit-learn: encode the texts, fit a logistic regression on their embeddings.

Follows "Computing Embeddings" in the documentation of Sentence Transformers (``SentenceTransformer.encode`` with its
defaults: batches of 32, sorted by length) and "Logistic regression" in scikit-learn's user guide
(``LogisticRegression`` with its defaults, more iterations allowed). Jobs: feature_extraction, predict.
"""

from __future__ import annotations

from pathlib import Path

import joblib
import torch
from contract import Answer, Job, Stopwatch, asked, reply
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

ENCODER = "encoder"
HEAD = "head.joblib"


def encoder(folder: Path, max_length: int) -> SentenceTransformer:
    """Return the encoder: transformer, mean over the tokens, unit length."""
    model = SentenceTransformer(str(folder))
    model.max_seq_length = max_length
    return model


def check_weights(model: SentenceTransformer, file: Path) -> None:
    """Raise ValueError unless the encoder holds exactly the tensors of ``file``, bit for bit."""
    given = {name: tensor for name, tensor in load_file(file).items() if not name.endswith("position_ids")}
    # The encoder's names have a prefix for the module and one for the transformer inside it.
    held = {name.split(".", 2)[2]: tensor.cpu() for name, tensor in model.state_dict().items()}
    if given.keys() != held.keys():
        raise ValueError(f"the encoder and {file} differ in {sorted(given.keys() ^ held.keys())}")
    changed = [name for name, tensor in given.items() if not torch.equal(tensor, held[name])]
    if changed:
        raise ValueError(f"these tensors of {file} did not arrive: {changed}")


def texts(pairs: list[tuple[str, str]]) -> list[str]:
    return [text for text, _ in pairs]


def fit(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Encode job.train, fit the head, predict job.test, save both parts."""
    folder = Path(job.backbone["folder"])
    model = encoder(folder, job.max_length)
    head = LogisticRegression(max_iter=1000, random_state=job.seed)
    clock.ready()
    check_weights(model, folder / "model.safetensors")
    with clock.phase("train"):
        head.fit(model.encode(texts(job.train)), [label for _, label in job.train])
    with clock.phase("predict"):
        answer.predictions = head.predict(model.encode(texts(job.test))).tolist()
    answer.notes.append(f"logistic regression: {int(head.n_iter_[0])} iterations of at most {head.max_iter}")
    if job.model:
        with clock.phase("save"):
            model.save(str(Path(job.model) / ENCODER))
            joblib.dump(head, Path(job.model) / HEAD)


def predict(job: Job, answer: Answer, clock: Stopwatch) -> None:
    """Predict job.test with the two parts saved earlier."""
    model = encoder(Path(job.model) / ENCODER, job.max_length)
    head = joblib.load(Path(job.model) / HEAD)
    clock.ready()
    with clock.phase("predict"):
        answer.predictions = head.predict(model.encode(texts(job.test))).tolist()


if __name__ == "__main__":
    job, answer, clock = asked()
    {"feature_extraction": fit, "predict": predict}[job.name](job, answer, clock)
    reply(answer, ["sentence-transformers", "scikit-learn", "transformers", "torch"])
