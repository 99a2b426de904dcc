# ghep pretrain: objectives, blocks, settings, the folder that is written.

pretrain-objective-unknown = there is no objective "{ $name }"
    .remedy = { $hint }
pretrain-settings-refused = pretrain cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
pretrain-setting-unknown = pretrain has no setting { LIST($names) }
    .remedy = { $hint }; ghep pretrain --help lists all
setting-pretrain-time_limit = Maximum time of training: 90s, 20m, 1.5h; the learning rates reach their end with it.
setting-passes = Passes over the corpus; with a time limit, the most.
    .allowed = above 0
setting-pretrain-lr = Peak learning rate; 1e-3 from scratch, 1e-4 from a backbone.
setting-pretrain-batch_size = Blocks of text per step.
setting-length = Tokens of a block of text, special tokens included.
    .allowed = a whole number from 8
setting-masking = Share of the tokens that are hidden; 0.25 from scratch, 0.15 from a backbone.
    .allowed = from 0.01 to 0.9
setting-layers = Without --from: number of layers.
    .allowed = a whole number from 1 to 48
setting-width = Without --from: features per token.
    .allowed = a multiple of 16
setting-pretrain-dropout = Without --from: dropout; 0 for few passes, else 0.1.
setting-vocabulary = Without --from: most tokens of the vocabulary.
    .allowed = a whole number from 32
setting-vocabulary_kind = Without --from: wordpiece, bytes (byte-level BPE), unigram, or characters.
setting-column = In a table: the column with the texts.
    .allowed = the name of a column
setting-held_out = Share of the documents that are not trained on, by which the training is judged.
    .allowed = from 0.001 to 0.5
setting-pretrain-out = Folder that is written; default: in runs/, by corpus, objective and time.
setting-pretrain-overwrite = Replace the pretraining in the folder.
setting-pretrain-resume = Continue from the last checkpoint in the folder.
setting-pretrain-workers = Number of threads that draw what is hidden.
pretraining-folder = the folder of a pretraining
pretrain-reading = reading the corpus
pretrain-corpus-line = corpus: { NUMBER($words) } words in { NUMBER($documents) } documents, { NUMBER($held_out) } held out
pretrain-blocks-line = { NUMBER($tokens) } tokens of a vocabulary of { NUMBER($vocabulary) }, in { NUMBER($blocks) } blocks of at most { $length }; { NUMBER($held_out) } held-out blocks
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
pretrain-corpus-without-tokens = the corpus is too small: { $train } blocks to train on, { $held_out } held out
    .remedy = give more text, or hold out more of it (--held-out 0.2)
pretrain-resumed-with-other-settings = { $folder } holds another pretraining: corpus, objective, backbone, seed or settings differ
    .remedy = repeat the command of the first time with --resume, or choose another folder
pretrain-out-is-foreign = { $folder } holds files that are not from a pretraining
    .remedy = choose another folder with --out
pretrain-out-held = { $folder } holds { $finished ->
    [true] a finished pretraining
   *[other] a pretraining that was interrupted
 }
    .remedy = choose another folder with --out, or replace it with --overwrite{ $finished ->
    [true] {""}
   *[other] , or continue it with --resume
 }
pretrained-folder-differs = the folder that was written gives other states than the trained model: they differ by { NUMBER($difference, maximumSignificantDigits: 3) }
setting-documents = How text files are divided into documents: line, paragraph, article, separator, file; default: the first rule that fits.
