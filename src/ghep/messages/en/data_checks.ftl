# Examples that cannot be used.

examples-unusable = { $count } of { $total } { $files ->
    [files] files
   *[texts] texts
 } cannot be used: { $reasons }; such as { $examples }
    .remedy = { $cure ->
        [missing-path] there is no { $path }: paths in a table start at the folder of the table; correct them, or give --image-dir DIR
        [missing] paths in a table start at the folder of the table; correct them, or give --image-dir DIR
        [plugin-missing] install a library that reads them, or save them as JPEG
        [not-utf-8] name their encoding with --encoding (encoding=...), or save them as UTF-8
        [wrong-encoding] leave out --encoding; if only some of them are UTF-8, save all as UTF-8
        [strict] replace or remove them, or run without --strict to leave them out
       *[replace] replace or remove them; up to { NUMBER($allowed, style: "percent") } of the data may be unusable, and are then left out
    }
quarantined = { $count } { $files ->
    [files] { $count ->
        [one] file
       *[other] files
    }
   *[texts] { $count ->
        [one] text
       *[other] texts
    }
 } cannot be used and { $count ->
    [one] was
   *[other] were
 } left out: { $reasons }
    .remedy = replace or remove them{ $encodings ->
        [0] { "" }
       *[other] ; save those in another encoding as UTF-8, or all in one encoding and name it: --encoding
    }

# Labels of splits.

train-lacks-classes = the train split has { $count ->
    [0] no class of '{ $task }': no labels
    [one] only one class of '{ $task }': { $classes }
   *[other] { $count } classes of '{ $task }': { $classes }
 }
    .remedy = put examples of every class into train: a classifier needs at least two
split-lost = none of the { $count } labelled examples of { $split } can be used: { $replaced ->
    [true] { $split } was taken from train instead
   *[false] there is no score on { $split }
 }
    .remedy = replace or correct them, or remove { $split }
label-not-in-train = labels in { $split } that { $of_bundle ->
    [true] the training data of the bundle lack
   *[false] train lacks
 }: { $labels }
labels-not-in-train = { $count ->
    [one] one example
   *[other] { $count } examples
 } in { $of_bundle ->
    [true] the data
   *[false] valid or test
 } { $count ->
    [one] has a label
   *[other] have labels
 } that { $of_bundle ->
    [true] the training data of the bundle lack
   *[false] train lacks
 }: the model cannot predict { $count ->
    [one] it, so it
   *[other] them, so they
 } cannot be scored{ $likely ->
    [0] { "" }
   *[other] ; { $meant }
 }
    .remedy = { $likely ->
        [0] add
       *[other] if two spellings mean one class, rename one; otherwise add
    } training examples of these classes, or remove the examples with these labels; the score leaves them out, and is too good for data that contain them
label-meant = '{ $name }' may mean '{ $usual }'
unlabelled = { $count ->
    [one] one example has no label and was left out
   *[other] { $count } examples have no label and were left out
 }
    .remedy = label them
split-names-differ = { $count } of { $total } labels{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } in { $split } do not occur in train: { $names }{ $more ->
    [0] { "" }
   *[other] { " and" } { $more } more
 }
    .remedy = { $likely ->
        [0] name the classes in { $split } as in train ({ $known }{ $known_more ->
            [0] { "" }
           *[other] { " and" } { $known_more } more
        }), or remove { $split }
       *[other] spell each class in one way: { $pairs }
    }
name-as = write '{ $name }' as '{ $usual }'
one-class-split = { $split } holds only one class{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 }, '{ $label }' ({ $count ->
    [one] one example
   *[other] { $count } examples
 }): it cannot be scored
    .remedy = put examples of the other classes into { $split }, or let ghep split the data
class-absent = { $count ->
    [one] one class
   *[other] { $count } classes
 }{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } { $count ->
    [one] has no example in { $split }: how well the model predicts it is not measured
   *[other] have no example in { $split }: how well the model predicts them is not measured
 }
    .remedy = add examples of { $count ->
        [one] it
       *[other] them
    } to { $split }
missing-labels = { $count ->
    [one] one example has
   *[other] { $count } examples have
 } no label for '{ $task }'
    .remedy = nothing to do: such examples are used for the other tasks only

