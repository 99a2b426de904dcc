# A comparison: its learning curves, label curves, plan, runs and result.

curve-one-point = { $contender }: validation score { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }]; one point, not a curve over epochs
curve-gains = { $contender }: the validation score starts at { SCORE($start) }, gains { NUMBER($per_epoch, maximumSignificantDigits: 2) } points per epoch and levels off at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }]
curve-gains-timed = { $contender }: the validation score starts at { SCORE($start) }, gains { NUMBER($per_epoch, maximumSignificantDigits: 2) } points per epoch ({ NUMBER($per_second, maximumSignificantDigits: 2) } per second) and levels off at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }]
curve-no-gain = { $contender }: the validation score starts at { SCORE($start) }, gains nothing by training and levels off at { SCORE($asymptote) } [{ SCORE($low) }, { SCORE($high) }]

labels-saved = { $contender } with { $labels } labels scores as high as { $control } with { $ratio ->
    [more] { NUMBER($times, maximumSignificantDigits: 2) } times as many
    [same] the same number
   *[fewer] fewer labels
 }: { $needed }
labels-saved-above = { $contender } with { $labels } labels scores higher than { $control } with all { $most }
labels-saved-above-open = { $contender } with { $labels } labels scores higher than { $control } with all { $most }, but this is uncertain: { $control } may reach the score with { $low }
labels-saved-clearly-above = { $contender } with { $labels } labels scores significantly higher than { $control } with all { $most }
label-count = { $fewest ->
    [true] { $count } or fewer
   *[false] { $count }
 }
label-count-interval = { $needed } [{ $low }, { $high }]
label-count-more = more than { $count }

# Its folder and state.

comparison-folder-holds-run = { $folder } holds a run; the files of a comparison would mix with it
    .remedy = choose another --out (out)
comparison-folder-foreign = { $folder } is not the folder of a comparison; a comparison would overwrite its { $names }
    .remedy = choose another --out (out): a new or an empty folder
comparison-settings-differ = { $folder } holds a comparison with other settings than this one
    .remedy = choose another --out (out), or pass --overwrite (overwrite=True) to replace it
comparison-data-changed = the data have changed since the comparison in { $folder } began
    .remedy = choose another --out (out), or pass --overwrite (overwrite=True) to start again
comparison-weights-changed = the weights of { $backbone } have changed since the comparison in { $folder } began
    .remedy = choose another --out (out), or pass --overwrite (overwrite=True) to start again
comparison-seeds-differ = { $folder } holds a comparison with { $found } seeds, not { $seeds }
    .remedy = choose another --out (out), or pass --overwrite (overwrite=True) to replace it
comparison-interrupted = stopped while runs were in progress
comparison-stopped = the comparison was interrupted: { $cause }
    .remedy = run the same command again to continue
comparison-state = state of the comparison
run-metrics = metrics of the run
run-settings = settings of the run
run-plan = plan of the run
run-findings = findings of the run
run-file-unreadable = cannot read { $file } ({ $cause })
    .remedy = delete { $folder } and repeat the command: it repeats this run only
every-run-failed = every run failed; the cause of the first failure: { $cause }
    .remedy = { $first_remedy }
run-raised = { $type }: { $text }
run-traceback = the run's folder has the traceback, { $file }

# Its data.

backbones-use-other-examples = some examples of { $data } cannot be used by every backbone, so the backbones cannot be compared on the same examples
    .remedy = compare these backbones one at a time, or remove the unusable examples that "ghep check" lists
valid-as-test = there is no test split with labels: valid is used as the test split, and part of train as valid
    .remedy = add a test split with labels to keep your own validation split
nothing-to-score = { $data } has no labelled test examples{ $task ->
    [none] { "" }
   *[other] { " " }for { $task }
 }, so models cannot be compared
    .remedy = remove the given splits so that ghep divides the data, or put labelled examples into a test split
test-has-one-class = { $data }: the test split holds only one class of { $task }, "{ $label }", so models cannot be compared on it
    .remedy = remove the given splits so that ghep divides the data, or put examples of every class into the test split

# Its worker processes.

worker-prepares-otherwise = a worker process would prepare examples for { $backbone } in another way than the process that started it
    .remedy = run the comparison in one process: jobs=1 (--jobs 1), and please report this
worker-ended-twice = the worker process of this run ended twice before the run was finished, the second time with no other run in progress: { $how }
    .remedy = if memory is short, use a smaller batch_size or image_size; the same command repeats the run
worker-killed = killed by { $signal }
worker-exited = exit code { $code }{ $line ->
    [none] { "" }
   *[other] : { $line }
 }

# The reference without labels.

