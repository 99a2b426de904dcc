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
time-limit-exceeded = solving a head took { DURATION($seconds) }, more than the time limit of { DURATION($limit) }: it cannot be interrupted
    .remedy = allow more time with --time-limit (time_limit)
start-kept = fine-tuning ended clearly below the solved head on valid, so the solved head is kept
    .remedy = use the strategy linear_probe, which only solves the head and is cheaper{ $augmented ->
        [yes] ; or train without augmentation and mixup (--augment none, or no-mirror)
       *[no] { "" }
    }

# Strategies and their settings.
strategy-summary = { $strategy ->
    [linear_probe] all blocks frozen, a linear head solved on their features
    [light] the first blocks frozen, the last quarter and the head fine-tuned
    [full] all blocks fine-tuned together, with lower rates towards the input
    [progressive] the head first, then one more block per stage
    [lp_ft] the head solved first, then fine-tuned gently together with the last blocks
    [lora] all weights frozen, low-rank updates of attention or convolutions trained with the head
    [scratch] random weights, all of them trained: the control
   *[other] { $strategy }
 }
unknown-strategy = unknown strategy "{ $name }"
    .remedy = { $hint }
unknown-strategy-settings = { $strategy } has no { $count ->
    [one] setting
   *[other] settings
 } { LIST($settings) }
    .remedy = { EACH($hints) }
settings-unused = { LIST($settings) } had no effect: { $cause ->
    [views] the backbone's inputs cannot be augmented
    [blends] the backbone's inputs cannot be blended
    [solved] linear_probe solves its head and takes no training steps
    [no-batch-norm] the backbone has no BatchNorm
   *[tasks] there is only one task
 }
    .remedy = { $cause ->
        [views] leave it out, or use augment=none
        [solved] leave it out, or choose light, full or lp_ft
       *[other] leave it out
    }
frozen-blocks-out-of-range = frozen_blocks={ $frozen }, but the backbone has { $blocks ->
    [one] one block
   *[other] { $blocks } blocks
 }
    .remedy = choose 0 to { $blocks }
no-blocks-to-tune = frozen_blocks={ $frozen } leaves none of { $blocks } blocks to fine-tune
    .remedy = choose { $most ->
        [0] 0
       *[other] 0 to { $most }
    }
no-blocks-to-adapt = frozen_blocks={ $frozen } leaves none of { $blocks } blocks to adapt
    .remedy = choose { $most ->
        [0] 0
       *[other] 0 to { $most }
    }
epochs-too-few = progressive needs one epoch for each of { $blocks } blocks: it takes { $blocks } epochs instead of { $epochs }
    .remedy = choose light or lp_ft for a shorter run

# A plan as a table.
plan-stages = { $count ->
    [one] one stage
   *[other] { $count } stages
 }
plan-more-stages = and { $count ->
    [one] one more stage
   *[other] { $count } more stages
 }
plan-column-stage = stage
plan-column-frozen = frozen blocks
plan-column-rates = learning rates
plan-column-head = head
plan-column-epochs = epochs
plan-column-batch-size = batch size
plan-frozen = { $frozen } of { $blocks }
plan-head-solved = solved on features
plan-adapters = adapters of rank { $rank }, { $rates }
plan-rates = { $low } to { $high }

# Reasons of a plan.
reason-given = { $setting ->
    [batch-size] batch size
    [lr] learning rate
    [layer-decay] layer decay
    [epochs] epochs
    [trained-blocks] trained blocks
    [frozen-blocks] frozen blocks
   *[mixup] mixup
 } { VALUE($value) }: given
reason-batch-rule = about an eighth of { $labels ->
    [one] one label
   *[other] { $labels } labels
 }, within 8 to { $most }
reason-batch = batches of { $size }: { $rule }
reason-batch-memory = batches of { $size }: { $rule }; { BYTES($bytes) } of activations
reason-batch-reduced = batches of { $size }: { BYTES($bytes) } of activations, within { BYTES($limit) }; { $usual } ({ $rule }) would take { BYTES($usual_bytes) }
reason-epochs = { $epochs ->
    [one] one epoch
   *[other] { $epochs } epochs
 }: { $steps } steps at { $per_epoch } per epoch, within { $fewest } to { $most } epochs
