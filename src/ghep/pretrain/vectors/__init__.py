"""Word vectors from unlabelled texts: skip-gram with negative sampling, with or without character n-grams.

    words.py        documents to words, split exactly as the backbone of word vectors splits texts
    windows.py      which words are each other's context, and which are drawn as negatives
    skip_gram.py    the two matrices and the step that trains them
    judged.py       the loss on held-out documents, next to that of word frequencies
    training.py     the loop: learning rate, time limit, checkpoints
    word_space.py   neighbours and analogies
    files.py        what is written: word2vec text, fastText binary, card
    pretrain.py     all of it in order

``--objective word2vec`` is arXiv:1310.4546, ``fasttext`` is arXiv:1607.04606.
"""
