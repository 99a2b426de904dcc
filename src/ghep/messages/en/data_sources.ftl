# Columns of tables.

name-list = { $names }{ $more ->
    [0] { "" }
   *[other] , ... ({ $count } in total)
 }
column-names = { $count ->
    [one] column { $names }
   *[other] columns { LIST($names) }
 }
no-such-column = { $table } has no column '{ $column }'
images-and-texts-named = both a column of images, '{ $path }', and one of texts, '{ $text }', were named
    .remedy = name one, path_column (--path-column) or text_column (--text): a model takes one of them
column-named-twice = column '{ $column }' was named twice; examples, labels and splits need separate columns
    .remedy = name it once, or name another column
which-column = { $table }: which column holds the { $modality ->
    [text] texts
   *[image] images
 }? ({ $candidates ->
    [0] looked for { $usual }, ...; found { $columns }
   *[other] they could be in { $columns }
 })
    .remedy = name it: { $modality ->
        [text] text_column (--text)
       *[image] path_column (--path-column)
    }
several-content-columns = { $table }: { $images ->
    [0] texts could be in { $text_columns }
   *[other] images could be in { $image_columns }{ $texts ->
        [0] { "" }
       *[other] { " and" } texts could be in { $text_columns }
    }
 }
    .remedy = name one: { $images ->
        [0] text_column (--text)
       *[other] path_column (--path-column){ $texts ->
            [0] { "" }
           *[other] { " or" } text_column (--text)
        }
    }
no-content-column = { $table } has no column of images or of texts (looked for { $usual }, ...; found { $found })
    .remedy = name it: path_column (--path-column) or text_column (--text){ $likely ->
        [0] { "" }
       *[other] ; texts could be in { $text_columns }
    }
columns-of-pairs = { $table } holds pairs of texts, '{ $first }' and '{ $second }': should the model read both, or one?
    .remedy = name both or one, text_column: --text { $first_option } --text { $second_option }
images-as-numbers = { $table } holds images as numbers, in { $count ->
    [one] column '{ $first }'
   *[other] the columns '{ $first }' to '{ $last }'
 }, and ghep reads image files
    .remedy = save each row as a PNG, and write a table of path and label
no-header = { $table }: the first line looks like data, not like column names: { $cells }
    .remedy = add a first line that names the columns, such as { $header }; or pass --text and --label
several-label-columns = { $table }: labels could be in { $columns }
    .remedy = name one or more: label_columns (--label)
no-label-column = { $table } has no column of labels (looked for { $usual }, ...; found { $found })
    .remedy = name one or more: label_columns (--label){ $likely ->
        [0] { "" }
       *[other] ; they could be in { $label_columns }
    }

# Cells of labels.

place-in-table = { $table }, { $unit ->
    [line] line
    [item] item
   *[row] row
 } { NUMBER($number, useGrouping: 0) }
lists-in-text = '{ $column }' holds lists written as text: { $text } was read as '{ $read }'
label-delimiter-unused = no label of '{ $column }' contains several classes separated by '{ $delimiter }'
    .remedy = check --label-delimiter
label-rows = '{ $label }' ({ $count ->
    [one] { $count } row
   *[other] { $count } rows
 })
labels-read-as-blank = labels of '{ $column }' that say there is no value were read as blank: { $labels }
    .remedy = nothing to do; or fill in the labels, or leave the cells blank
labels-look-missing = labels of '{ $column }' look like missing values, and each was taken as a class: { $labels }
    .remedy = leave the cells blank to drop these rows; nothing to do if it is the name of a class
label-positions-unknown = { $place }: the label in '{ $column }' is { $cell }; lists of equal length with 0 and 1 say which classes a row has, but this one holds { $sign } in some positions
    .remedy = write 0 in place of { $sign } if it means that a row does not have the class; if it means unknown, make a column for each class with an empty cell there, and name each: --label
positions-named = each list in '{ $column }' is { $length } zeros and ones, and a 1 stands for one of { $length } classes{ $given ->
    [true] , which the table names
   *[false] ; no names are given, so they are called { $names }{ $more ->
        [0] { "" }
       *[other] , ...
    }
 }
    .remedy = { $given ->
        [true] { "" }
       *[false] to see names in reports, replace the lists by lists of class names
    }