reason-lr = learning rate { VALUE($lr) } ({ $optimizer }) for the last block: { $why }
reason-lr-batch-norm = BatchNorm keeps convolutional networks stable
reason-lr-shallow = word vectors and recurrent networks tolerate it, because nothing in them amplifies a step
reason-lr-width = 2e-4 at a width of 384, less for wider networks ({ $width })
reason-lr-no-batch-norm = networks without BatchNorm forget at higher rates
reason-layer-decay = { $trained ->
    [one] layer decay { $factor }: no effect, because one block is trained
   *[other] layer decay { $factor }: the first of { $trained } trained blocks has { $first } times the rate of the last
 }
reason-lr-scratch = learning rate { VALUE($lr) } ({ $optimizer }) for all blocks: nothing is pretrained, so nothing can be forgotten{ $norm ->
    [batch-norm] { "" }
   *[none] ; a quarter of the usual rate, at which networks without BatchNorm get stuck
 }
reason-lr-adapters = learning rate { VALUE($lr) } ({ $optimizer }) for all adapters: they start at zero and have nothing to forget
reason-blocks-tuned = { $count ->
    [one] { $blocks ->
        [one] the only block is trained
       *[other] the last of { $blocks } blocks is trained: a quarter
    }
   *[other] the last { $count } of { $blocks } blocks are trained: a quarter
 }
reason-all-trained = with { $many } labels or more, all blocks are trained
reason-left-frozen = { $frozen ->
    [0] no block stays frozen, because there is only one
    [one] the first of { $blocks } blocks stays frozen: below { $many } labels, training it costs several times as much and gains little, unless the data differ much from the backbone's source data
   *[other] the first { $frozen } of { $blocks } blocks stay frozen: below { $many } labels, training them costs several times as much and gains little, unless the data differ much from the backbone's source data
 }
reason-without-adapters = { $frozen ->
    [0] the only block gets adapters
    [one] the first of { $blocks } blocks gets no adapters: the stem, and what lp_ft leaves frozen
   *[other] the first { $frozen } of { $blocks } blocks get no adapters: the stem, and what lp_ft leaves frozen
 }
reason-no-mixup-inputs = no mixup: these inputs cannot be blended
reason-no-mixup-labels = no mixup below { $many } labels (BiT's rule)
reason-mixup = mixup { $alpha } from { $many } labels on (BiT's rule)
reason-solved = the head is a convex problem: it is solved to convergence, with its regularisation chosen on valid
reason-progressive = { $stages ->
    [one] one stage, which trains one block
   *[other] { $stages } stages of one epoch, each of which unfreezes one more block; the last one has the remaining epochs
 }
reason-after-solved-head = a solved head needs no large steps: half the rate of full fine-tuning, for the head as well
reason-adapters = rank { $rank } adapters on { $layers ->
    [one] one layer
   *[other] { $layers } layers
 } ({ $names }), from block { $first } of { $blocks } on

# Stored activations.
activations-stored = frozen blocks of { $stages ->
    [one] { $first }
   *[other] { $first } to { $last }
 }: computed once for { $views ->
    [one] one view
   *[other] { $views } views
 } of { $train } training examples and for { $valid } validation examples ({ DURATION($seconds) }, { BYTES($bytes) }), then read; computing them in every epoch would take { DURATION($live) }
activations-live = frozen blocks of { $stage }: computed in every epoch, because { $cause ->
    [blended] inputs are blended
    [new-views] every epoch has new views
   *[slower] reading stored activations would be slower
 }
activations-decided-before = which activations are stored was decided in an earlier run of this plan
activations-line = { "  " }{ $line }
store-full = activations cannot be stored ({ $cause }): frozen blocks are computed in every epoch
    .remedy = free some disk space, raise the limit (--cache-size), or use another folder (--cache-dir)
