# Strategies, their plans, and how plans are run.

# Findings of a run.
nothing-to-resume = there is no checkpoint to resume in { $folder }: the run starts from the beginning
resumed = resumed after { $step ->
    [0] epoch { $epoch }
   *[other] epoch { $epoch }, step { $step },
 } of stage { $stage }
resumed-finished = resumed after the last stage
time-limit-reached = the time limit was reached
stopped-early = training ended early: { $cause }
time-limit-exceeded = solving a head took { DURATION($seconds) }, more than the time limit of { DURATION($limit) }: it cannot be cut short
    .remedy = allow more time
start-kept = fine-tuning ended clearly below the solved head on valid, so the solved head is kept
    .remedy = use linear_probe, which is cheaper