label-is-object = { $place }: the label in '{ $column }' is { $cell }, an object
    .remedy = give the name of the class, or a list of names
label-is-nested-list = { $place }: the label in '{ $column }' is { $cell }, a list of lists or objects
    .remedy = give a list of class names
label-has-decimals = { $place }: the label in '{ $column }' is { $cell }, a list with decimals
    .remedy = class probabilities cannot be labels: give the names of the correct classes
label-repeats-number = { $place }: the label in '{ $column }' is { $cell }, neither class numbers, as one repeats, nor 0/1 positions: these need lists of equal length in all rows
    .remedy = give the names of the correct classes
bar-in-class = { $place }: class '{ $label }' has a bar in its name, which separates classes
    .remedy = write another sign in its place
label-delimiters-differ = labels of '{ $column }' look like several classes separated by { $first ->
    [lists] lists
   *[other] '{ $first }'
 } and '{ $second }': { $label } was taken as one class
    .remedy = use one delimiter between the classes in all rows
label-delimiter-suspected = labels of '{ $column }' look like several classes separated by '{ $delimiter }', as in { $label }: { $labels } different labels are made of { $parts } names. Each was taken as one class
    .remedy = if they are several: --label-delimiter "{ $delimiter }"

# Rows of tables.

table-without-rows = { $name } has no rows
    .remedy = give a header and one row per image or text
table-empty = { $table } is empty
    .remedy = give a header line such as path,label and one line per example
column-of-other-modality = column '{ $column }' was named as a column of { $given ->
    [text] texts
   *[image] images
 }, and the model takes { $takes ->
    [text] texts
   *[image] images
 }
    .remedy = name it with the option of its content: --text or --path-column
cell-not-text = { $place }: '{ $column }' holds { $is_list ->
    [true] a list
   *[false] an object
 }, not text
    .remedy = name another column: --text
row-without-path = { $place }: no path
    .remedy = fill in the path, or remove the { $unit ->
        [line] line
        [item] item
       *[row] row
    }
path-repeated = { $path } is listed { $count } times: { $places }{ $more ->
    [0] { "" }
    [one] { " (and one more path)" }
   *[other] { " (and" } { $more } more paths)
 }
    .remedy = list each image once
path-is-url = { $place }: { $url } is a URL
    .remedy = download the images; ghep reads only files
columns-chosen = { $modality ->
    [text] texts
   *[image] images
 } from { $content }, labels from { $labels }{ $divided ->
    [true] , split from '{ $split }'
   *[false] { "" }
 }{ $unused ->
    [0] { "" }
   *[other] ; not used: { $unused_columns }
 }
    .remedy = name them if others were meant: { $modality ->
        [text] --text
       *[image] --path-column
    }, --label
second-text-ignored = '{ $column }' looks like the second text of a pair and was ignored: each example is '{ $text }' alone
    .remedy = if they belong together, name both: --text { $text_option } --text { $column_option }
cells-do-not-match-header = { $place }: { $cells ->
    [one] one cell
   *[other] { $cells } cells
 }, but the header has { $columns }
    .remedy = add the missing cells, or put text that contains the delimiter in double quotes
header-repeats-name = { $table }: the header names { $names } twice
    .remedy = rename one of them
cells-without-column = { $table }: { $count ->
    [one] one cell is in a column
   *[other] { $count } cells are in columns
 } without a name (first: { $first })
    .remedy = put text that contains the delimiter in double quotes, or name these columns
header-repeated = { $table }: the header is repeated among the rows ({ $count ->
    [one] once
   *[other] { $count } times
 }) and was left out
csv-malformed = { $place }: { $problem }
    .remedy = check the quotes on that line

# Encodings of tables.

table-not-unpacked = { $path } cannot be decompressed: { $problem }
    .remedy = download it again
table-not-opened = { $path } cannot be read: { $problem }
    .remedy = check the permissions
zero-byte = { $file }, line { NUMBER($line, useGrouping: 0) }: a zero byte, which text never has; { $count ->
    [one] one
   *[other] { $count }
 } in the file
    .remedy = save it again, or remove them: tr -d '\000' < { $file } > clean-{ $file }
