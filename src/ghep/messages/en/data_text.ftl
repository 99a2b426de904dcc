# The audit of texts.

mojibake = { $count ->
    [one] 1 text spells
   *[other] { $count } texts spell
 } letters as two characters (Ã© for é, Рћ for О): UTF-8 that was decoded with another encoding before it was saved
    .remedy = export the data again from the source, or repair the texts: the file contains these characters
control-characters = { $count ->
    [one] 1 text contains
   *[other] { $count } texts contain
 } control characters (U+0080 to U+009F), which stand for quotation marks and dashes in cp1252
    .remedy = if --encoding latin-1 was given, use cp1252; otherwise the data contain them: export the data again
lost-characters = { $count ->
    [one] 1 text contains
   *[other] { $count } texts contain
 } U+FFFD, which replaces characters lost in a conversion or a cut
    .remedy = export the data again from the source
markup = { $count ->
    [one] 1 text contains
   *[other] { $count } texts contain
 } HTML tags or entities
    .remedy = remove them, unless the texts to be predicted contain them too
short-texts = half of the texts have no more than { NUMBER($median, maximumFractionDigits: 0) } characters
    .remedy = check that they are from the right column: --text
class-of-one-text = { $count ->
    [one] 1 class consists of one text, repeated
   *[other] { $count } classes consist of one text each, repeated
 }
    .remedy = collect other examples of { $count ->
        [one] it
       *[other] them
     }

trait-length-characters = length in characters
trait-length-words = length in words

# Loading.

text-unsupported-type = expected text, a path or bytes, got { $type }
text-not-a-pair = the model was trained on pairs of texts, and this is one text
text-is-a-pair = the model was trained on single texts, and this is a pair of texts
text-of-pair = the { $side ->
    [first] first
   *[second] second
 } text: { $detail }
text-too-many-bytes = the text has { $found } bytes, more than the limit of { $limit } characters allows
text-too-many-characters = { $found } characters; at most { $limit } are read
text-missing = no such file
text-unreadable = { $cause }
text-is-utf-8 = it is UTF-8, not { $encoding }
text-utf-16 = it begins with a byte order mark of UTF-16; it looks like utf-16
text-zero-byte = a zero byte, at byte { $at }
text-not-utf-8 = byte { $byte } at { NUMBER($at, useGrouping: 0) } is not { $encoding }; it looks like { $likely }, which reads { $example }
text-not-in-encoding = byte { $byte } at { NUMBER($at, useGrouping: 0) } is not { $encoding }
text-bytes-not-in-encoding = it is not { $encoding }: { $cause }
text-only-spaces = no characters but spaces
text-no-characters = no characters
text-zero-character = a zero character, at { $at }
text-control-characters = { NUMBER($count, useGrouping: 0) } of { NUMBER($total, useGrouping: 0) } characters are control characters
encoding-unknown = unknown text encoding { $name }
    .remedy = { $hint }

# Tokens.

text-input-tokens = up to { NUMBER($length, useGrouping: 0) } tokens{ $kept ->
    [head] { "" }
    [tail] { " " }(of longer texts, the end)
   *[both] { " " }(of longer texts, the beginning and the end)
 }
text-input-words = up to { NUMBER($length, useGrouping: 0) } words of { $letters } letters{ $kept ->
    [head] { "" }
    [tail] { " " }(of longer texts, the end)
   *[both] { " " }(of longer texts, the beginning and the end)
 }
text-setting-vocabulary = vocabulary
text-setting-vocabulary-value = { $count } tokens
text-setting-scripts = scripts
truncate-of-pairs = truncate=head+tail is for single texts, and these are pairs of texts
    .remedy = choose head or tail: a pair that is too long loses tokens of its longer text first
no-room-for-pair = max_length={ NUMBER($length, useGrouping: 0) } leaves no room for a pair of texts: { $special } positions are special tokens
    .remedy = choose a larger max_length, such as 128
tokenizer-of-bundle-invalid = the tokenizer of the bundle cannot be read ({ $type }: { $cause })
    .remedy = copy the bundle again; nothing was loaded
token-settings-range = max_length is { $length }, expected at least 1; the id of the unknown token is { $unknown ->
    [none] not set
   *[other] { $unknown }, expected an id in the vocabulary
 }