no-zero-shot = the reference zero_shot was left out: { $cause }
    .remedy = { $advice }
zero-shot-regression = the labels are numbers, not class names
class-name-without-words = class names such as "{ $name }" contain no words
class-names-same-words = two class names consist of the same words
zero-shot-multi-label = the task is multi-label: a text may have several classes
zero-shot-no-vector = { $backbone } does not compute a single feature vector per text
zero-shot-pairs = the examples are pairs of texts, not single texts

# Findings of runs.

finding-of-runs = { $finding } ({ $runs })
finding-of-runs-details = { $finding } ({ $runs }; the details are those of { $first })
finding-of-a-run = { $finding } ({ $contender }, seed { $seed }{ $more ->
    [0] { "" }
    [one] , and one more run
   *[other] , and { $more } more runs
 })
runs-all-seeds = { $contender }, { $count ->
    [2] both seeds
   *[other] all { $count } seeds
 }
runs-of-seeds = { $contender }, { $count ->
    [one] seed
   *[other] seeds
 } { LIST($seeds) }

# Progress and result of ghep.compare.

compare-tasks = { $tasks } tasks: one model for all compared with one model for each; { $strategies }, { $seeds } seeds
labels-are-all = no curve point at { $labels } labels per class: no class has more, so that would be all labels again
compare-controls = fitting the controls that need no training run: a constant answer and a linear model on the raw data
compare-finding = { $level }: { $finding }
compare-model = model     { $bundle }
compare-nothing-to-plot = there is nothing to plot: no model was trained on several tasks
    .remedy = see the report, { $report }

# Its draws of few labels.

draws-unknown-task = { $data } has no task "{ $task }"
    .remedy = { $hint }
draws-labels-invalid = at least one label per class is expected, got { $count ->
    [0] none
   *[other] { $found }
 }
    .remedy = give numbers of labels per class such as 1, 2, 4
draws-without-test = { $data } has neither a test split nor a valid split, so models trained on few labels cannot be scored
    .remedy = add a test split
draws-multi-label = { $task } is multi-label: examples have several classes, so labels per class cannot be drawn
    .remedy = leave out --labels, or compare on a column with one class per example
fewer-labels = { $short } of { $classes } classes have fewer than { $count } labels; all labels of these classes are used
    .remedy = label more examples of these classes, or ask for fewer labels per class

# The learning-rate search.

rate-other = { NUMBER($factor, maximumSignificantDigits: 2) } times the learning rate derived from the data: better by { SCORE($gain) } on valid, standard error { SCORE($error) }
rate-out-of-reach = the learning rate derived from the data: its valid score is so high that no other rate can be better by more than one standard error ({ SCORE($error) })
rate-only = the learning rate derived from the data; no other rate was tried
rate-derived = the learning rate derived from the data: no other is better by more than one standard error ({ SCORE($error) }) on valid
rate-unconfirmed = the learning rate derived from the data; { NUMBER($factor, maximumSignificantDigits: 2) } times that rate did better in a short trial, but confirming it on all of train would have taken too much of the time limit

# Progress of the runs.

runs-at-once = { $jobs } runs at once, { $threads ->
    [one] one thread
   *[other] { $threads } threads
 } each
runs-one-at-a-time = one run at a time: other processes cannot read the examples in the memory of this process
runs-planned = { $runs } runs, about { DURATION($seconds) }
runs-planned-with-curve = { $runs } runs, about { DURATION($seconds) }, of which the label curve takes { DURATION($curve) }
runs-that-fit = { $runs ->
    [0] none
   *[other] about { $runs }
 } of these runs fit into the time that is left of { DURATION($limit) }
no-time-for-run = no time: a run takes about { DURATION($seconds) }
contender-unusable = this strategy cannot be used with this backbone: { $cause }
no-time-for-search = no time for a learning-rate search; using the learning rates derived from the data
search-announced = first a learning-rate search for { $strategies ->
    [one] one strategy
   *[other] { $strategies } strategies
 }: about { DURATION($seconds) }
search-failed = { $contender }: the learning-rate search failed: { $cause }
rate-of = learning rate of { $contender }: { $choice }
stopped-between-runs = stopped between two runs
run-begun = [{ $spent }] run { $number }: { $contender }, { $cell }
run-failed = failed: { $contender }, { $cell }: { $cause }
runs-left-out = left out: { $contender } ({ $runs ->
    [one] one run
   *[other] { $runs } runs
 }): { $cause }
cell-seed = seed { $seed }
cell-seed-labels = seed { $seed }, { $labels } labels{ $numeric ->
    [true] { "" }
   *[false] { " per class" }
 }
