# ghep pretrain --objective word2vec and fasttext.

setting-dim = Word vectors: numbers per vector; 100.
    .allowed = a whole number from 1 to 2,000
setting-window = Word vectors: most words on each side that are a word's context; 5.
    .allowed = a whole number from 1 to 100
setting-negatives = Word vectors: random words that each word is distinguished from; 5.
    .allowed = a whole number from 1 to 100
setting-min_count = Word vectors: occurrences that a word needs; 5, or 2 below a million words.
    .allowed = a whole number from 1
setting-sample = Word vectors: share of the corpus from which on a word is left out at times; 0.001. 0: none is.
    .allowed = from 0 to 1
setting-buckets = fastText: rows that the character n-grams share; 200,000.
    .allowed = a whole number from 1 to 10,000,000

vectors-setting-unknown = { $objective } has no setting { OR($names) }
    .remedy = { $hint }
vectors-buckets-without-ngrams = buckets are those of character n-grams, which only --objective fasttext has
vectors-vocabulary-too-small = { $kept ->
    [0] no word
    [one] one word
   *[other] { $kept } words
 } of the { NUMBER($words) } in the corpus { $kept ->
    [0] occurs
    [one] occurs
   *[other] occur
 } at least { $least ->
    [one] once
   *[other] { $least } times
 }, and word vectors need two
    .remedy = give more text, or set --min-count lower
vectors-diverged = the word vectors became infinite after { $steps ->
    [one] one batch
   *[other] { NUMBER($steps) } batches
 }, at a learning rate of { DIGITS($lr) }
    .remedy = set --lr lower; 0.025 is usual
vectors-interrupted = training was stopped on request after { $steps ->
    [one] one batch
   *[other] { NUMBER($steps) } batches
 }, in pass { $epoch }
vectors-saved = { $cause }
    .remedy = continue with the same command and --resume --out { $folder }
vectors-word-unknown = no vector for the word "{ $word }"
    .remedy = { $hint }; words are lower-cased, and the rarest have no vector
vectors-not-judged = no held-out document has two known words within a window, so nothing says what the vectors have learnt
    .remedy = give more text, or hold out more of it (--held-out 0.2)
vectors-text-not-split = the text is not divided into words: { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of its letters are in strings of several Chinese, Japanese, Thai or Khmer words without a space, each of which counts as one word
    .remedy = put spaces between the words with a segmenter (such as jieba, fugashi or pythainlp), here and in the texts of the task; or use an objective with a vocabulary of pieces: mlm
vectors-learnt-nothing = the vectors predict the words around a word no better than word frequencies do: a held-out loss of { DIGITS($after) } against { DIGITS($unigram) }
    .remedy = give more text or more passes; if the order of the words is random, there is nothing to learn
vectors-phase = words
vectors-corpus-line = { $words ->
    [one] one word
   *[other] { NUMBER($words) } words
 } with a vector, { NUMBER($vocabulary) } different; { $passes ->
    [one] one pass
   *[other] { DIGITS($passes) } passes
 }
vectors-round-line = { $part } %: loss { DIGITS($train) }, { DURATION($seconds) }
vectors-round-line-held = { $part } %: loss { DIGITS($train) }, held out { DIGITS($held_out) }, { DURATION($seconds) }
vectors-judged-line = held-out loss { DIGITS($after) } per pair of words ({ $pairs ->
    [one] one pair
   *[other] { NUMBER($pairs) } pairs
 }); word frequencies alone { DIGITS($unigram) }, random vectors { DIGITS($guessing) }
vectors-lines-head = { $what ->
    [neighbours] words and the words nearest to them, some of each frequency:
   *[analogies] analogies, the three nearest words each:
}
vectors-neighbours-line = { $word }: { $neighbours }
vectors-analogy-line = { $a } : { $b } = { $c } : { $found }

vectors-card-title = # { $objective } vectors of { NUMBER($vocabulary) } words
vectors-card-use = `ghep fit TABLE --backbone FOLDER` uses them as frozen features: a text is the mean of its words' vectors. `{ $file }` is in word2vec's text form.
vectors-card-use-ngrams = `ghep fit TABLE --backbone FOLDER` uses them as frozen features: a text is the mean of its words' vectors. `{ $file }` is in word2vec's text form; `{ $binary }` is in fastText's binary form and has a vector for any word.
vectors-card-corpus = ## Corpus
vectors-card-training = ## Training
vectors-card-settings = Skip-gram with negative sampling: { $dim } dimensions, window { $window }, { $negatives ->
    [one] one negative
   *[other] { NUMBER($negatives) } negatives
 }, words with at least { $min_count ->
    [one] one occurrence
   *[other] { NUMBER($min_count) } occurrences
 }, { $passes ->
    [one] one pass
   *[other] { DIGITS($passes) } passes
 } over { NUMBER($tokens) } words in { DURATION($seconds) }, seed { $seed }, ghep { $version }.
vectors-card-neighbours = ## Neighbours
vectors-card-head = | word | nearest |
