# Checks of a run.

temperature-at-bound = the temperature of { $task } is at the limit of its range ({ DIGITS($temperature) }): on { $count } validation examples, confident answers are right no more often than others
    .remedy = do not rely on the probabilities; check the labels of valid, train longer, or train more of the backbone
not-calibrated = the probabilities of { $task } are not calibrated: { $count ->
    [0] no validation example has a label
    [one] one validation example has a label
   *[other] { $count } validation examples have labels
 }, and { $needed } are needed to fit a temperature
    .remedy = do not rely on the probabilities, or add validation examples

bundle-answers-differ = the bundle { $bundle } and the model that was scored give different logits for { $task } (by up to { DIGITS($difference) })
    .remedy = do not use this bundle, and please report this

below-majority = { $score } of { $task } on { $split } is { SCORE($value) }, below the { SCORE($majority) } of always predicting the most common label
    .remedy = do not use this model as it is; compare the labels of train and { $split }, use --class-weights, or train more of the backbone
below-majority-class = { $score } of { $task } on { $split } is { SCORE($value) }, below the { SCORE($majority) } of always predicting the most common label: "{ $label }" is predicted for { NUMBER($answered, style: "percent", maximumFractionDigits: 0) } of the examples, but is the label of { NUMBER($right, style: "percent", maximumFractionDigits: 0) }
    .remedy = do not use this model as it is; compare the labels of train and { $split }, use --class-weights, or train more of the backbone
below-mean = { $score } of { $task } on { $split } is { SCORE($value) }: always predicting the mean label would be better ({ SCORE($majority) })
    .remedy = do not use this model as it is; compare the numbers of train and { $split }, or train more of the backbone
no-prediction-intervals = the predictions of { $task } have no intervals: valid has { $count ->
    [one] one label
   *[other] { $count } labels
 }, and { $needed } are needed
    .remedy = put more examples into valid

frozen-tensors-changed = { $count ->
    [one] one frozen tensor of block { $block } has changed: { $names }
   *[other] { $count } frozen tensors of block { $block } have changed, for example { $names }
 }
    .remedy = please report this with the plan that was printed
thawed-but-still = { $count ->
    [one] one unfrozen parameter did not change: { $names }
   *[other] { $count } unfrozen parameters did not change, for example { $names }
 }
    .remedy = train longer; if they still do not change, no output of the network depends on them

seen-unknown = this bundle does not record its training examples, so it is unknown whether it is scored on them
    .remedy = score examples that were collected after it was trained
scored-on-training-data = the model was trained on { $count } of the { $total } { $total ->
    [one] scored example
   *[other] scored examples
 }: the scores say nothing about new data
    .remedy = score examples that it has never seen
scored-on-validation-data = { $count } of the { $total } { $total ->
    [one] scored example
   *[other] scored examples
 } were used to choose the model: the scores are likely to be too high
    .remedy = score examples that it has never seen

tasks-unequal = { $large } has { $large_labels } training labels and { $small } { $small_labels }: { NUMBER($large_share, style: "percent", maximumFractionDigits: 0) } of the labels drawn are for { $large } and { NUMBER($small_share, style: "percent", maximumFractionDigits: 1) } for { $small }
    .remedy = use --mixing sqrt, temperature or equal to draw the small task more often; ghep compare shows whether that, or a single-task model, is better for it
gradients-conflict = the gradients of { $first } and { $second } conflict: mean cosine { NUMBER($cosine, minimumFractionDigits: 2, maximumFractionDigits: 2) }, negative in { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of { $steps } steps
    .remedy = { $surgery ->
        [none] use --surgery pcgrad to remove the conflict; ghep compare shows whether sharing hurts one of them
       *[other] run ghep compare to see whether sharing hurts one of them in spite of { $surgery }
    }
task-drowned = { $task } is dominated by { $largest }: the norm of its gradient of the shared parameters is { NUMBER($share, style: "percent", maximumFractionDigits: 1) } of that of { $largest }
    .remedy = use --weighting gradnorm to balance the tasks, or --task-weight { $task }=2 or --mixing equal to help { $task }

nothing-held-out = all examples were used for training, so the quality of the model is unknown
    .remedy = add a valid or test folder, or more examples per class, so that some can be held out
valid-reused = the scores are on the validation split, which also chose the epoch or the regularisation
    .remedy = expect slightly lower scores on new data, or add a test folder
valid-and-test-differ = { $score } is { SCORE($valid) } on valid and { SCORE($test) } on test, a larger difference than chance allows
    .remedy = the splits differ: keep related examples (frames of one film, texts by one author) in one split, with a split column
valid-and-test-differ-by-task = { $score } of { $task } is { SCORE($valid) } on valid and { SCORE($test) } on test, a larger difference than chance allows
    .remedy = the splits differ: keep related examples (frames of one film, texts by one author) in one split, with a split column
