"""The control for texts: which words occur, and a straight line through them. No network, no pretraining.

In: texts and targets. Out: probabilities. TF-IDF of words and pairs of words (Spärck Jones 1972, doi:10.1108/eb026526),
then multinomial logistic regression (one for each class, where a text may have several). On a few thousand sentences
this is hard to beat without pretraining (Wang and Manning 2012, "Baselines and Bigrams", ACL P12-2018), so what a
pretrained network is worth is what it adds to this.

Where words are not set apart by spaces (Chinese, Japanese, Thai ...) one to three characters in a row stand for them.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ghep.errors import DataError
from ghep.metrics import multi_label
from ghep.metrics.calibration import sigmoid, softmax
from ghep.metrics.classification import log_loss
from ghep.tasks.base import labelled

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Units = Literal["words", "characters"]
Labelled = tuple[Sequence[str], NDArray[Any]]
"""Texts (N of them) and targets, (N,) or (N, K), -1 for no label."""

LONGEST: Mapping[Units, int] = {"words": 2, "characters": 3}
"""An n-gram is at most so many units long."""
INVERSE_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Values of C, scikit-learn's inverse of the regularisation, strong to weak."""
UNTUNED = 3.0
"""C where there is nothing to choose by. On five sets of 5,000 to 11,000 texts the best for log loss was 1 to 30."""
TOLERANCE = 1e-5
"""Of the gradient. At scikit-learn's 1e-4 a solution that starts from the one before may end where it starts."""
MANY_TEXTS = 2_000
"""Above this, an n-gram of one text only is left out: it cannot be learnt from, and halves of them are such."""
MAX_FEATURES = 200_000
MAX_WEIGHTS = 5_000_000
"""Features by classes, two of which share a row: L-BFGS holds some 25 vectors of this length in float64, 1 GB. With
more classes the features are the most frequent ones, so that 1,000 classes do not take 40 GB."""
FEWEST_FEATURES = 2_000
"""However many classes there are."""

_PUNCTUATION = r"!-&(-/:-@\[-`{-~¡«»¿،؛؟।॥\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3020\u3030"
WORD = rf"[^\s{_PUNCTUATION}]+|[!?]"
"""What is between spaces and punctuation, and "!" and "?", which tell moods and questions. Not ``\\w+``: that breaks
words of Hindi and others at every vowel sign. The apostrophe stays: "n't" is a word."""
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, kana, Han."""
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, eq=False)
class LinearWords:
    """A fitted control. ``probabilities`` is what it is for; the rest says what it is."""

    units: Units
    """What n-grams are made of, up to ``LONGEST`` in a row."""
    inverse_strength: float
    """Of the regularisation, scikit-learn's C: the one that was chosen."""
    weight: NDArray[np.float64]
    """(P, num_features): a row for each class that occurs in training."""
    bias: NDArray[np.float64]
    """(P,)."""
    valid_loss: Mapping[float, float]
    """Inverse strength -> log loss on the validation texts, for those tried until it rose; empty without them."""
    num_features: int
    num_classes: int
    seconds: float
    """To fit, all of it."""
    vectorizer: Any
    """scikit-learn's ``TfidfVectorizer``, fitted."""
    present: NDArray[np.int64]
    """(P,): which classes these are."""
    exclusive: bool = True
    """A text has one class; else any number of them."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (N, K); a class that no training text had gets 0."""
        found = np.zeros((len(texts), self.num_classes))
        if len(texts):
            turned = softmax if self.exclusive else sigmoid
            found[:, self.present] = turned(self.vectorizer.transform(texts) @ self.weight.T + self.bias)
        return found