# Labels that cannot be learned.

labels-all-missing = all labels of '{ $task }' are missing ({ $count } examples)
    .remedy = name the column that holds the labels: label_columns (--label-column)
one-class = '{ $task }' has only one class, '{ $label }' ({ $count ->
    [one] one example
   *[other] { $count } examples
 }){ $blank ->
    [0] { "" }
    [one] , and one cell is blank, which is a missing label
   *[other] , and { $blank } cells are blank, which are missing labels
 }
    .remedy = a classifier needs at least two classes{ $blank ->
        [0] { "" }
       *[other] ; if a blank means no, write that in the blank cells, such as 0 or no
    }
labels-all-equal = each of the { $count } examples has every class of '{ $task }': { $names }{ $more ->
    [0] { "" }
   *[other] { " and" } { $more } more
 }
    .remedy = there is nothing to learn from such labels; check what their column holds
one-example-each = '{ $task }' has { $count } classes with one example each: none is left for validation
    .remedy = give at least three examples of each class, better ten or more
labels-are-numbers = '{ $task }' looks like a regression target: { $total } labels are { $distinct } different numbers from { NUMBER($low, maximumFractionDigits: 6, useGrouping: 0) } to { NUMBER($high, maximumFractionDigits: 6, useGrouping: 0) } ({ $examples }, ...)
    .remedy = predict the number: --regression { $task }; --rating { $task } is for a few ordered classes, such as 1 to 5 stars; if the numbers are names, put a letter in front of them
labels-not-numbers = { $count ->
    [one] one of { $total } labels
   *[other] { $count } of { $total } labels
 } of '{ $task }' { $count ->
    [one] is not a number
   *[other] are not numbers
 }, as regression needs: { LIST($labels) }
    .remedy = leave a label that is not known blank; without --regression (regression) the labels are classes
numbers-all-equal = all { $count } numbers of '{ $task }'{ $split ->
    [none] { "" }
   *[other] { " in" } { $split }
 } are equal: there is nothing to predict
    .remedy = check which column holds the numbers
labels-all-different = '{ $task }' has { $distinct } different labels for { $total } examples, nearly one for each ({ $labels })
    .remedy = name the column that holds classes: label_columns (--label)
labels-look-continuous = '{ $task }' may be a regression target: { $total } labels are { $distinct } different numbers from { NUMBER($low, maximumFractionDigits: 6, useGrouping: 0) } to { NUMBER($high, maximumFractionDigits: 6, useGrouping: 0) } ({ $examples }, ...); each number was taken as a class
    .remedy = if it is one, predict the number: --regression { $task }; if the numbers are a few ordered classes: --rating { $task }

# Findings on labels.

regression = '{ $task }' is a number to predict: { $total } labels from { $low } to { $high }, median { $middle }{ $few ->
    [true] ; only { $distinct } numbers occur
   *[false] { "" }
 }
    .remedy = { $few ->
        [true] if these are ordered classes, such as 1 to 5 stars, use --rating { $task } instead of --regression
       *[false] nothing to do
    }
numbers-beyond-train = { $count } of { $total } numbers of '{ $task }' in { $split } are below { $low } or above { $high }, the range in train
    .remedy = a model hardly predicts beyond what it has seen: divide the data at random, or add such examples to train
outlying-numbers = { $count ->
    [one] one number
   *[other] { $count } numbers
 } of '{ $task }' { $count ->
    [one] is
   *[other] are
 } far from all others: { LIST($numbers) }
    .remedy = correct wrong numbers, or leave them blank: they dominate the squared error; if the numbers are right but skewed, such as prices, predict their logarithm
commas-in-numbers = labels of '{ $task }' have commas: "{ $label }" was read as { $number }
    .remedy = write numbers without thousands separators, and with a decimal point, if that is wrong
number-figure = { $figure ->
    [count] examples
    [minimum] minimum
    [median] median
    [maximum] maximum
   *[spread] standard deviation
 }

label-spaces = { $count ->
    [one] one label had
   *[other] { $count } labels had
 } spaces or invisible characters around { $count ->
    [one] it
   *[other] them
 }, which were removed
    .remedy = nothing to do