token-setting-invalid = { $key } is { $value }, expected a whole number from 0 to 1,000,000
truncate-invalid = truncate must be { OR($known) }, not { $found }
text-config-invalid = preprocessor_config.json cannot be read
    .remedy = copy the bundle again
tokenizer-not-text = { $path } cannot be read: { $cause }
    .remedy = download tokenizer.json again
tokenizer-invalid = the tokenizer cannot be read: { $cause }
    .remedy = download tokenizer.json again
tokenizers-missing = texts need the package tokenizers
    .remedy = pip install "ghep[text]"
vocabulary-without-unknown = a vocabulary must begin with { $unknown }; this one begins with { $found ->
    [nothing] nothing
   *[other] { $found }
 }
    .remedy = put "{ $unknown }" first, at index 0, and a row of zeros at the beginning of the vectors
vocabulary-duplicate = the vocabulary contains { $word } twice
    .remedy = keep the first of them

token-report = { NUMBER($tokens, maximumFractionDigits: 0, useGrouping: 0) } tokens per text, { $per_word ->
    [none] { "" }
   *[other] { NUMBER($per_word, minimumFractionDigits: 2, maximumFractionDigits: 2) } per word,{ " " }
 }{ NUMBER($unknown, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } unknown, { NUMBER($foreign, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of letters in scripts outside the vocabulary; { $cut_texts ->
    [0] none
   *[other] { NUMBER($cut_texts, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) }
 } truncated at { NUMBER($length, useGrouping: 0) }{ $cut_texts ->
    [0] { "" }
   *[other] { " " }({ NUMBER($cut_tokens, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of the tokens)
 }
token-report-whole = { NUMBER($tokens, maximumFractionDigits: 0, useGrouping: 0) } tokens per text, { $per_word ->
    [none] { "" }
   *[other] { NUMBER($per_word, minimumFractionDigits: 2, maximumFractionDigits: 2) } per word,{ " " }
 }{ NUMBER($unknown, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } unknown, { NUMBER($foreign, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of letters in scripts outside the vocabulary
token-report-line = texts: { $report }
domain-mismatch = the backbone's vocabulary does not fit these texts: { $reasons }
    .remedy = use a backbone pretrained on this language or field (a multilingual one covers most), and compare with linear_ngrams
mismatch-unknown = { NUMBER($share, style: "percent") } of the tokens are unknown (not in the vocabulary)
mismatch-scripts = { NUMBER($share, style: "percent") } of the letters are in scripts that almost no entry of the vocabulary uses
mismatch-pieces = on average, the tokenizer splits a word into { NUMBER($pieces, minimumFractionDigits: 2, maximumFractionDigits: 2) } pieces (usual: 1.1 to 1.2)
mismatch-two = { $first }; { $second }
texts-cut = { NUMBER($texts, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of the texts are longer than { $length } positions: { NUMBER($tokens, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of the tokens are truncated, { $kept ->
    [head] at the end
    [tail] at the beginning
   *[both] in the middle
 }
    .remedy = { $kept ->
        [head] keep the other end or both ends (--truncate tail, head+tail), split long texts, or use a backbone for longer ones (or a higher --max-length)
       *[other] split long texts, or use a backbone for longer ones (or a higher --max-length)
     }
pairs-joined = this backbone cannot separate two texts: it reads each pair as one text, the second on a new line
    .remedy = to mark where the second text begins, use a backbone of the BERT, RoBERTa or T5 family

# The control.

texts-one-number = all numbers of { $count } labelled texts are equal: a linear model needs two different ones
    .remedy = check the labels
texts-one-class = { $count ->
    [one] 1 labelled text
   *[other] { $count } labelled texts
 } of { $classes ->
    [one] 1 class
   *[other] { $classes } classes
 }; the linear control needs at least two classes
    .remedy = label some texts of another class
texts-without-words = no word to learn from in { $count ->
    [one] 1 text
   *[other] { $count } texts
 } (first: { $first })
    .remedy = check that the texts are from the right column

# What may be passed to predict.

predict-texts-remedy = pass files, a folder of *.txt, a table, or a glob in quotes; to pass words, use standard input: echo "some words" | ghep predict BUNDLE -
other-text = a text about something unrelated
text-not-in-json = a value of type { $found }; expected a text, or a list of two texts
    .remedy = send a text