def fit_linear_words(
    texts: Sequence[str], targets: NDArray[Any], num_classes: int, *, valid: Labelled | None = None
) -> LinearWords:
    """Fit the control on ``texts`` and ``targets`` (N,), class indices below ``num_classes``; -1 is left out.

    Where a text may have several classes, ``targets`` are rows of 0 and 1 (N, K), and each class is told from all else
    by itself; one that every text has, or none, is answered so always.

    The regularisation with the lowest log loss on ``valid`` is taken: accuracy there is too coarse to tell them apart.
    Validation texts of a class that training has not are left out of that choice. Nothing is drawn: the same input
    gives the same numbers.

    Raises DataError when fewer than two classes are labelled, and when there is no word in any text.

    >>> words = fit_linear_words(["good film", "bad film", "so good", "so bad"], np.array([1, 0, 1, 0]), 2)
    >>> words.units, words.probabilities(["a good one"]).argmax(axis=1).tolist()
    ('words', [1])
    """
    start = time.perf_counter()
    texts, targets = _labelled(texts, targets)
    exclusive = targets.ndim == 1
    present = np.unique(targets) if exclusive else np.arange(num_classes)
    found = len(np.unique(targets, axis=0))
    if found < 2:
        raise DataError(
            f"{len(texts)} labelled texts of {found} class(es): two classes are needed to tell anything apart",
            remedy="label some texts of another class",
        )
    units = units_of(texts)
    rows = 1 if len(present) == 2 else len(present)
    vectorizer = _vectorizer(units, len(texts), min(MAX_FEATURES, max(FEWEST_FEATURES, MAX_WEIGHTS // rows)))
    features = _fitted(vectorizer, texts)
    known = _known(valid, vectorizer, present)
    valid_loss: dict[float, float] = {}
    solutions, loss_of = (_solutions, _loss) if exclusive else (_solutions_of_sets, _loss_of_sets)
    for c, weight, bias in solutions(features, targets, INVERSE_STRENGTHS if known else (UNTUNED,)):
        if known:
            valid_loss[c] = loss_of(known[1], known[0] @ weight.T + bias)
            if valid_loss[c] > min(valid_loss.values()):
                break  # past the best: weaker ones only fit closer, and cost the most steps
        chosen = c, weight, bias
    inverse_strength, weight, bias = chosen
    return LinearWords(
        units=units,
        inverse_strength=inverse_strength,
        weight=weight,
        bias=bias,
        num_features=features.shape[1],
        num_classes=num_classes,
        present=present,
        valid_loss=valid_loss,
        vectorizer=vectorizer,
        seconds=time.perf_counter() - start,
        exclusive=exclusive,
    )


def units_of(texts: Sequence[str]) -> Units:
    """Return "characters" if most texts are mostly in scripts written without spaces between words.

    Texts without a letter do not vote.
    """
    letters = np.array([len(_LETTER.findall(text)) for text in texts])
    unspaced = np.array([len(_UNSPACED.findall(text)) for text in texts])
    votes = (2 * unspaced > letters)[letters > 0]
    return "characters" if 2 * votes.sum() > len(votes) else "words"


def plain(text: str) -> str:
    """Return a text in one form: compatible characters as one (full-width ！ as !), accents composed, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def _labelled(texts: Sequence[str], targets: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    targets = np.asarray(targets)
    kept = np.flatnonzero(labelled(targets))
    return [texts[n] for n in kept.tolist()], targets[kept].astype(np.int64)


def _vectorizer(units: Units, num_texts: int, max_features: int) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        preprocessor=plain,
        analyzer="word" if units == "words" else "char",
        token_pattern=WORD if units == "words" else None,
        ngram_range=(1, LONGEST[units]),
        min_df=2 if num_texts > MANY_TEXTS else 1,
        max_features=max_features,
        sublinear_tf=True,
    )


def _fitted(vectorizer: Any, texts: Sequence[str]) -> csr_matrix:
    try:
        return vectorizer.fit_transform(texts)
    except ValueError as error:  # "empty vocabulary", or all of it too rare
        raise DataError(
            f"no word to learn from in {len(texts)} texts (first: {texts[0]!r:.60})",
            remedy="check that the column of texts is the one meant",
        ) from error


def _known(
    valid: Labelled | None, vectorizer: Any, present: NDArray[np.int64]
) -> tuple[csr_matrix, NDArray[np.int64]] | None:
    """Features and targets, as places in ``present``, of validation texts whose class training knows."""
    if valid is None:
        return None
    texts, targets = _labelled(*valid)
    if targets.ndim == 2:
        return (vectorizer.transform(texts), targets) if texts else None
    kept = np.flatnonzero(np.isin(targets, present))
    if not len(kept):
        return None
    return vectorizer.transform([texts[n] for n in kept.tolist()]), np.searchsorted(present, targets[kept])


def _solutions(
    features: csr_matrix, targets: NDArray[np.int64], strengths: Sequence[float]
) -> Iterator[tuple[float, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield C, weight (P, num_features) and bias (P,), each solved from where the one before ended."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(tol=TOLERANCE, max_iter=5000, warm_start=True)
    for c in strengths:
        # Each step is a few vectors of BLAS: beside busy processes, threads that wait for each other made 1.5 s 27 s.
        with threadpool_limits(1, user_api="blas"):
            model.set_params(C=c).fit(features, targets)
        weight, bias = model.coef_.copy(), model.intercept_.copy()
        if len(weight) == 1:  # two classes share one row: softmax of (0, z) is its sigmoid
            weight, bias = np.concatenate([0 * weight, weight]), np.concatenate([0 * bias, bias])
        yield c, weight, bias


def _loss(targets: NDArray[Any], logits: NDArray[Any]) -> float:
    return float(log_loss(targets, softmax(logits))[0])


def _loss_of_sets(targets: NDArray[Any], logits: NDArray[Any]) -> float:
    return float(multi_label.log_loss(targets, sigmoid(logits))[0])


def _solutions_of_sets(
    features: csr_matrix, targets: NDArray[np.int64], strengths: Sequence[float]
) -> Iterator[tuple[float, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield C, weight (K, num_features) and bias (K,): each class is one question of two answers."""
    told = [k for k in range(targets.shape[1]) if len(np.unique(targets[:, k])) == 2]
    weight, bias = np.zeros((targets.shape[1], features.shape[1])), np.where(targets[0] == 1, np.inf, -np.inf)
    each = [_solutions(features, targets[:, k], strengths) for k in told]
    for solved in zip(*each, strict=True):
        for k, (_, of_two, bias_of_two) in zip(told, solved, strict=True):
            weight[k], bias[k] = of_two[1] - of_two[0], bias_of_two[1] - bias_of_two[0]
        yield solved[0][0], weight.copy(), bias.copy()
