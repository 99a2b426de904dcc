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
backbone-too-large = its weights are { BYTES($size) }, too large to be tried unless named
    .remedy = name it: --backbones (backbones=[...])
folder-without-backbone = { $folder } holds no backbone: no config.json, and no *.safetensors with a json of the same name
    .remedy = pass a weight file, a bundle, or a folder of weight files with their json
backbone-generates-labels = { $backbone } generates its labels: no linear head can be solved on it
    .remedy = compare it by fine-tuning it: ghep fit --strategy full
advise-unknown-option = advise has no option { LIST($names) }
    .remedy = { $hints }
advise-multi-label = { $task } is multi-label, with bars between the classes of a label; advise needs one class per example
    .remedy = name another column with --label (label_columns), or compare backbones: ghep compare
one-task = the advice is about { $task }, the first of { $count } tasks
    .remedy = name another with --label (label_columns)
advice-for-numbers = { $task } is a number: the choice of the backbone is measured here, but the rules for the strategy were measured on classes only
    .remedy = compare the strategies: ghep compare
sampled = the advice uses { $used } of { $total } examples, a stratified sample
track-record = track record of the advice

# The race between backbones.

advice-probed = { $backbone }: { SCORE($accuracy) } on { $count } examples
advice-clearly-worse = clearly worse than { $best } on { $count } examples: { SCORE($accuracy) } against { SCORE($best_accuracy) }
advice-stopped = clearly worse on { $count } examples, therefore stopped: { $backbones }
advice-race = { $total } backbones saw { $count } examples; { $stopped ->
    [one] one was
   *[other] { $stopped } were
 } clearly worse and stopped, { $finished } saw all { $all }

# Why a backbone has no classifier of its source task.

source-head-none = it was not pretrained as a classifier
source-head-hub = its weights come from a hub, without their classifier
source-head-no-weights = it has no weights
no-leep-of-numbers = the labels are numbers
source-head-ambiguous = its file holds { $count } classifiers of its features

# The strategy, and why.

advice-size = { $size }: { $num_train } training examples of { $classes } classes, { NUMBER($per_class, maximumFractionDigits: 0) } per class (many: from { $many })
advice-size-of-numbers = { $size }: { $num_train } training examples; a number counts like { $classes } classes, { NUMBER($per_class, maximumFractionDigits: 0) } examples for each (many: from { $many })
advice-distance = { $distance }: frozen features get right { NUMBER($closeness, maximumFractionDigits: 0) } % of what the most frequent class leaves open (near: from { NUMBER($near, maximumFractionDigits: 0) } %) and { NUMBER($gain, maximumFractionDigits: 0) } % of what random features leave open (near: from { NUMBER($near_gain, maximumFractionDigits: 0) } %)
advice-distance-of-numbers = { $distance }: frozen features explain { NUMBER($closeness, maximumFractionDigits: 0) } % of the variance (near: from { NUMBER($near, maximumFractionDigits: 0) } %) and { NUMBER($gain, maximumFractionDigits: 0) } % of what random features leave open (near: from { NUMBER($near_gain, maximumFractionDigits: 0) } %)

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
    [one] whose probe is
   *[other] whose probes are
 } clearly behind ({ LIST($accuracies) } against { SCORE($best_accuracy) }): rely on the probe, these scores are rougher estimates; ghep compare --backbones { $backbones } would settle it
advice-score-prefers = { LIST($scores) } would take { $backbone }
advice-accuracy = { SCORE($accuracy) }
advice-record = on { $data_sets } data sets such advice cost { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } points of accuracy (median) compared with the best of everything tried afterwards, { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) } at worst; on { $right } it was within one standard error of the best
advice-record-rival = of rules without a table the best one, { $rule }, cost { NUMBER($median, minimumFractionDigits: 1, maximumFractionDigits: 1) } and { NUMBER($worst, minimumFractionDigits: 1, maximumFractionDigits: 1) } there
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
advice-no-leep = no LEEP where { $cause }
advice-more = and { $count } more
advice-mark-first = first
advice-mark-level = level with the first
advice-mark-stopped = stopped
advice-interval = { SCORE($low) } to { SCORE($high) }
advice-range = { NUMBER($low, minimumFractionDigits: 2, maximumFractionDigits: 2) } to { NUMBER($high, minimumFractionDigits: 2, maximumFractionDigits: 2) }
