# ghep pretrain: objectives, blocks, settings, the folder that is written.

pretrain-objective-unknown = there is no objective "{ $name }"
    .remedy = { $hint }
pretrain-objective-missing = pretrain needs an objective
    .remedy = add --objective with { OR($known) }
pretrain-bn-without-backbone = bn re-estimates the statistics of a backbone, and none was named
    .remedy = name an image backbone with BatchNorm: --from efficientnet-lite0
pretrain-setting-of-other-objective = { $objective } has no setting { OR($names) }
    .remedy = leave it out; { $objective } has { LIST($known) }
pretrain-setting-of-scratch = { LIST($names) }: for a network from random weights only; the backbone that is continued has its own sizes and vocabulary
    .remedy = leave the setting out, or start without --from
pretrain-vectors-from-backbone = { $objective } begins with random vectors and continues no backbone
    .remedy = leave out --from
pretrain-settings-refused = pretrain cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
pretrain-setting-unknown = pretrain has no setting { OR($names) }
    .remedy = { $hint }; ghep pretrain --help lists all
setting-objective = What is learnt: mlm (hidden words), clm (the next word), span, tsdae, electra, bilm; word2vec, fasttext (vectors); bn (BatchNorm statistics of photos).
    .allowed = the name of an objective
setting-pretrain-backbone = Backbone that is continued, with its vocabulary: minilm, hf/NAME, or a folder. Default: random weights and a vocabulary of the corpus.
setting-pretrain-seed = Seed of the weights, of the order and of what is hidden.
help-pretrain-corpus = Unlabelled texts: text files, folders, tables, Parquet; for bn, photos.
command-pretrain = Pretrain a backbone on unlabelled text: language models, word vectors; from random weights or from a backbone (--from).

 ghep pretrain reviews.txt --objective mlm --from minilm --time-limit 20m --out runs/reviews-minilm

 ghep fit labelled.csv --backbone runs/reviews-minilm
setting-pretrain-time_limit = Maximum time of training: 90s, 20m, 1.5h; the learning rates reach their end with it.
setting-passes = Passes over the corpus, with word vectors whole ones (rounded up); with a time limit, the most.
    .allowed = above 0
setting-pretrain-lr = Peak learning rate; 1e-3 from scratch, 1e-4 from a backbone.
setting-pretrain-batch_size = Blocks of text per step.
setting-length = Tokens of a block of text, special tokens included.
    .allowed = a whole number from 8
setting-masking = Share of the tokens that are hidden; 0.25 from scratch, 0.15 from a backbone.
    .allowed = from 0.01 to 0.9
setting-layers = Without --from: number of layers.
    .allowed = a whole number from 1 to 48
setting-width = Without --from: features per token; 256, or 128 below 500,000 words.
    .allowed = a multiple of 16
setting-pretrain-dropout = Without --from: dropout; 0 for few passes, else 0.1.
setting-vocabulary = Without --from: most tokens of the vocabulary.
    .allowed = a whole number from 32
setting-vocabulary_kind = Without --from: wordpiece, bytes (byte-level BPE), unigram, or characters; bilm: words, or characters, which reads spelling.
setting-column = Where the corpus is a table: its column with the texts.
    .allowed = the name of a column
setting-licence = Licence of the corpus, for the card.
    .allowed = text
setting-held_out = Share of the documents that are not trained on, by which the training is judged.
    .allowed = from 0.001 to 0.5
setting-pretrain-out = Folder that is written; default: in runs/, by corpus, objective and time.
setting-pretrain-overwrite = Replace the pretraining in the folder.
setting-pretrain-resume = Continue from the last checkpoint in the folder.
setting-pretrain-workers = Number of threads that draw what is hidden.
pretraining-folder = the folder of a pretraining
pretrain-reading = reading the corpus
pretrain-corpus-line = corpus: { $words ->
    [one] one word
   *[other] { NUMBER($words) } words
 }; { $documents ->
    [one] one document
   *[other] { NUMBER($documents) } documents
 } for training, { NUMBER($held_out) } held out
pretrain-blocks-line = { $tokens ->
    [one] one token
   *[other] { NUMBER($tokens) } tokens
 } of a vocabulary of { NUMBER($vocabulary) }, in { $blocks ->
    [one] one block
   *[other] { NUMBER($blocks) } blocks
 } of at most { $length }; { $held_out ->
    [one] one held-out block
   *[other] { NUMBER($held_out) } held-out blocks
 }
pretrain-interrupted = { $cause }
    .remedy = continue with the same command and --resume --out { $folder }
pretrain-kind-without-head = { $objective } has no head for backbones of the kind { $kind }
    .remedy = try another objective, or start without --from
pretrain-no-mask-token = { $objective } needs a mask token, and the vocabulary of the backbone has none
    .remedy = try --objective clm or tsdae, or start without --from
pretrain-mlm-of-causal = mlm predicts from both sides of a text, and { $name } reads from left to right only
    .remedy = use --objective clm
pretrain-clm-of-bidirectional = clm predicts the next token, and { $name } has read it already: it reads the whole text
    .remedy = use --objective mlm