label-invisible = { $count ->
    [one] one label differs
   *[other] { $count } labels differ
 } from another only in invisible characters: read as one class
    .remedy = nothing to do
label-forms = { $count ->
    [one] one label looks like another but encodes its
   *[other] { $count } labels look like another but encode their
 } accents as separate characters: read as one class
    .remedy = nothing to do
multi-label = '{ $task }' is multi-label: { $several } of { $total } labels name several of its { $classes } classes{ $none ->
    [0] { "" }
    [one] , one names none
   *[other] , { $none } name none
 }
    .remedy = if a class has a bar (|) in its name, write another sign in its place: each example then has one class
few-examples = { $count ->
    [one] one class
   *[other] { $count } classes
 }{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } { $count ->
    [one] has
   *[other] have
 } fewer than { $limit } training examples
    .remedy = collect more examples of these classes; until then, confidence intervals are wide
imbalance = classes{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } are imbalanced: { $largest_count } of '{ $largest }', { $smallest_count } of '{ $smallest }'
    .remedy = { $multi ->
        [true] read macro F1, not accuracy
       *[false] read balanced accuracy, not accuracy
    }; collect more of the small classes
class-names-alike = class names{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } differ only in case, spaces, the encoding of accents, or the spelling of a number ({ $count ->
    [one] one group
   *[other] { $count } groups
 } of such names)
    .remedy = rename them if they mean one class
class-names-yes-and-no = the classes{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } mix several notations for yes and no: { $names }
    .remedy = use one notation in all rows, such as yes and no, if they mean the same
class-name-typo = { $count ->
    [one] one class name
   *[other] { $count } class names
 }{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 } { $count ->
    [one] looks
   *[other] look
 } misspelt
    .remedy = rename them if they mean one class

# Shortcuts.

shortcut = { $trait } alone predicts the class{ $tasks ->
    [one] { "" }
   *[other] { " of" } '{ $task }'
 }: { $labels }{ $more ->
    [0] { "" }
    [one] { " and" } one more class
   *[other] { " and" } { $more } more classes
 }; a model can use it and ignore the content
    .remedy = make the classes alike in { $trait }: collect them from the same sources and save them in the same way; otherwise test on data from elsewhere
shortcut-values = { $label }: { $mine }; other classes: { $others }
most-frequent-value = { $value } in { NUMBER($share, style: "percent") }
middle-half = { $equal ->
    [true] { $low }
   *[false] { $low } to { $high } (first to third quartile)
 }

# Modalities.

other-modality = { $name } holds { $holds ->
    [images] images
    [texts] texts
   *[other] { $holds }
 }, but { $who ->
    [backbone] the backbone
    [bundle] the bundle
   *[other] { $who }
 } takes { $takes ->
    [images] images
    [texts] texts
   *[other] { $takes }
 }
    .remedy = { $who ->
        [bundle] use a bundle that was trained on them
       *[other] choose a backbone for them ({ $one ->
            [any] see ghep backbones
           *[other] { $one }
        })
    }, or name the column: --text, --path-column
other-text-form = { $name } holds { $pairs ->
    [true] single texts, and the bundle was trained on pairs of texts
   *[false] pairs of texts, and the bundle was trained on single texts
 }
    .remedy = name { $pairs ->
        [true] the columns of both texts: --text A --text B
       *[false] the column of the text: --text A
    }
preprocessor-config-not-object = preprocessor_config.json of the bundle is not a JSON object: { $value }
    .remedy = copy the bundle again

# The report.

check-finding-count = { $count } { $kind ->
    [error] { $count ->
        [one] error
       *[other] errors
    }
    [warning] { $count ->
        [one] warning
       *[other] warnings
    }
   *[info] { $count ->
        [one] info
       *[other] infos
    }
 }
check-sizes = { $count } { $things ->
    [images] images, { $smallest } to { $largest } pixels
    [texts] texts, { $smallest } to { $largest } characters
   *[other] { $things }, { $smallest } to { $largest }
 }
check-task = task
check-class = class
check-in-total = in total
check-more-classes = and { $count } more { $count ->
    [one] class
   *[other] classes
 }
check-more-findings = and { $count } more { $count ->
    [one] finding
   *[other] findings
 }
check-findings = findings
check-no-findings = nothing suspicious