not-utf-8-text = { $file } is not UTF-8 text; line 1 looks like { $encoding }
convert-to-utf-8 = name it: --encoding { $encoding } (encoding=...), or save it as UTF-8, for example: iconv -f { $iconv } -t utf-8 { $file } > utf8-{ $file }
byte-not-utf-8 = { $file }, line { NUMBER($line, useGrouping: 0) }: byte { $byte } is not UTF-8; it looks like { $encoding }, which reads '{ $word }'{ $others ->
    [0] { "" }
   *[other] ; this rests on few words, and { $readings }
 }
encoding-reads = { $encoding } reads '{ $word }'
encoding-doubtful = { $file } was read as { $encoding } and looks like { $likely }, which reads '{ $likely_word }' in place of '{ $word }'
    .remedy = if that is right, give --encoding { $likely }
encoding-doubtful-lines = { $count ->
    [one] one line of { $file } is
   *[other] { $count } lines of { $file } are
 } UTF-8 but { $count ->
    [one] was
   *[other] were
 } read as { $encoding }, which reads '{ $read }' for '{ $word }' (line { NUMBER($line, useGrouping: 0) })
    .remedy = leave out --encoding and save the other lines as UTF-8: { $lines }
encoding-doubtful-few-words = { $file } has few words that determine its encoding: { $encoding } reads '{ $word }', { $readings }
    .remedy = give the --encoding that reads it correctly
line-numbers = { $lines }{ $more ->
    [0] { "" }
   *[other] { " and" } { $more } more
 }
some-lines-not-utf-8 = { $file } is UTF-8 except for { $count ->
    [one] line { $lines }, which looks
   *[other] lines { $lines }, which look
 } like { $encoding }: line { NUMBER($first, useGrouping: 0) } then reads '{ $word }'
    .remedy = correct these lines; what line { NUMBER($first, useGrouping: 0) } should be: sed -n { NUMBER($first, useGrouping: 0) }p { $file } | iconv -f { $iconv } -t utf-8
byte-not-in-encoding = { $file }, line { NUMBER($line, useGrouping: 0) }: byte { $byte } is not { $encoding }
    .remedy = name the encoding in which it was saved, or save it as UTF-8
zero-bytes-in-encoding = { $file } read as { $encoding } contains zero bytes: it has another encoding
    .remedy = try --encoding { $likely } (encoding=...), or save it as UTF-8
table-is-utf-8 = { $file } is UTF-8; read as { $encoding }, its letters would become others (Ã© for é)
    .remedy = leave out --encoding; if tables have different encodings, save all as UTF-8

# Parquet and Arrow.

saved-without-splits = { $path } names no splits
    .remedy = save the dataset again
saved-with-index = { $folder } was saved with an index
    .remedy = call flatten_indices() before save_to_disk()
saved-file-outside = { $folder } refers to { $file }, which is not a file in this folder
    .remedy = save the dataset again
arrow-text-not-utf-8 = { $place }: the text in column '{ $column }' is not UTF-8
    .remedy = write the table again with text in UTF-8, or that column as bytes
arrow-column-unreadable = { $table }: column '{ $column }' cannot be read: { $problem }
    .remedy = write it as text
table-unreadable = { $path } cannot be read: { $problem }
    .remedy = download or save it again

# Paths of images.

column-holds-images = '{ $column }' holds the images themselves: there are no paths to complete
    .remedy = leave out --image-dir and --suffix
image-in-two-folders = { $place }: { $name } is in { $first } and in { $second }
    .remedy = write the folder into the path, or give a table for each folder
paths-shortened = the first { $count ->
    [one] part of the paths in '{ $column }' was
   *[other] { $count } parts of the paths in '{ $column }' were
 } dropped to find the images in --image-dir
    .remedy = nothing to do
image-dir-missing = --image-dir { $given }: there is no folder { OR($tried) }
    .remedy = give a folder that exists
images-not-found = none of { $count } images that { $table } names exists: { $first }
read-images-with = { $shortened ->
    [true] files with these names exist; if they are the images, read them with { $options }
   *[false] the files exist under other paths; read them with { $options }
 }

# JSON.

json-too-nested = { $table }: { $problem }
    .remedy = write a list of plain objects
json-malformed = { $table }: { $problem }
    .remedy = save it again, as JSON or CSV