pretrain-backbone-not-a-transformer = { $name } is no Hugging Face transformer for texts, and only these can be continued
    .remedy = name minilm, hf/NAME or a folder; or start without --from
pretrain-exclude-of-corpus = the corpus was read already, so { $count ->
    [one] the test text
   *[other] the { $count } test texts
 } in exclude cannot be left out of it any more
    .remedy = pass them when it is read: read_corpus(..., exclude=texts), or pass the files to pretrain
pretrain-corpus-without-tokens = the corpus is too small: in its { $train ->
    [one] one block
   *[other] { $train } blocks
 } to train on, or { $held_out } held out, no token can be predicted
    .remedy = give more text, or hold out more of it (--held-out 0.2)
pretrain-resumed-with-other-settings = { $folder } holds another pretraining: corpus, objective, backbone, seed or settings differ
    .remedy = repeat the command of the first time with --resume, or choose another folder
pretrain-out-is-foreign = { $folder } holds files that are not from a pretraining
    .remedy = choose another folder with --out
pretrain-out-held = { $folder } holds { $finished ->
    [true] a finished pretraining
   *[other] a pretraining that was interrupted
 }
    .remedy = { $finished ->
    [true] choose another folder with --out, replace it with --overwrite, or use it as it is with --resume, for instance to finish a comparison of --then
   *[other] choose another folder with --out, or replace it with --overwrite, or continue it with --resume
 }
pretrained-folder-differs = the folder that was written gives other states than the trained model: they differ by { NUMBER($difference, maximumSignificantDigits: 3) }
setting-documents = How text files are divided into documents: line, paragraph, article, separator, file; default: the first rule that fits.
pretrain-no-progress = the loss on held-out text is { NUMBER($after, maximumFractionDigits: 3) } after pretraining and was { NUMBER($before, maximumFractionDigits: 3) } before
    .remedy = train longer, or at a lower rate (--lr); a backbone that knows such text already has little to learn from it
pretrain-not-above-counts = { $level ->
    [nothing] the model has learnt nothing: it needs { NUMBER($loss, maximumFractionDigits: 2) } nats for a token of held-out text, and counts of tokens need { NUMBER($unigram, maximumFractionDigits: 2) }
   *[frequencies] counts of neighbouring tokens predict better than the model: it needs { NUMBER($loss, maximumFractionDigits: 2) } nats for a token of held-out text, counts of tokens { NUMBER($unigram, maximumFractionDigits: 2) }, and counts of pairs { NUMBER($bigram, maximumFractionDigits: 2) }
 }
    .remedy = train longer (--passes, --time-limit), or give more text

# The card and the lines that are printed.

pretrain-card-title = # Pretrained by { $objective } on { $words ->
    [one] one word
   *[other] { NUMBER($words) } words
 }
pretrain-card-what = { $backbone ->
    [none] A network with random weights was
   *[other] { $backbone } was
 } pretrained on unlabelled text with the objective { $objective } by ghep { $version }: { NUMBER($parameters) } parameters, { NUMBER($vocabulary) } tokens. It is a backbone: `ghep fit DATA --backbone FOLDER` trains a head for a task on it.
pretrain-card-corpus = ## Corpus
pretrain-card-documents = - { $documents ->
    [one] one document
   *[other] { NUMBER($documents) } documents
 } for training, { NUMBER($held_out_documents) } held out
pretrain-card-dropped = - { $count ->
    [0] no test text of a task was dropped
    [one] one test text of the task was found in the corpus and dropped
   *[other] { NUMBER($count) } test texts of the task were found in the corpus and dropped
 }
pretrain-card-steps = - { $steps ->
    [one] one step
   *[other] { NUMBER($steps) } steps
 }, { $passes ->
    [one] one pass
   *[other] { NUMBER($passes, maximumFractionDigits: 2) } passes
 } over the corpus, { DURATION($seconds) }, { $precision }, seed { $seed }
pretrain-card-held-out = Predictions of { $tokens ->
    [one] one token
   *[other] { NUMBER($tokens) } tokens
 } of { $blocks ->
    [one] one held-out block
   *[other] { NUMBER($blocks) } held-out blocks
 }, the same ones each time, next to counts of tokens (unigram) and of pairs of tokens (bigram) in the text for training:
pretrain-card-header = | | nats per token | bits per byte |
pretrain-card-row = | { $name } | { $nats_per_token } | { $bits_per_byte } |
pretrain-card-samples = ## Samples
pretrain-sample-written = { $prompt } … { $text }
pretrain-sample-filled = { $masked } → { LIST($filled) }
pretrain-round-line = { $stage }, round { $round }{ $rounds ->
    [0] {""}
   *[other] {" "}of { $rounds }
 }{ $bits ->
    [none] : a loss of { $train } in training, { $held_out } held out
   *[other] : { $train } nats in training, { $held_out } held out, { $bits } bits per byte
 }
pretrain-done-line = pretrained in { DURATION($seconds) }: { $before } nats per token of held-out text before, { $after } after
pretrain-done-bits = bits per byte: { $before } before, { $after } after; counts of tokens { $unigram }, counts of pairs { $bigram }
pretrain-written = backbone: { $folder }
pretrain-use-line = next: ghep fit DATA --backbone { $folder }
