# Advice: which backbone and strategy to try first.

# Errors and findings.

no-backbone-installed = no backbone for { $modality ->
    [image] images
    [text] texts
   *[other] { $modality } data
 } is installed
    .remedy = { $install ->
    [none] install ghep again
   *[other] { $install }
 }, or name some: --backbones a,b (backbones=[...])
backbone-too-large = its weights take { BYTES($size) }; a backbone this large is tried only if it is named
    .remedy = name it with --backbones (backbones=[...])
folder-without-backbone = { $folder } holds no backbone: no config.json, and no *.safetensors with a json of the same name
    .remedy = pass a weight file, a bundle, or a folder of weight files with their json
backbone-generates-labels = { $backbone } generates its labels as text, so it has no features for a linear head, which advise needs
    .remedy = leave it out, or fine-tune it: ghep fit --strategy full
advise-unknown-option = advise has no option { LIST($names) }
    .remedy = { $hints }
advise-multi-label = { $task } is multi-label, with bars between the classes of a label; advise needs one class per example
    .remedy = name another column with --label (label_columns), or compare backbones: ghep compare
one-task = the advice is about { $task } only, the first of { $count } tasks
    .remedy = for another task, name its column with --label (label_columns)
advice-for-numbers = { $task } is a regression task: backbones are compared on these data, but the rules that choose the strategy were tested on classification only
    .remedy = compare the strategies: ghep compare
sampled = the advice uses { $used } of { $total } examples, a stratified sample
track-record = track record of the advice

# The race between backbones.

advice-probed = { $backbone }: { SCORE($accuracy) } on { $count } examples
advice-clearly-worse = clearly worse than { $best } on { $count } examples: { SCORE($accuracy) } compared with { SCORE($best_accuracy) }
advice-stopped = not scored on more examples, because clearly worse on the first { $count }: { $backbones }
advice-race = { $total } backbones were scored on { $count } examples; { $stopped ->
    [one] one was
   *[other] { $stopped } were
 } clearly worse and stopped there, the other { $finished } were scored on all { $all }

# Why a backbone has no classifier of its source task.

source-head-none = the backbone was not pretrained as a classifier
source-head-hub = the weights come from a hub, without their classifier
source-head-no-weights = the backbone has no pretrained weights
no-leep-of-numbers = the labels are numbers
source-head-ambiguous = the weight file holds { $count } layers that could be the classifier

# The strategy, and why.

advice-size = { $size }: { $num_train } training examples of { $classes } classes, { NUMBER($per_class, maximumFractionDigits: 0) } per class (many: { $many } per class or more)
advice-size-of-numbers = { $size }: { $num_train } training examples; for regression that counts as { $classes } classes with { NUMBER($per_class, maximumFractionDigits: 0) } each (many: { $many } each or more)
advice-distance = { $distance }: a linear head on frozen features avoids { NUMBER($closeness, maximumFractionDigits: 0) } % of the errors of always predicting the most frequent class (near: { NUMBER($near, maximumFractionDigits: 0) } % or more) and { NUMBER($gain, maximumFractionDigits: 0) } % of the errors with random features (near: { NUMBER($near_gain, maximumFractionDigits: 0) } % or more)
advice-distance-of-numbers = { $distance }: a linear head on frozen features explains { NUMBER($closeness, maximumFractionDigits: 0) } % of the variance (near: { NUMBER($near, maximumFractionDigits: 0) } % or more) and { NUMBER($gain, maximumFractionDigits: 0) } % of the variance that random features leave unexplained (near: { NUMBER($near_gain, maximumFractionDigits: 0) } % or more)

# The advice as printed.

advice-take = take      { $backbone } with { $strategy }
advice-heading = Take { $backbone } with { $strategy }
advice-based-on = based on  { $evidence }
advice-based-on-title = based on
advice-evidence = { $score }; { $rank }
advice-score = a linear head on its frozen features: { SCORE($accuracy) } [{ SCORE($low) }, { SCORE($high) }] (95 % interval; n={ $count }, { $folds ->
    [0] measured on valid
   *[other] cross-validated in { $folds } folds of train and valid
 })
advice-only = it is the only backbone that was tried
advice-ahead = it is ahead of { $others ->
    [one] the other one
   *[other] the other { $others }
 }
advice-ranks-tied = ranks { $ranks } cannot be distinguished
advice-first-ranks-tied = ranks 1 to { $last } cannot be distinguished
advice-scores-disagree = { $choices }, { $count ->
    [one] whose linear probe is
   *[other] whose linear probes are
 } clearly worse ({ LIST($accuracies) } compared with { SCORE($best_accuracy) }): rely on the probe, because the other scores are rougher estimates; to decide by fine-tuning, run ghep compare --backbones { $backbones }
advice-score-prefers = { LIST($scores) } would choose { $backbone }
advice-accuracy = { SCORE($accuracy) }
advice-record = on { $data_sets } benchmark data sets, the advised model lost { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } points of accuracy (median; { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) } at worst) to the best of all backbones and strategies tried; on { $right } it was within one standard error of the best
advice-record-rival = on the same data sets, the best fixed rule ({ $rule }) lost { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } points (median; { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) } at worst)
advice-left-out = left out  { $backbone }: { $cause }
advice-was-left-out = { $backbone } was left out: { $cause }
advice-trust-title = how far to trust it

# Its table.

advice-column-backbone = backbone
advice-column-examples = examples
advice-column-probe = probe
advice-column-interval = 95 % interval
advice-column-seconds = seconds
advice-row-random = random features
advice-row-majority = majority class
advice-tied = = cannot be distinguished from the first
advice-no-leep = "-": no LEEP score, because { $cause }
advice-more = and { $count } more
advice-mark-first = first
advice-mark-level = level with the first
advice-mark-stopped = stopped
advice-interval = { SCORE($low) } to { SCORE($high) }
advice-range = { NUMBER($low, minimumFractionDigits: 2, maximumFractionDigits: 2) } to { NUMBER($high, minimumFractionDigits: 2, maximumFractionDigits: 2) }
