# Too much fine-tuning: rates that are too high, overfitting, collapse.

rate-too-high-restarting = the learning rate { DIGITS($lr) } is too high: { $epochs ->
    [one] after one epoch
   *[other] after { $epochs } epochs
 } of stage { $stage } the best score on valid is { SCORE($score) }, { SCORE($start) } at its start, and the loss has risen; the stage begins again at { DIGITS($safe) }
    .remedy = use a learning rate of { DIGITS($safe) } or less (--lr); strong augmentation and mixup can do such harm as well
rate-too-high-restarted = the learning rate { DIGITS($lr) } is too high: { $epochs ->
    [one] after one epoch
   *[other] after { $epochs } epochs
 } of stage { $stage } the best score on valid was { SCORE($score) }, { SCORE($start) } at its start, and the loss had risen; trained again at { DIGITS($safe) }, it is { SCORE($after) }
    .remedy = use a learning rate of { DIGITS($safe) } or less (--lr); strong augmentation and mixup can do such harm as well
rate-too-high = stage { $stage } did harm: the best score on valid is { SCORE($score) }, { SCORE($start) } at its start, and the loss has risen; the learning rate { DIGITS($lr) } is probably too high
    .remedy = use a lower learning rate, such as --lr { TYPED($safe) }; strong augmentation and mixup can do such harm as well
rate-too-high-line = learning-rate-too-high: { $finding }
augmentation-does-not-fit = in stage { $stage } the augmentation did harm, not the learning rate: before any step, the training examples as augmented or mixed had a loss of { DIGITS($loss) }, those of valid { DIGITS($valid) } (guessing { DIGITS($guessing) }); the score on valid fell from { SCORE($start) } to { SCORE($score) }
    .remedy = use --augment none, or --augment no-mirror if mirrored images mean something else, without --mixup and --cutmix
rate-explodes = the learning rate { DIGITS($lr) } is too high: in a range test the loss exploded at { DIGITS($exploded) }
    .remedy = use a learning rate of { DIGITS($safe) } or less (--lr)
rates-explode-at = the loss explodes at a learning rate of { DIGITS($exploded) }, { DIGITS($times) } times the { DIGITS($lr) } of stage { $stage }; up to a tenth of that is safe
rates-never-explode = the loss does not explode at learning rates up to { DIGITS($highest) }, { DIGITS($times) } times the { DIGITS($lr) } of stage { $stage }

predictions-collapsed = after epoch { $epoch } of stage { $stage }, { NUMBER($largest, style: "percent", maximumFractionDigits: 0) } of the predictions on valid are one class, and at most { NUMBER($labels, style: "percent", maximumFractionDigits: 0) } of the labels are; { $kept ->
    [yes] these weights are the result
   *[no] the weights of an earlier epoch are kept
 }
    .remedy = use a lower learning rate (--lr), or --class-weights if the classes are unequal; compare with the linear_probe
overfitted = overfitting: { $score } of { $task } is { SCORE($train) } on a sample of train and { SCORE($valid) } on valid, and from epoch { $best_epoch } to { $epochs } of stage { $stage } the loss on valid rose by { DIGITS($rise) } (p { P($p, sign: "always") }); the weights of epoch { $best_epoch } are kept
    .remedy = use fewer epochs (--epochs { $best_epoch }), more frozen blocks, or more labels
best-epoch-early = the best epoch of stage { $stage } is { $best_epoch } of { $epochs }; the epochs after it took { DURATION($seconds) } and brought nothing
    .remedy = use --epochs { $best_epoch } or a smaller --patience

overtraining-predictions = predictions on valid are { NUMBER($entropy, minimumFractionDigits: 2, maximumFractionDigits: 2) } times as varied as the labels: the most frequent class is { NUMBER($largest, style: "percent", maximumFractionDigits: 0) } of them (alarm from { NUMBER($bar, style: "percent", maximumFractionDigits: 0) })
overtraining-tail = the best epoch is { $best_epoch } of { $epochs }, after which the loss on valid changed by { DIGITS($rise) } (p { P($p, sign: "always") }; alarm if it rose, p < { DIGITS($sure) }, and train is far better than valid)
overtraining-unknown = nothing was measured on valid: there is no validation split with labels, or it is of an older version
