# One run. The lines it prints before it starts.

plan-data = data      { $name }: { $sizes }; { EACH($classes) }
plan-split = { $count } { $split }
plan-classes = { $count } { $multi_label ->
    [true] classes of { $task }, any number per example
   *[false] classes of { $task }
 }
plan-numbers = { $task }, a number (regression)
plan-backbone = backbone  { $name } ({ $pretrained ->
    [true] { $source }
   *[false] random weights
 }): { $blocks } blocks, { $features } features, { $preprocess }
plan-strategy = strategy  { $name }: { $summary }
plan-sharing = sharing   mixing { $mixing } (rows: { $shares }), loss weights { $weighting }{ $given ->
    [0] { "" }
   *[other] { " " }({ $weights })
 }, gradients { $surgery ->
    [none] summed
   *[other] changed by { $surgery }, then summed
 }
plan-share = { $task } { NUMBER($share, style: "percent", maximumFractionDigits: 0) }
plan-task-weight = { $task } { DIGITS($weight) }
plan-stage = { "  " }stage { $index } { $name }: { $frozen } of { $blocks } blocks frozen, { $training }
plan-stage-solved = head solved on features
plan-stage-trained = { $trains ->
    [adapters] adapters of rank { $rank } at { DIGITS($highest) }, head
    [blocks] learning rates { DIGITS($lowest) } to { DIGITS($highest) }, head
   *[head] head
 } { DIGITS($head_lr) }, { $epochs ->
    [one] 1 epoch
   *[other] { $epochs } epochs
 }, batches of { $batch_size }

# Fit.

advised = chosen by ghep advise: backbone { $backbone }, strategy { $strategy }
    .remedy = run ghep advise for the reasons, or ghep compare to measure
auto-needs-unprepared-data = backbone "auto" and strategy "auto" need data that are not prepared yet, but a Prepared was passed
    .remedy = pass a path or a Source, or name the backbone and the strategy
columns-without-table = { $names } (a { $type } has no columns: its examples carry their labels)
fit-settings-refused = fit cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
fit-strategy-and-settings-refused = { $cause }; { $refused }
settings-with-strategy-object = { $names } cannot be given alongside a Strategy object
    .remedy = set them in the object; { $hint }
resume-without-out = resume needs the folder of the interrupted run
    .remedy = name the folder with --out (out)
training-despite-error = error: { $cause } [{ $finding }]; training continues
run-interrupted = { $cause }
    .remedy = to continue, add --out { $folder } --resume (out, resume=True)
not-deterministic = two runs with the option deterministic are identical on CPUs only: kernels of { $device } may sum in a different order each time
    .remedy = choose --device cpu (device="cpu") for identical bits
refit-needs-solved-head = refit solves the head of a frozen backbone again on train and valid, but { $strategy } trains by gradients and needs valid to choose the number of epochs
    .remedy = leave out --refit (refit), or choose --strategy linear_probe
refit-needs-valid = refit adds valid to train, but { $data } has no valid split
    .remedy = leave out --refit (refit)
refitted = the head was solved again on train and valid ({ $examples } examples) with the regularisation chosen on valid; scores on valid and the temperature are those of the first head, solved on train

# Scores.

scored-not-as-deployed = scored probabilities differ by { DIGITS($difference) } from those of the deployed model
    .remedy = please report this; --no-cache --engine torch-float32 avoids the likely causes
card-source = { $data } ({ $examples } examples, { $strategy } by ghep { $version }){ $pretrained ->
    [true] , after { $before }
   *[false] { "" }
 }

# Evaluation of a bundle.

no-usable-labelled-example = nothing can be scored: { $cause }
    .remedy = save the { $things ->
        [images] images
        [texts] texts
       *[other] examples
    } in the form of the training data, or replace them
no-label-for-tasks = { $data } has no usable label for { LIST($tasks) }
    .remedy = give the label column the name of the task, name the task (--task NAME=PATH), or pass labelled { $things ->
        [images] images
        [texts] texts
       *[other] examples
    }
