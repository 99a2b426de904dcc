# Training: settings, divergence, checkpoints.

unknown-augmentation = unknown augmentation "{ $name }"
    .remedy = { $hint }
unknown-precision = unknown precision "{ $name }"
    .remedy = { $hint }
rates-do-not-match-blocks = the stage has { $rates ->
    [one] one learning rate
   *[other] { $rates } learning rates
 } for { $blocks ->
    [one] one block
   *[other] { $blocks } blocks
 }
    .remedy = give one learning rate per block
groups-do-not-match-gradients = { $count ->
    [one] one parameter is
   *[other] { $count } parameters are
 } unfrozen without a learning rate, or frozen with one
cannot-mix-lengths = { LIST($settings) } cannot blend inputs of different lengths
    .remedy = turn them off (mixup=0, cutmix=0)
tensor-shape-differs = { $name } has the shape { $found }, expected { $expected }

training-place = { $step ->
    [0] epoch { $epoch } of stage { $stage }
   *[other] epoch { $epoch }, step { $step } of stage { $stage }
 }
training-interrupted = training was stopped on request after { $place }
    .remedy = resume it to continue
stopped-patience = no improvement for { $epochs ->
    [one] one epoch
   *[other] { $epochs } epochs
 }; the weights of epoch { $best_epoch } are kept

# Observations that "diverged" reports.
loss-not-finite = the loss became NaN or infinite
loss-too-high = the loss rose from about { DIGITS($usual) } to { DIGITS($loss) }
gradient-not-finite = the gradient became NaN or infinite
weights-too-large = the weights grew to { DIGITS($size) } (root mean square; { DIGITS($before) } before)
valid-loss-not-finite = the loss on valid became NaN or infinite

diverged-inputs-left-out = { $what } ({ $place }): the inputs of { $count ->
    [one] one training example are not finite; it is left out
   *[other] { $count } training examples are not finite; they are left out
 }
    .remedy = replace these examples, then train again
diverged-retry = { $what } ({ $place }): training returns to the start of epoch { $epoch } and continues with all learning rates times { DIGITS($scale) } (head: { DIGITS($new_lr) })
    .remedy = use a lower learning rate (--lr; the head's was { DIGITS($lr) })
diverged-inputs = { $what } ({ $place }){ $retries ->
    [0] { "" }
    [one] { " " }after one retry at lower learning rates
   *[other] { " " }after { $retries } retries at lower learning rates
 }; the { $kept ->
    [best] best weights so far
   *[earlier] last weights before the divergence
 } are kept
    .remedy = replace the examples whose inputs are not finite, or leave them out
diverged-stopped = { $what } ({ $place }){ $retries ->
    [0] { "" }
    [one] { " " }after one retry at lower learning rates
   *[other] { " " }after { $retries } retries at lower learning rates
 }; the { $kept ->
    [best] best weights so far
   *[earlier] last weights before the divergence
 } are kept
    .remedy = use a lower learning rate (--lr; the head's was { DIGITS($lr) }), or a smaller --clip-norm
step-in-parts = the memory of { $device } ran out in { $place }: the backbone computes { $rows ->
    [one] one example
   *[other] at most { $rows } examples
 } of a training batch of { $batch } at once, and each of them twice; the loss and the step are those of the whole batch{ $statistics ->
    [yes] , but BatchNorm uses the statistics of the examples that are computed together
   *[no] { "" }
 }
    .remedy = no action needed; smaller images, shorter texts or fewer trained blocks need less memory
diverged-line = diverged: { $finding }

checkpoint-of-another-run = the checkpoint { $path } belongs to other data, or another backbone, strategy, setting or seed
    .remedy = resume with the arguments of the first run, or start anew in another --out
checkpoint-not-written = cannot write a checkpoint to { $folder } ({ $cause }): { $good ->
    [0] there is no checkpoint yet
   *[other] the last good one is { $last }
 }; training continues
    .remedy = free some space there; the next checkpoint is tried when it is due
checkpoint-skipped = a checkpoint is not used: { $cause }
    .remedy = { $intact ->
        [0] no action needed: the run starts from the beginning
       *[other] no action needed: the previous checkpoint, { $resumed }, is resumed
    }
checkpoint-of-another-version = the checkpoint { $folder } was written by another version of ghep ({ $detail })
    .remedy = finish the run with that version, or start again
