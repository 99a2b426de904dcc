"""Blocks: nothing of a document is lost, none crosses documents, and what is hidden has an address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from ghep.data.loading.views import PLAIN, View
from ghep.pretrain.blocks import NONE, Blocks, make_blocks, split
from ghep.pretrain.tokens import Tokens

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghij"]


@dataclass(frozen=True)
class Doc:
    id: str
    text: str


class Hide:
    """Hides a random token."""

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        place = rng.choice(np.flatnonzero(~fixed))
        targets = np.full(len(ids), NONE)
        targets[place] = ids[place]
        hidden = ids.copy()
        hidden[place] = 4
        return hidden, targets


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    made = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(WORDS[:5])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return Tokens(made.to_str())


def texts(blocks: Blocks, tokens: Tokens) -> list[str]:
    return [tokens.decode(blocks.block(place)) for place in range(len(blocks))]


def test_the_special_tokens_are_known(tokens: Tokens) -> None:
    assert tokens.size == len(WORDS) and tokens.mask == 4 and tokens.end == 3
    assert [part.tolist() for part in tokens.around] == [[2], [3]]
    assert tokens.special.tolist() == [0, 1, 2, 3, 4]


def test_documents_stay_apart_and_a_short_tail_is_not_lost(tokens: Tokens) -> None:
    documents = [Doc("one", "a b c d e f g"), Doc("none", "  "), Doc("two", "h")]
    blocks = make_blocks(documents, tokens, Hide(), length=8)
    assert texts(blocks, tokens) == ["a b c d", "e f g", "h"]
    assert [blocks.name(place) for place in range(3)] == ["one", "one", "two"]
    assert blocks.lengths.tolist() == [6, 5, 3]
    assert blocks.block(2).tolist() == [2, 12, 3]
    assert texts(blocks.some(np.array([2, 0])), tokens) == ["h", "a b c d"]


def test_every_token_is_predicted_once_if_the_next_one_is(tokens: Tokens) -> None:
    plain = Tokenizer.from_str(tokens.content)
    plain.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    blocks = make_blocks([Doc("one", "a b c d e")], Tokens(plain.to_str()), Hide(), length=4, first=3)
    assert [blocks.block(place).tolist() for place in range(2)] == [[3, 5, 6], [6, 7, 8, 9]]


def test_bytes_add_up_to_those_of_the_text(tokens: Tokens) -> None:
    text = " a  b ấm c "
    blocks = make_blocks([Doc("one", text)], tokens, Hide(), length=5, count_bytes=True)
    assert blocks.bytes is not None and len(blocks.bytes) == len(blocks.ids)
    assert blocks.bytes[blocks.bytes >= 0].sum() == len(text.encode())
    assert ((blocks.bytes < 0) == np.isin(blocks.ids, (2, 3))).all()  # [CLS] and [SEP] stand for no text


def test_a_batch_holds_input_ids_and_targets(tokens: Tokens) -> None:
    blocks = make_blocks([Doc("one", "a b c d e"), Doc("two", "f")], tokens, Hide(), length=16)
    ids, targets = split(blocks.inputs(np.array([0, 1]), [PLAIN, PLAIN]))
    assert ids.lengths.tolist() == [7, 3]
    for row in range(2):
        length, place = int(ids.lengths[row]), int((targets[row] >= 0).nonzero())
        assert ids.values[row, place] == 4 and targets[row, place] == blocks.block(row)[place]
        assert (ids.values[row, length:] == 0).all() and (targets[row, length:] == NONE).all()


def test_what_is_hidden_depends_on_the_address_alone(tokens: Tokens) -> None:
    blocks = make_blocks([Doc("one", "a b c d e f g h i j")], tokens, Hide(), length=16)

    def hidden(*seed: int) -> int:
        return int(np.flatnonzero(blocks.corrupted(0, seed)[0] == 4)[0])

    assert hidden(1, 2, 3) == hidden(1, 2, 3)
    assert len({hidden(0, epoch) for epoch in range(20)}) > 3
    alone = blocks.inputs(np.array([0]), [View(None, None, (1, 2, 3))])
    assert int((split(alone)[0].values[0] == 4).nonzero()) == hidden(1, 2, 3)
    assert np.array_equal(blocks.corrupted(0)[0], blocks.corrupted(0)[0])