label-column-mapped = the labels in '{ $column }' are scored as the bundle's only task, '{ $task }'
    .remedy = name another column: --label-column (label_columns)
unknown-split = { $joined ->
    [true] { $part } has
   *[false] the data have
 } no split "{ $split }"
    .remedy = choose { OR($known) }

# The run folder.

out-inside-data = { $out } is inside the data folder { $data }: its files would be read as data next time
    .remedy = choose a folder outside the data: --out (out)
out-not-created = cannot create the folder { $folder } ({ $cause })
    .remedy = choose another --out (out)
out-not-writable = cannot write to { $folder }
    .remedy = choose another --out (out), or change its permissions
out-is-foreign = { $folder } is not the folder of a run; a run would overwrite its { $names }
    .remedy = choose another --out (out): a new or an empty folder
out-bundle-is-foreign = the run would replace { $bundle }, which was not written by ghep
    .remedy = choose another --out (out), or move it away
out-holds-comparison = { $folder } holds a comparison; the files of a run would mix with it
    .remedy = choose another --out (out)
out-holds-run = { $folder } holds { $finished ->
    [true] a finished run
   *[false] an interrupted run
 }
    .remedy = choose another --out (out), pass --overwrite (overwrite=True) to replace it, or --resume (resume=True) to continue it
resume-and-overwrite = resume and overwrite exclude each other
    .remedy = choose one: continue the run, or replace it
resumed-with-other-settings = the run in { $folder } was started with other settings: { EACH($changed) }
    .remedy = resume with the original settings, or start anew in another --out
resumed-setting-changed = { $name } was { $was }, now { $now }

# Controls, copies, frames.

no-control = the control of { $task }, a model without transfer, could not be fitted: { $cause }
    .remedy = { $cure ->
        [none] { "" }
       *[other] { $cure }
    }
control-is-better = { $control } is better than this model on { $split } of { $task } by { SCORE($margin) } (95 % interval of the difference { SCORE($low) } to { SCORE($high) }, p { P($p, sign: "always") })
    .remedy = use the control, choose a backbone pretrained on similar data, or fine-tune more blocks
no-better-than-control = { $control } is { $order ->
    [ahead] ahead of
    [behind] behind
   *[level] level with
 } this model on { $split } of { $task }, with no detectable difference ({ SCORE($margin) }; 95 % interval of the difference { SCORE($low) } to { SCORE($high) }, p { P($p, sign: "always") })
    .remedy = add test examples to decide; until then the control is the cheaper choice
seen-in = { $split ->
    [valid] train
   *[other] train or valid
 }
score-by-copy = { SCORE($value) } on the { $n } { $label ->
    [same] whose copy has the same label
    [other] whose copy has another label
   *[unknown] whose copy has an unknown label
 }
scored-on-copies = { $copies } of { $n } { $split } examples of { $task } have a copy in { $seen_in }: { $score } { SCORE($on_all) } on all, { $unseen ->
    [0] no example without a copy
   *[other] { SCORE($on_unseen) } on the { $unseen } without a copy
 }; { EACH($by_copy) }
    .remedy = report the score without copies, and remove the copies from { $seen_in } or from { $split }
pandas-missing = a data frame needs pandas, which is not installed
    .remedy = pip install pandas

# The record, its figure and the model card.

record-title = { $strategy } from { $backbone }, seed { $seed }
record-heading = { $strategy } from { $backbone }
record-seed = seed { $seed }
record-scores = scores
record-cost = cost
record-bundle = bundle
record-findings-label = findings
record-seconds = { DURATION($seconds) }
record-cost-text = { DURATION($seconds) }, peak memory { BYTES($memory) }, { $trained } of { $total } parameters trained
nothing-scored = no scores: nothing was held out
split-of-task = { $split } of { $task }
no-result = the run has no result on split { $split }{ $for_task ->
    [true] { " " }for task { $task }
   *[false] { "" }
 }
    .remedy = { $results ->
        [0] the run has no results: nothing was held out
       *[other] choose one of: { $known }
    }
