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
    .remedy = add a first line that names the columns, such as { $header }; if it does name the columns, say which to read: --text and --label
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
labels-read-as-blank = labels of '{ $column }' that mean a missing value were read as blank: { $labels }
    .remedy = nothing to do; to use these rows, fill in their labels
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
label-repeats-number = { $place }: the label in '{ $column }' is { $cell }: not class numbers, because a number repeats, and not a 0 or 1 for each class, because such lists have equal length in all rows
    .remedy = give the names of the correct classes
bar-in-class = { $place }: class '{ $label }' has a bar in its name, which separates classes
    .remedy = write another sign in its place
label-delimiters-differ = labels of '{ $column }' seem to name several classes { $first ->
    [lists] both as lists and
   *[other] separated by '{ $first }' and
 } { $first ->
    [lists] separated by '{ $second }'
   *[other] '{ $second }'
 }: { $label } was taken as one class
    .remedy = name several classes in the same way in all rows
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
    .remedy = use the option that fits what the column holds: --text for texts, --path-column for images
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
    [one] {"; "}one more path is repeated
   *[other] {"; "}{ $more } more paths are repeated
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
    .remedy = { $found ->
        [yes] check the permissions
       *[no] check the path: it must be that of a file
    }
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
    .remedy = correct these lines; to see what line { NUMBER($first, useGrouping: 0) } should be: sed -n { NUMBER($first, useGrouping: 0) }p { $file } | iconv -f { $iconv } -t utf-8
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
images-not-found = none of { $count } images that { $table } names exists; the first is { $first }
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
    .remedy = nothing to do if this is right; otherwise write train, valid and test in that column
split-values-of-columns = the columns { $columns } together define the splits: { $counts }
    .remedy = nothing to do if this is right; otherwise write train, valid and test in one column, split
split-value = { $cell } means { $split } ({ $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
 })
split-value-blank = a blank cell means { $split } ({ $rows ->
    [one] { $rows } row
   *[other] { $rows } rows
 })
split-ignored = { $rows ->
    [one] one row was
   *[other] { $rows } rows were
 } ignored, because the split column '{ $column }' says { OR($cells) }
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
    .remedy = nothing to do if a blank means no; if it means unknown, remove the rows with blanks
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
sheets-ignored = { $table }: only sheet '{ $sheet }' was read, not { OR($ignored) }
    .remedy = save a sheet as CSV to read it
formula-without-value = { $place }: '{ $column }' is the formula { $formula }, and its value was not saved; this affects { $count ->
    [one] one cell
   *[other] { $count } cells
 }
    .remedy = open the file in a spreadsheet program and save it, or save it as CSV (UTF-8)

# Locations.

data-missing = there is nothing at { $path }
    .remedy = give the path of a folder or of a table
layout-of-table = { $path } is a table: --layout { $layout } does not apply
    .remedy = leave out --layout
