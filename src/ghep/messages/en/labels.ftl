# Wrong labels: ghep.suspects, ghep check --labels, fit --drop-suspects.

wrong-labels = { $count } of { $total } labels of { $task } ({ NUMBER($share, style: "percent", maximumFractionDigits: 1) }) are suspects: they are probably wrong, or at least doubtful; clean data have at most { NUMBER($bar, style: "percent", maximumFractionDigits: 0) } of such suspects
    .remedy = look through suspects.html of ghep check --labels and correct the labels; or delete the rows of suspects.csv that are right, and train with --drop-suspects suspects.csv
classes-too-small-to-judge = { $count ->
    [one] one class of { $task } has
   *[other] { $count } classes of { $task } have
 } fewer than { $needed } examples: their labels are not judged
    .remedy = check the labels of these classes yourself
suspects-not-of-numbers = the labels of { LIST($tasks) } { $count ->
    [one] are not judged: it is a rating or a number, and a neighbouring number is no wrong label
   *[other] are not judged: they are ratings or numbers, and a neighbouring number is no wrong label
 }
    .remedy = look through the largest errors in predictions.csv of a run
suspects-options-refused = the search for wrong labels { $count ->
    [0] cannot use { EACH($wrong) }
   *[other] has no option { LIST($names) }
 }
    .remedy = { $count ->
    [0] correct these options, or omit them
   *[other] { EACH($hints) }
 }

suspects-head = { $data }: labels judged by a linear head on { $backbone }, five folds
suspects-said = { $count ->
    [0] { $task }: none of { $total } labels is a suspect.
    [one] { $task }: one of { $total } labels is a suspect.
   *[other] { $task }: { $count } of { $total } labels ({ NUMBER($share, style: "percent", maximumFractionDigits: 1) }) are suspects.
 }
suspects-estimate = Accuracy of the heads on examples that they have not seen: { SCORE($accuracy) }. { $few ->
    [yes] Too few labels are wrong to estimate their share.
    [weak] Such heads are too weak to tell how many labels are wrong: name another --backbone.
   *[no] Estimated share of wrong labels: { NUMBER($wrong, style: "percent", maximumFractionDigits: 1) }.
 }
suspects-bound = If 5% of the labels were wrong at random, at most { NUMBER($findable, style: "percent", maximumFractionDigits: 0) } of them could be found by any method at a precision of 50% with such heads (accuracy { SCORE($accuracy) }, { $classes } classes).
suspects-advice = Nothing was changed. A suspect may also be a rare but correct example, or show several classes: check it before it is corrected or left out.
suspects-summary = { $said }{ $weak ->
    [yes] { " " }Heads with an accuracy of { SCORE($accuracy) } are too weak to find more than { NUMBER($findable, style: "percent", maximumFractionDigits: 0) } of wrong labels.
   *[no] { "" }
 } The guard alarms above { NUMBER($bar, style: "percent", maximumFractionDigits: 0) }.
suspects-none-judged = No label was judged: there is no task with classes.
suspects-more = { $count } more in suspects.csv
suspects-title = Suspected labels: { $data }
suspects-heading = { $task }: { $count ->
    [one] one suspect
   *[other] { $count } suspects
 }
suspects-about = Most doubtful first: label as given → likely label, with the probabilities of heads that have not seen the example.
suspects-pairs = Which classes are confused
suspects-column = { $column ->
    [label] label
    [likely] likely label
    [likely_probability] p(likely)
    [label_probability] p(label)
    [split] split
    [count] suspects
   *[id] example
 }
suspects-files = { $count ->
    [0] no suspects; page { $page }
   *[other] suspects  { $table }
            page      { $page }
 }
suspect-numbers = likely label { $likely }, given label { $label }
suspect-alt = { $example }, labelled { $label }, likely { $likely }
suspect-likely = likely
suspect-zoom = enlarge
suspect-in-memory = held in memory, not in a file

setting-drop_suspects = Leave the examples that this list names out of train: suspects.csv of ghep check --labels, or a CSV with a column id.
    .allowed = the path of a CSV with a column id
drop-suspects-without-id = { $file } has no column "id"; its columns are { LIST($columns) }
    .remedy = pass suspects.csv of ghep check --labels, or name the column of the examples' ids "id"
drop-suspects-unknown-id = { $file } names { $count } of { $total } examples that are not in { $data }, such as { $first }
    .remedy = { $hint }; write the list again with ghep check --labels if files were moved or renamed
drop-suspects-unknown-task = { $file } names the task { $task }, which the data do not have
    .remedy = { $hint }
drop-suspects-other-content = { $count } of { $total } examples in { $file } have other content than when the list was written, such as { $first }
    .remedy = write the list again with ghep check --labels: the ids of rows change when rows are inserted or deleted
drop-suspects-empties-class = without the examples in { $file }, train has { $count ->
    [0] no label of { $task }
   *[other] no example of { LIST($names) }
 }
    .remedy = keep some of them: delete their rows in the list
drop-suspects-detail = left out of train by { $file }
suspects-dropped = { $count ->
    [0] { $listed ->
        [0] { $file } lists no examples: nothing is left out
       *[other] none of the examples in { $file } is in train
    }
    [one] one of { $total } training examples is left out
   *[other] { $count } of { $total } training examples are left out
 }{ $count ->
    [0] {""}
   *[other] , as { $file } says
 }{ $held_out ->
    [0] {""}
    [one] ; one more is in valid or test, and stays there
   *[other] ; { $held_out } more are in valid or test, and stay there
 }
    .remedy = { $count ->
    [0] { $listed ->
        [0] nothing needs to be done
       *[other] check that the list is of these data, split with the same seed
    }
   *[other] compare the scores with those of a run without --drop-suspects
 }

help-check-labels = Also search for wrong labels, with a linear head on the features of --backbone.
help-check-backbone = With --labels: backbone whose features judge the labels; default: efficientnet-lite0 for images, minilm for texts.
help-check-out = With --labels: folder for suspects.csv and suspects.html; default: a new folder in runs/.
help-check-overwrite = With --labels: write into --out although it holds files.
check-without-labels = { LIST($flags) } { $count ->
    [one] has
   *[other] have
 } no effect without --labels
    .remedy = add --labels, or leave { LIST($flags) } out