json-line-malformed = { $place }: { $problem }
    .remedy = write one JSON object per line, as in {"{"}"path": "a.jpg", "label": "cat"{"}"}
json-line-not-object = { $place }: not an object
    .remedy = write {"{"}"path": ..., "label": ...{"}"}
json-not-rows = { $table } is { $found }, not a list of rows
    .remedy = write a list of objects: [{"{"}"text": ..., "label": ...{"}"}]
json-item-not-object = { $place } is not an object, but { $found }
    .remedy = write a list of objects: [{"{"}"text": ..., "label": ...{"}"}]
json-several-lists = { $table } holds several lists of objects: { $keys }
    .remedy = save the list that has one row for each example, with its labels, as a separate file
json-one-object = { $table } is one object with { $keys }, not a list of rows
    .remedy = write a list of objects, [{"{"}"text": ..., "label": ...{"}"}], or one object per line

# Cells of splits.

cell-not-split = { $place }: '{ $cell }' is not a split
    .remedy = use one of { $splits }, or leave it blank
row-in-two-splits = { $place } is in two splits, by the columns { LIST($columns) }
    .remedy = correct it, or write train, valid and test in one column called split
split-values = in the column '{ $column }', { $values }
    .remedy = nothing to do, unless it means something else: then write train, valid and test
split-values-of-columns = the columns { $columns } together define the splits: { $counts }
    .remedy = nothing to do, unless they mean something else: then write train, valid and test in one column, split
split-value = { $cell } is { $split } ({ $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
 })
split-value-blank = a blank cell is { $split } ({ $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
 })
split-ignored = { $rows ->
    [one] one row is
   *[other] { $rows } rows are
 } { LIST($cells) } by the column '{ $column }' and { $rows ->
    [one] was
   *[other] were
 } ignored
    .remedy = nothing to do
split-column-suspected = the column '{ $column }' looks like a split, but its cells are not true or false, and it was not used: { $cells }{ $more ->
    [0] { "" }
   *[other] { " and" } others
 }
    .remedy = write 0 and 1 in it, or train, valid and test in a column called split; nothing to do if it is not a split
split-columns-differ = { $rows ->
    [one] one row of train is
   *[other] { $rows } rows of train are
 } held out by the column '{ $other }', which was not used: the split is that of '{ $column }'
    .remedy = nothing to do if '{ $column }' is right; otherwise --split-column { $option }
split-zero-or-one = the column '{ $column }' has 0 ({ $zeros } rows) and 1 ({ $ones } rows): which is train?
    .remedy = write train, valid or test, or call the column is_train, is_valid or is_test
blank-read-as-no = in { $columns }{ $more ->
    [0] { "" }
   *[other] , ... ({ $count } columns)
 } each cell is { OR($marks) } or blank, and a blank was read as { OR($no) }: { $blanks } of { $cells } cells; { $rows ->
    [one] one row has no mark
   *[other] { $rows } rows have no mark
 } at all
    .remedy = nothing to do if a blank means no; if it means unknown, remove these rows
cell-not-zero-or-one = { $place }: '{ $column }' is { $cell }, expected 0 or 1 for each class
    .remedy = export it again, or write a table of path and label

# Spreadsheets.

openpyxl-missing = { $table } is an Excel file, and openpyxl, which reads them, is not installed
    .remedy = pip install openpyxl, or save it as CSV (UTF-8)
spreadsheet-unreadable = { $table } cannot be read: { $problem }
    .remedy = save it again, or as CSV (UTF-8)
spreadsheet-empty = { $table } is empty
    .remedy = give a row of names such as path, label and one row per example
first-sheet-empty = { $table }: sheet '{ $sheet }', the first, has no rows; { $count ->
    [one] { $sheets } has some
   *[other] { $sheets } have some
 }
    .remedy = make the sheet to be read the first, or save it as CSV (UTF-8)
sheets-ignored = { $table }: sheet '{ $sheet }' was read; { $ignored } ignored
    .remedy = save a sheet as CSV to read it
formula-without-value = { $place }: '{ $column }' is the formula { $formula }, and its value was not saved; this affects { $count ->
    [one] one cell
   *[other] { $count } cells
 }
    .remedy = open the file in a spreadsheet program and save it, or save it as CSV (UTF-8)
