# Reading a corpus for pretraining.

corpus-missing = the corpus { $path } does not exist
    .remedy = pass a text file, a table with a column of texts, or a folder of these
corpus-without-files = no text file (.txt) and no table in { LIST($paths) }
    .remedy = name the files themselves if they have other suffixes; archives must be unpacked
corpus-not-text = { $path } is not a text file: it begins like an archive, document or image, or contains control characters
    .remedy = unpack it, or save it as plain text in UTF-8
corpus-column-unclear = { $table }: which column holds the texts of the corpus? found { $count ->
    [one] the column { LIST($columns) }
   *[other] the columns { LIST($columns) }
 }
    .remedy = name it: --column (column=...); if this table is not part of the corpus, name the files that are
corpus-empty = no text in { LIST($places) }{ $count ->
    [0] { "" }
    [one] { " " }(one document cannot be used)
   *[other] { " " }({ $count } documents cannot be used)
 }
    .remedy = check that this is the right file, and for a table the right column (--column)
corpus-all-leaks = { $count ->
    [one] the only document of the corpus
   *[other] every one of the { $count } documents of the corpus
 } contains a test text of the task
    .remedy = use another corpus: pretraining on the test texts would make the score meaningless
corpus-too-short = the corpus is too short to hold out a part of it: { $text }
    .remedy = use a longer corpus; below 100,000 words pretraining seldom helps
corpus-rule-unknown = no way to divide text files into documents is called { $rule }; { $hint }
    .remedy = leave it out to let ghep decide, or use one of line, paragraph, article, separator and file
corpus-not-paths = a corpus is a path, or a list of paths; found { $found }
    .remedy = write the texts to a file first, for instance table[["text"]].to_parquet("corpus.parquet"), and pass its path
corpus-exclude-invalid = exclude has to be the test texts, as a list of strings; found { $found }
    .remedy = pass the texts themselves: exclude=table["text"].dropna().tolist()
corpus-share-impossible = the share of the corpus that is held out is { $share }, expected a number above 0 and below 1
    .remedy = 0.05 is usual

corpus-documents = { $files ->
    [one] { $name } is
   *[other] { $files } files are
 } read as { $count ->
    [one] 1 document
   *[other] { $count } documents
 }{ $rule ->
    [line] , one a line
    [paragraph] , separated by blank lines
    [article] , each beginning with a heading
    [separator] , separated by <|endoftext|>
    [row] , one a row, from the column { LIST($columns) }
   *[file] , one a file
 }
corpus-short-documents = half of the documents have at most { $median } words, such as { $text }
    .remedy = if lines are not documents, say how the files are divided: --documents paragraph or --documents file
corpus-few-documents = { $count ->
    [one] the corpus is one document: its last { NUMBER($share, style: "percent") } is held out
   *[other] the corpus has { $count } documents only: the last { NUMBER($share, style: "percent") } of each is held out
 }, so held-out text resembles the training text more than other documents would
    .remedy = if the file has more documents, say how it is divided: --documents line or --documents paragraph
corpus-end-of-document = { $document } (end)
corpus-documents-unusable = { $count ->
    [one] 1 document cannot be used and is left out
   *[other] { $count } documents cannot be used and are left out
 } ({ LIST($reasons) })
corpus-copies = { $count ->
    [one] 1 document is an exact copy of another and is left out
   *[other] { $count } documents are exact copies of others and are left out
 }: { $first }
corpus-leaks = { $count ->
    [one] 1 test text of the task is
   *[other] { $count } test texts of the task are
 } in the corpus, in { $documents ->
    [one] 1 document
   *[other] { $documents } documents
 }; the lines with them were dropped: { $first }
    .remedy = nothing to do; reworded copies are not found, so where many texts were found, prefer another corpus
corpus-leak = { $document } { $how ->
    [whole] is
    [part] contains
   *[edited] contains, with edits,
 } test text { $number }: { $text }
corpus-files-ignored = { $count ->
    [one] 1 file in { $folder } is
   *[other] { $count } files in { $folder } are
 } neither a text file (.txt) nor a table, and left out: { $first }{ $count ->
    [one] { "" }
   *[other] { ", ..." }
 }
    .remedy = to read such a file as text, name it itself
corpus-splits-left-out = { $count ->
    [one] 1 part of { $place } is
   *[other] { $count } parts of { $place } are
 } named valid or test and left out: { $first }{ $count ->
    [one] { "" }
   *[other] { ", ..." }
 }
    .remedy = to pretrain on these texts too, name the files themselves

corpus-source = { LIST($names) }: { $documents ->
    [one] 1 document
   *[other] { $documents } documents
 }, { $words ->
    [one] 1 word
   *[other] { $words } words
 }
corpus-licence = licence, as told by the user: { $licence }
corpus-licence-unknown = licence: not told
