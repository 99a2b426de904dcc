"""ELECTRA (Clark et al. 2020, arXiv:2003.10555): which tokens of a text did a small generator replace?

A generator of a quarter of the width predicts masked tokens; what it draws from its prediction takes their place; the
backbone, the discriminator, tells for every token whether it was replaced. Minimised is the generator's cross-entropy
plus 50 times the discriminator's. The two share their embeddings. The discriminator is what is saved, in the names of
``ElectraForPreTraining``; a generator would be a masked language model of a quarter of the width.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ghep.backbone.architecture import Architecture
from ghep.backbone.blocks import evaluating
from ghep.backbone.huggingface import BUILDER, quiet
from ghep.backbone.text import TextBackbone
from ghep.data.corruption import mask_tokens
from ghep.data.loading.batches import batches_in_order
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError
from ghep.metrics.classification import auroc
from ghep.pretrain.blocks import Blocks, split
from ghep.pretrain.borrowed import Borrowing, losses_at, mask_of, own_tensors, read_head
from ghep.pretrain.language_head import LanguageHead, language_head, seeded
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.training.precision import Precision
from ghep.types import Finding

SHARE, KEPT = 0.15, 0.15
"""Share of the tokens that are predicted, and of those the part that the generator sees."""
FACTOR = 50.0
"""Of the discriminator's loss (the paper's section 3.2)."""
NARROWER = 4
"""Width of the discriminator over that of the generator."""


FEW_WORDS = 10_000_000
"""Words below which ELECTRA is not expected to work."""
AT_CHANCE = 0.52
"""AUC up to which the discriminator knows nothing of contexts: of a few hundred replaced tokens, it varies by 0.02."""


class ReplacedTokens:
    """Detect replaced tokens."""

    name = "electra"
    first: int | None = None

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:
        if tokens.mask is None:
            raise ConfigError("pretrain-no-mask-token", objective=self.name)
        self.tokens, self.mask = tokens, tokens.mask
        self.share = options.masking or SHARE

    @cached_property
    def ordinary(self) -> np.ndarray:
        """Ids without special tokens."""
        return np.setdiff1d(np.arange(self.tokens.size), self.tokens.special)

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return generator and detector; the generator is read from ``folder`` if an earlier pretraining wrote it."""
        from transformers import AutoModelForPreTraining

        transformer: Any = backbone.net.model
        kind = transformer.config.model_type
        if kind != "electra":
            raise ConfigError("pretrain-electra-of-other-kind", name=backbone.card.name, kind=kind)
        detector, trained = language_head(
            transformer, AutoModelForPreTraining, seed=seed, folder=folder, objective=self.name
        )
        head = ReplacementHead(detector, generator(transformer, seed=seed))
        return head, folder is None or (trained and read_head(head.generator, folder))

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return what the generator reads (L,), and the tokens that it predicts (L,)."""
        return mask_tokens(
            ids, fixed, rng, mask=self.mask, ordinary=self.ordinary, share=self.share, replaced=0.0, kept=KEPT
        )

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,
    ) -> TokenLosses:
        """Return the generator's losses, and as ``extra`` 50 times the discriminator's mean loss of each block."""
        head = model.head
        assert isinstance(head, ReplacementHead)
        ids = ids.to(model.device)
        targets = _as_wide(targets.to(ids.device), ids)
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=precision.bfloat16):
            states = head.generator(ids.values, attention_mask=mask_of(ids))
            found = losses_at(head.generator.logits, states, targets)
            chances = head.generator.logits(states[targets >= 0].detach()).float().softmax(-1)
        seen, replaced = self.replaced(ids, targets, chances.detach(), rng)
        each = functional.binary_cross_entropy_with_logits(
            self.detected(model, seen, precision), replaced.float(), reduction="none"
        )
        extra = FACTOR * (each * ids.mask).sum(1) / ids.lengths
        return found._replace(extra=extra)

    def replaced(
        self, ids: Padded, targets: torch.Tensor, chances: torch.Tensor, rng: np.random.Generator | None
    ) -> tuple[Padded, torch.Tensor]:
        """Return what the discriminator reads, with tokens drawn from ``chances`` (M, V), and where they differ (N, L).

        Draws without ``rng``, on held-out blocks, depend on the block alone.
        """
        hidden = targets >= 0
        places = hidden.cpu().numpy()
        if rng is not None:
            draws = rng.random(int(places.sum()))
        else:
            rows = ids.values.cpu().numpy(), ids.lengths.tolist(), places.sum(1)
            draws = np.concatenate([_draws(row[:length], count) for row, length, count in zip(*rows, strict=True)])
        drawn = torch.from_numpy(draws).to(chances.device, chances.dtype).unsqueeze(1)
        tokens = torch.searchsorted(chances.cumsum(-1), drawn).squeeze(1).clamp(max=chances.shape[1] - 1)
        original = torch.where(hidden, targets, ids.values)
        values = original.masked_scatter(hidden, tokens)
        return Padded(values, ids.lengths), (values != original)

    def detected(self, model: PretrainingModel, seen: Padded, precision: Precision) -> torch.Tensor:
        """Return the logit (N, L) that a token was replaced."""
        states, head = precision.features(model, seen), model.head
        assert isinstance(states, Padded) and isinstance(head, ReplacementHead)
        logits: torch.Tensor = head.detector(states.values.flatten(0, 1))
        return logits.float().reshape(states.values.shape[:2])

    def measures(
        self, model: PretrainingModel, blocks: Blocks, precision: Precision, *, workers: int = 2
    ) -> dict[str, float]:
        """Return how well the discriminator ranks replaced tokens above others (AUC; 0.5 is guessing).

        ``replaced_auc`` is for tokens that the generator drew, ``random_auc`` for tokens drawn by their frequency. The
        better the generator, the nearer the first comes to 0.5, whatever the discriminator knows. Both are above 0.5 if
        it knows no more than which tokens are drawn more often than written. So ``context_auc`` compares the tokens of
        ``random_auc`` only with other occurrences of the same token: what is known of a token alone cancels. Special
        tokens do not count.
        """
        counts = np.bincount(blocks.ids, minlength=self.tokens.size).astype(np.float64)
        counts[self.tokens.special] = 0
        frequency = torch.from_numpy(counts / counts.sum()).float().to(model.device)
        found: dict[str, list[tuple[np.ndarray, ...]]] = {"replaced_auc": [], "random_auc": []}
        head = model.head
        assert isinstance(head, ReplacementHead)
        with torch.no_grad(), evaluating(model):
            for batch in batches_in_order(blocks, batch_size=16, workers=workers):
                assert isinstance(batch.inputs, Padded)
                ids, targets = split(batch.inputs)
                ids = ids.to(model.device)
                targets = _as_wide(targets.to(ids.device), ids)
                states = head.generator(ids.values, attention_mask=mask_of(ids))
                chances = head.generator.logits(states[targets >= 0]).float().softmax(-1)
                for name, drawn in (("replaced_auc", chances), ("random_auc", frequency.expand(len(chances), -1))):
                    seen, replaced = self.replaced(ids, targets, drawn, None)
                    label = replaced.cpu().numpy()
                    read = seen.values.cpu().numpy()
                    own = label | (ids.mask.cpu().numpy() & ~np.isin(read, self.tokens.special))
                    logits = self.detected(model, seen, precision).cpu().numpy()
                    found[name].append((logits[own], label[own], read[own]))
        each = {name: [np.concatenate(one) for one in zip(*parts, strict=True)] for name, parts in found.items()}
        aucs = {name: _auc(logits, labels) for name, (logits, labels, _) in each.items()}
        return {**aucs, "context_auc": auc_among_equals(*each["random_auc"])}

    def findings(self, *, words: int, measures: Mapping[str, float]) -> list[Finding]:
        """Return warnings if the corpus is small for ELECTRA, and if the discriminator knows nothing of contexts."""
        found = []
        if words < FEW_WORDS:
            found.append(Finding.of("electra-small-corpus", "warning", words=words))
        if not measures["context_auc"] > AT_CHANCE:
            params: dict[str, Any] = dict(measures)
            found.append(Finding.of("electra-at-chance", "warning", **params))
        return found

    def architecture(self, size: Size) -> Architecture:
        """Return an ELECTRA discriminator of this size."""
        config = {
            "vocab_size": self.tokens.size,
            "embedding_size": size.width,
            "hidden_size": size.width,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "intermediate_size": 4 * size.width,
            "max_position_embeddings": size.length,
            "hidden_dropout_prob": size.dropout,
            "attention_probs_dropout_prob": size.dropout,
            "pad_token_id": self.tokens.pad,
        }
        return Architecture(BUILDER, "electra", {"config": config, "pooling": "none"})

    def guessing(self) -> float:
        """Return ln V of the generator, and 50 ln 2 of the discriminator."""
        return log(self.tokens.size) + FACTOR * log(2)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return the discriminator in the names of transformers' class, and the generator's own weights as a head."""
        head = model.head
        assert isinstance(head, ReplacementHead)
        found = head.detector.saved(model)
        return Saved(found.architecture, found.tensors, found.config, own_tensors(head.generator))