majority-class = majority class
constant-mean = always the mean
no-such-score = { $task } has no score { $score }; it has { LIST($names) }
    .remedy = ask for one of these
more-results = and { $count } more, see metrics.json
shown-findings = { $shown }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
 }
more-findings = { $count } more
info-findings = { $count } for information
findings-left = { LIST($counts) }: see findings.json
lower-is-better = { $score } (lower is better)
interval = { SCORE($low) } to { SCORE($high) }
column-split = split
column-task = task
column-score = score
column-value = value
column-interval = 95 % interval
column-n = n

nothing-to-plot = nothing to plot: the head was solved without epochs, and nothing was held out
    .remedy = give the data a valid or test split
plot-loss = loss
plot-valid-score = valid score
plot-epoch = epoch
plot-epoch-and-stage = epoch; above: stage
plot-mean-of-tasks = mean of the tasks
plot-score = score; dotted: majority class

card-title = # { $data }: { $backbone }, { $strategy }
card-use = Trained with ghep { $version }. Use it with `ghep predict FOLDER FILES`, or in Python with
    `ghep.load(folder).predict([{ $example }])`.
card-data = ## Data
card-data-header = | { $task } | train | valid | test |
card-number-header = | { $task } | examples | minimum | median | maximum | standard deviation |
card-left-out = { $count ->
    [one] 1
   *[other] { $count }
 } { $files ->
    [files] { $count ->
        [one] file
       *[other] files
    }
   *[texts] { $count ->
        [one] text
       *[other] texts
    }
 } could not be used and { $count ->
    [one] was
   *[other] were
 } left out.
card-training = ## Training
card-backbone = - backbone: { $name } ({ $source }; licence: { $licence })
card-strategy = - strategy: { $strategy }, seed { $seed }
card-cost = - cost: { DURATION($seconds) }, peak memory { BYTES($memory) }, { $trained } of { $total } parameters trained
card-results = ## Results
card-results-header = | split | task | score | value | 95 % interval | n |
card-score-unseen = { $score } without copies in { $seen_in }
card-accuracy-of-sets = Accuracy of { $task } is exact match: an answer is correct if all its classes are.
card-findings = ## Findings
card-no-findings = - none
card-limits = ## Limits
card-limits-text = { $predicted ->
    [number] The model predicts a number for any input, also for { $others }, and rarely a number outside the range of its training labels
    [sets] The model knows only the classes above: { $others } gets some of them, or none
   *[one] The model knows only the classes above: { $others } gets one of them
 }.
    The intervals hold for { $things ->
        [images] images
        [texts] texts
       *[other] examples
    } like those measured, not for others.
card-environment = ## Environment

# Prepared data.

prepared-for-another-backbone = { $data } was prepared with different preprocessing from this backbone's
    .remedy = prepare it with the preprocessing of the backbone to train
all-weights-zero = all { $count } training examples have the weight 0
    .remedy = give some of them a weight above 0
rating-of-unknown-task = { $names } { $count ->
    [one] is not a task
   *[other] are not tasks
 } of { $data }
    .remedy = { $hint }

# Experiment trackers.

tracker-settings-header = | setting | value |
tracker-no-findings = none
tracker-names = one or more of { $names }
tracker-not-installed = { $name } is not installed: pip install { $name }
tracker-not-started = cannot start { $name }: { $cause }
    .remedy = set it up, or leave it out of --report-to (report_to)
tracker-failed = { $name } failed and is no longer used: { $cause }
    .remedy = no action needed: the run folder holds everything that was reported
tracker-warning = warning: { $cause }
class-weights-without-classes = class_weights counts every class equally, but { LIST($tasks) } { $count ->
    [one] predicts a number and has
   *[other] predict numbers and have
 } no classes
    .remedy = leave out class_weights