class-folders-have-no-columns = { $path } is a folder of class folders: it has no columns, but { $columns } was requested
    .remedy = leave out the columns (the class is the folder's name), or give the table that has them
labels-by-folders = { $folder } has no table like that of train: the labels of { $split } are the names of its folders
    .remedy = nothing to do if they are; if not, leave it out: --exclude { $name }
image-dir-of-texts = { $table } is a table of texts: --image-dir and --suffix do not apply
    .remedy = leave them out, or name the column of image paths: --path-column
not-a-table = { $path } is neither a folder nor a table ({ $suffixes })
    .remedy = { $kind ->
        [archive] unpack it, and give the folder or table inside
        [spreadsheet] save it as .xlsx or as CSV (UTF-8)
        [binary] save it as Parquet or CSV
        [text] give a folder with one folder per class; if it is a table, rename it to .csv, or .tsv if it is tab-separated
       *[other] give a folder with one folder per class, or a table of paths or texts and labels
    }
or-give-table = { $remedy }; or give the table to read: { $path }
encoding-fixed-by-format = { $file } is UTF-8 by its format, not { $encoding }
    .remedy = leave out --encoding
table-ignored = { $tables }{ $more ->
    [0] { "" }
   *[other] { " and" } { $more } more
 } { $count ->
    [one] was
   *[other] were
 } ignored: { $because ->
    [class-folders] the class folders are the data set
    [no-train-table] the class folders are the training data, and no table is named train
    [no-labels] no columns of files and labels
   *[name] not named like a table of the data set
 }
    .remedy = to read it instead, give the file: { $path }
several-tables-of-split = { LIST($tables) } in { $root } could both be { $split }
    .remedy = call one of them { $split }{ $suffix }, or give tables: DATA, --test, --valid
several-tables = { $root } holds several tables: { $tables }
    .remedy = give one as DATA (--test FILE and --valid FILE add splits), or call them train, valid and test
two-tables-of-split = { LIST($tables) } in { $root } both mean { $split }
    .remedy = move or rename one of them, or give tables: DATA, --test FILE, --valid FILE
table-shards-missing = judging by the names of the others, { $count ->
    [one] one shard is
   *[other] { $count } shards are
 } missing: the data set is incomplete
    .remedy = download them again
tables-and-class-folders = { $folder } holds tables ({ $tables }) and class folders ({ $classes }{ $more ->
    [0] { "" }
   *[other] , ...
 }): { $why ->
    [other-files] the tables do not list the files in the folders
    [other-labels] they disagree about the labels of files
   *[other-splits] the folders have splits that the tables lack
 }
    .remedy = choose: --layout { $layout } reads the folders; give { $arguments } to read the tables
table-contradicts-folders = { $table } contradicts the class folders in { $folder } about the labels of files
    .remedy = choose: give { $folder } to read the folders, or the table itself to read it

# Columns of training.

pairs-unlike-training = { $table } holds { $count ->
    [one] single texts
   *[other] pairs of texts
 }, from { $read }, and the bundle was trained on { $count ->
    [one] pairs of texts
   *[other] single texts
 }, from { $trained }
    .remedy = name as many columns as it was trained on: { $options }
column-unlike-training = { $table } has no column '{ $column }', which the model was trained on; '{ $read }' { $another ->
    [true] was another column of the training table
   *[false] is more likely something else
 }
    .remedy = give a table with '{ $column }'; if '{ $read }' holds the same kind of input, name it: { $option }
other-column = { $read } { $count ->
    [one] is
   *[other] are
 } used; the model was trained on { $trained }{ $asked ->
    [true] { "" }
   *[false] , which { $table } does not have
 }
    .remedy = nothing to do if both hold the same kind of input; otherwise name another column: { $option }
columns-swapped = { $read } are used; the model was trained on { $trained }: the two texts of each pair are swapped
    .remedy = name them in the order of training: { $options }
trained-pair-missing = { $cause }: the model was trained on pairs of texts, from { $trained }
    .remedy = name the columns of the first and the second text: { $option } A { $option } B
trained-column-missing = { $cause }, which the model was trained on
trained-column-missing-and = { $cause }, which the model was trained on; { $other }
or-name-column = { $remedy }, or say which column to use: { $option }

# Several tasks.

one-split-for-several-tasks = --{ $split } { $path } is one split, but there are { $count } data sets (--task)
    .remedy = put the { $split } split of each task into its folder, or give one data set as DATA
in-task = task { $task }: { $cause }
no-task-named = no task was named
    .remedy = name one or more, as in {"{"}"cars": "road/cars"{"}"}
task-name-invalid = { $name } cannot be the name of a task
    .remedy = name it with letters, digits, - and _, as in cars=road/cars
tasks-of-modality = { $modality ->
    [image] images
    [text] texts
   *[other] { $modality }
 } in { LIST($tasks) }
images-and-texts-joined = one model cannot take images and texts ({ $tasks })
    .remedy = join images with images, texts with texts; --text and --path-column say which column of a table holds texts or image paths
tasks-of-one-name = several tasks would have the name { LIST($names) }
    .remedy = rename one of them
count-of-parts = { $count } of { LIST($parts) }
tasks-share-examples = { $count } { $modality ->
    [image] { $count ->
        [one] image is
       *[other] images are
    }
   *[text] { $count ->
        [one] text is
       *[other] texts are
    }
 } in several data sets and { $count ->
    [one] counts
   *[other] count
 } as one example each: { $counts }
    .remedy = nothing to do: each has the labels of all of them

# Groups of examples.

group-column-missing = --group: { $table } has no column '{ $column }'
    .remedy = { $known }; or give a pattern that finds the group in each path, such as { $example }
no-groups = --group '{ $group }': { $column ->
    [true] every cell is empty
   *[false] it matches no path, such as '{ $first }'
 }
    .remedy = name another column, or a pattern such as { $example }
group-spaces = --group '{ $group }': { $count ->
    [one] one name has
   *[other] { $count } names have
 } surrounding spaces, invisible characters or accents encoded as separate characters; names that differ only in these are one group
    .remedy = nothing to do
groups-look-missing = --group '{ $group }': names look like missing values, and each was taken as one group, of { $count } examples in total: { $names }
    .remedy = leave the cells blank so that each of these examples is a separate group
no-group = --group '{ $group }': { $count } of { $total } examples { $column ->
    [true] have an empty cell
   *[false] do not match
 }; each counts as a separate group
    .remedy = { $column ->
        [true] fill in the cells
       *[false] extend the pattern so that it matches every path
    }
one-group = --group: all { $count } examples are in one group, '{ $name }'
    .remedy = groups are never divided between splits: name what differs, such as a patient or a film
groups-in-column = column '{ $column }' may name groups: { $values } values in { $rows } rows
    .remedy = if its rows belong together, keep them in one split: --group { $column }
groups = --group '{ $group }': { $count } examples in { $groups } groups, none of them divided between splits by ghep
groups-of-one = --group '{ $group }': every example is a separate group, so nothing is kept together
    .remedy = name what several examples share, such as a patient or a film
group-pattern-malformed = --group '{ $group }' is not a regular expression: { $problem }
    .remedy = write it as in { $example }
group-pattern-without-group = --group '{ $group }' is neither a column of a table nor a regular expression with one group in parentheses
    .remedy = put parentheses around the part that the paths of a group share, as in { $example }

# Splits from elsewhere.

unlabelled-split = { $table } has no labels ({ $columns }) and was ignored: { $split } is not scored on its { $rows } rows
    .remedy = nothing to do; predict them with ghep predict BUNDLE { $table }
label-column-renamed = { $table } has no column { $missing }, and its labels could be in '{ $found }': its columns are { $columns }, those of { $train } are { $train_columns }
    .remedy = name the columns of { $table } as those of { $train }: rename '{ $found }' to '{ $column }'; if '{ $found }' holds no labels, remove it or give { $train } alone
split-given-twice = { $name } already has a { $split } split ({ $count } examples), and --{ $split } { $path } was given
    .remedy = leave out --{ $split }, or give the train split alone as DATA
split-of-other-modality = --{ $split } { $path } holds { $given ->
    [text] texts
   *[image] images
 }, { $name } holds { $wanted ->
    [text] texts
   *[image] images
 }
    .remedy = give both as images or both as texts
split-of-other-tasks = --{ $split } { $path } has the label columns { $given }, but { $name } has { $wanted }
    .remedy = name columns that both have: --label
given-split-lacks-split = --{ $split } { $path } names its own splits ({ $splits }), but not { $split }
    .remedy = leave out --{ $split }; predict unlabelled data with ghep predict
given-split-unlabelled = --{ $split } { $path } has no labels: there is nothing to score on
    .remedy = leave out --{ $split }; predict unlabelled data with ghep predict

# Data in memory.

column-length = '{ $column }' has length { $length }
columns-of-different-lengths = the columns have different lengths: { $lengths }
    .remedy = give each row a cell in every column
column-holds-tensors = column '{ $column }' holds tensors; expected images (PIL, or arrays with channels last)
    .remedy = pass images before any transform; a tensor (3, H, W) of bytes: tensor.permute(1, 2, 0).numpy()
row-not-pair = row { NUMBER($row, useGrouping: 0) } is not a pair of an example and its class
    .remedy = give (example, class) in every row
dataset-has-transform = the { $name } has a transform, but ghep prepares images for the backbone itself: size, mean and standard deviation, random views
    .remedy = make the dataset without one (transform=None); augment= chooses the views
example-of-other-type = the first item of a pair has the type { $type }; expected an image (PIL, array), a path or a text, and its class second
    .remedy = give images before any transform, not tensors; if each pair is (class, example), swap its items
label-of-other-type = row { NUMBER($row, useGrouping: 0) }: the label has the type { $type }; expected the name of a class or its number
    .remedy = give a table with a column for each kind of label instead: ghep.fit({"{"}'image': ..., 'label': ...{"}"})

# Folders.

folder-names = { $names }{ $more ->
    [0] { "" }
   *[other] { " and" } { $more } more
 }
folders-too-deep = folders are nested more than { $limit } levels deep at { $path }
    .remedy = give a folder further down
folder-not-listed = { $path } cannot be listed: { $problem }
    .remedy = check the permissions
no-folder-to-exclude = { $path } has no folder '{ $name }' to exclude
names-of-one-split = { LIST($names) } in { $place ->
    [dict] the dict of data
   *[other] { $place }
 } both mean { $split }
    .remedy = keep one of them
no-split-named-train = { $place ->
    [dict] the dict of data
   *[other] { $place }
 } has no train split (found { $names })
    .remedy = call the splits train, valid and test
other-splits-ignored = { $count ->
    [one] one split is
   *[other] { $count } splits are
 } neither train, valid nor test and { $count ->
    [one] was
   *[other] were
 } ignored: { $names }
    .remedy = nothing to do, unless they are needed

no-train-folder-for-layout = { $path } has no train folder (found { $found })
    .remedy = --layout classes (layout='classes') takes every folder as a class
no-train-folder = { $path } has no train folder (found { $found })
    .remedy = add train/<class>/, or rename one of the folders to train
split-or-class = { $train } in { $path } could be a split (it holds folders), or a class like { $others }
    .remedy = choose: --layout splits (layout='splits') reads only train, valid and test, --layout classes (layout='classes') takes every folder as a class
folders-hold-parts = { $path } has no class folders: { $names } { $count ->
    [one] holds
   *[other] hold
 } parts of a data set
    .remedy = sort its images into one folder per class, or give a table of paths and labels
unusual-class-names = { $names } in { $path } { $count ->
    [one] is an unusual class name
   *[other] are unusual class names
 }{ $rest ->
    [0] { "" }
   *[other] , unlike { $others }
 }
    .remedy = choose: { $options } (exclude=[...]) ignores { $count ->
        [one] it
       *[other] them
    }, --layout { $layout } takes every folder as a class
class-named-as-split = '{ $name }' is taken as a class, like { $others }
    .remedy = nothing to do if it is; if it is a split, leave it out: { $options }
class-name-odd = { $names } { $count ->
    [one] is taken as a class
   *[other] are taken as classes
 }, like { $others }
    .remedy = nothing to do if { $count ->
        [one] it is
       *[other] they are
    }; otherwise leave { $count ->
        [one] it
       *[other] them
    } out: { $options } (exclude=[...])
folders-of-one-split = { LIST($names) } in { $path } both mean { $split }
    .remedy = merge or rename them, or leave one out: { $options }
folder-ignored = { $count ->
    [one] one folder alongside train is no split and was
   *[other] { $count } folders alongside train are no splits and were
 } ignored
    .remedy = name { $count ->
        [one] it train, valid or test, or move it
       *[other] them train, valid or test, or move them
    }
folders-named-as-splits = { $path } holds folders named after splits among others: { $splits }, and { $others }
    .remedy = choose: { $options } (exclude=[...]) ignores them, { $nested ->
        [0] { "" }
       *[other] { $options } { $added } scores on their content,{ " " }
    }--layout classes (layout='classes') takes every folder as a class
train-without-classes = { $path } has no class folders: it directly contains { $count ->
    [one] one example
   *[other] { $count } examples
 }{ $prefixes ->
    [0] { "" }
   *[other] , whose names begin with { $names }
 }
    .remedy = sort them into one folder per class, or give a table of their paths and labels
folder-of-data-sets = { $path } is not a data set: it holds { $count ->
    [one] one
   *[other] several
 }, { $names }
    .remedy = give { $below }{ $count ->
        [one] { "" }
       *[other] , or several as tasks of one model: { $tasks }
    }
folders-named-as-parts = { $names } in { $path } are named as parts of one data set, not as classes
    .remedy = { $nested ->
        [true] give one as DATA, another with --test: --test { $last }
       *[false] give a table of labels
    }; --layout classes (layout='classes') takes every folder as a class
classes-below = { $path } holds one folder, { $folder }, which contains the { $kind ->
    [splits] split folders
   *[classes] class folders
 }: { $names }
    .remedy = give { $below }
same-folders-in-classes = the classes are { $classes }, and each of these folders holds the same folders, { $folders }
    .remedy = nothing to do if these are the classes; if the classes are { $folders } instead: give { $path }
classes-without-splits = { $divided } in { $path } { $count ->
    [one] has split folders
   *[other] have split folders
 }{ $missing ->
    [0] { "" }
    [one] , { $others } has none
   *[other] , { $others } have none
 }
    .remedy = arrange them as root/train/<class>/*, or root/<class>/train/* in every class
splits-in-classes = each class folder has split folders (class/split/*): these are its splits
    .remedy = nothing to do
other-job = { $path } looks like { $kind ->
    [yolo] a YOLO data set with boxes (images and labels in { $detail })
    [voc] a Pascal VOC data set with boxes (JPEGImages and Annotations)
    [coco] a COCO data set with boxes ({ $detail })
    [boxes] a data set with boxes (annotations next to the images in { $detail })
   *[masks] a data set for segmentation ({ $detail })
 }; ghep classifies whole images
    .remedy = crop the objects into one folder per class, or export it for classification; --layout classes (layout='classes') takes every folder as a class
other-job-with-classes = { $path } looks like { $kind ->
    [yolo] a YOLO data set with boxes (images and labels in { $detail })
    [voc] a Pascal VOC data set with boxes (JPEGImages and Annotations)
    [coco] a COCO data set with boxes ({ $detail })
    [boxes] a data set with boxes (annotations next to the images in { $detail })
   *[masks] a data set for segmentation ({ $detail })
 }; ghep classifies whole images
    .remedy = give { $images } to take its folders as classes: { $classes }
class-of-copies = '{ $name }' is an unusual class name, and of its { $count } examples { $copies } are copies of examples of other classes{ $copies ->
    [0] { "" }
   *[other] { " (" }{ $first } of { $other })
 }{ $broken ->
    [0] { "" }
   *[other] , { $broken } cannot be used
 }
    .remedy = choose: { $option } (exclude=[...]) ignores it, --layout classes takes every folder as a class

# Files in class folders.

encoding-of-images = { $path } has no texts: --encoding does not apply
    .remedy = leave out --encoding
files-of-suffix = { $count } { $suffix }
no-examples = no images in { $path }, and no { $suffix } files{ $other ->
    [0] { "" }
   *[other] ; it holds { $held }
 }
    .remedy = { $cure ->
        [dicom] convert the DICOM files to PNG
        [arrays] save the arrays as PNG, one file for each image
        [scans] save them as PNG, one file for each image
        [videos] cut them into frames and save these as JPEG or PNG; frames of one video belong in one split (--group)
        [archives] unpack them
        [raw] convert the raw files to JPEG or PNG
        [documents] save each as a .txt file, or write a table of texts and labels
        [audio] ghep reads images and texts; save spectrograms as PNG
        [loose-images] it directly contains { $count } images: put them into one folder per class, or write a table of paths and labels
        [loose-texts] it directly contains { $count } texts: put them into one folder per class, or write a table of paths and labels
       *[none] give root/<class>/*.jpg or *.txt, root/train/<class>/*, or a table (CSV, TSV, JSON, Parquet, Excel)
    }
split-folder-ignored = { $folder } was ignored: no table names its { $count } { $things ->
    [texts] texts
   *[images] images
 }, and they are in no folders named like the classes of train
    .remedy = label them as train is labelled, or put them in one folder per class; if they are not needed, leave them out: --exclude { $folder }
unlabelled-folder = { $count } { $things ->
    [texts] texts
   *[images] images
 } in { $folder } have no class and were ignored: they are neither trained on nor scored
    .remedy = nothing to do; predict them with ghep predict BUNDLE { $path }
not-examples = { $count ->
    [one] one file is
   *[other] { $count } files are
 } no { $things ->
    [texts] text
   *[images] image
 }{ $count ->
    [one] { " and was" }
   *[other] s and were
 } ignored
    .remedy = nothing to do, unless they should be examples: then { $things ->
        [texts] name them *.txt
       *[images] save them as JPEG or PNG
    }
empty-class-folder = { $count ->
    [one] one class folder holds
   *[other] { $count } class folders hold
 } no { $things ->
    [texts] text
   *[images] image
 }
    .remedy = fill or remove them
no-class-folder = { $count } { $things ->
    [texts] texts
   *[images] images
 } are outside any class folder and were ignored
    .remedy = move them into the folder of their class
annotations-ignored = { $count } masks or annotations next to the images were ignored
    .remedy = rename them, or the folder, if they are examples
not-files = { $count ->
    [one] one broken link, link to a parent folder, pipe or device was
   *[other] { $count } broken links, links to a parent folder, pipes or devices were
 } ignored
    .remedy = correct or remove them
linked-again = { $count ->
    [one] one folder is reached twice in one class, through links, and was
   *[other] { $count } folders are reached twice in one class, through links, and were
 } read once
    .remedy = nothing to do
linked-twice = { $count ->
    [one] one folder was
   *[other] { $count } folders were
 } read twice through links, so each file in { $count ->
    [one] it
   *[other] them
 } belongs to two classes or splits
    .remedy = remove one of the links
regression-of-unknown-task = { $data } has no task { LIST($names) }, named by --regression (regression); { $hint }
    .remedy = name a label column, or the task "label" of class folders