class ReplacementHead(nn.Module):
    """The generator, and the layers that detect what it replaced."""

    def __init__(self, detector: LanguageHead, generator: Borrowing) -> None:
        super().__init__()
        self.detector = detector
        self.generator = generator


def generator(transformer: nn.Module, *, seed: int) -> Borrowing:
    """Return a generator of a quarter of the width of the discriminator ``transformer``, with its embeddings."""
    from transformers import AutoConfig, AutoModelForMaskedLM

    config: Any = transformer.config
    heads = max(1, config.num_attention_heads // NARROWER)
    narrower = {
        "num_attention_heads": heads,
        "hidden_size": max(heads, config.hidden_size // NARROWER // heads * heads),
        "intermediate_size": max(1, config.intermediate_size // NARROWER),
    }
    with quiet(), seeded(seed):
        settings = AutoConfig.for_model(**{**config.to_dict(), **narrower})
        whole = AutoModelForMaskedLM.from_config(settings, dtype=torch.float32)
    return Borrowing(whole, transformer, lambda name: name.startswith("embeddings."))


def _as_wide(targets: torch.Tensor, ids: Padded) -> torch.Tensor:
    """Return targets (N, L2), with -1 up to the width of ``ids`` (N, L)."""
    return functional.pad(targets, (0, ids.values.shape[1] - targets.shape[1]), value=-1)


def _draws(ids: np.ndarray, count: int) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(ids.tobytes())).random(int(count))


def _auc(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the AUC; NaN if no token, or every token, was replaced."""
    chances = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return float(auroc(labels.astype(np.int64), np.stack([1 - chances, chances], axis=1))[0])


def auc_among_equals(logits: np.ndarray, labels: np.ndarray, tokens: np.ndarray) -> float:
    """Return the AUC over all pairs of a replaced and another occurrence of the same token; NaN if there is no pair.

    All arrays are (M,). A score that depends on the token alone has 0.5.
    """
    order = np.lexsort((logits, tokens))
    logits, labels, tokens = logits[order], labels[order].astype(bool), tokens[order]
    starts = np.flatnonzero(np.diff(tokens, prepend=-1))
    wins, pairs = 0.0, 0
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        replaced, others = logits[start:end][labels[start:end]], logits[start:end][~labels[start:end]]
        below = np.searchsorted(others, replaced, side="left") + np.searchsorted(others, replaced, side="right")
        wins, pairs = wins + below.sum() / 2, pairs + len(replaced) * len(others)
    return float(wins / pairs) if pairs else float("nan")
