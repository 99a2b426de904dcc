# What fine-tuning keeps of the backbone's source data: --keep wise, l2sp, lwf.

setting-fit-keep = What fine-tuning does to forget less: none, wise (interpolate with the pretrained weights after training), l2sp (hold the weights near the pretrained ones) or lwf (hold the source classifier's answers).
setting-keep_alpha = With --keep wise: 0 is the solved head on the pretrained blocks, 1 the fine-tuned weights; default: 0.5, unless another is better on valid by more than a standard error.
    .allowed = a number from 0 to 1
setting-keep_weight = With --keep l2sp or lwf: weight of the term that is added to the loss; default 0.01 for l2sp, 1 for lwf.
    .allowed = a number above 0

keep-not-with-strategy = keep={ $keep } is not possible with { $strategy }: { $strategy ->
    [linear_probe] it changes no pretrained weight, so nothing is forgotten
    [scratch] it starts from random weights, so there is nothing to keep
   *[other] low-rank updates start at zero, so weight decay already holds them at the pretrained weights
 }
    .remedy = { $strategy ->
        [lora] choose keep=wise or keep=lwf, or leave it out
        [scratch] leave it out, or choose light, full, progressive, lp_ft or lora
       *[other] leave it out, or choose a strategy that fine-tunes: light, full, progressive, lp_ft or lora
    }
keep-lwf-blends = keep=lwf compares the source classifier's answers with those recorded for single examples, and mixup and cutmix blend examples
    .remedy = leave out mixup and cutmix, or choose keep=wise or keep=l2sp
keep-random-weights = keep={ $keep } needs pretrained weights, and this backbone has random ones
    .remedy = leave out keep, or random_weights
keep-wise-needs-linear-head = keep=wise interpolates from a solved head, and this backbone's head is a decoder, which cannot be solved
    .remedy = choose keep=l2sp, or a backbone with a linear head (hf/<name> instead of text2text/<name>)
keep-lwf-needs-source-head = keep=lwf needs the classifier that { $backbone } was pretrained with: { $why }
    .remedy = choose keep=wise or keep=l2sp, which need none
keep-settings-unused = { LIST($settings) } had no effect with keep={ $keep }
    .remedy = { $keep ->
        [wise] leave out keep_weight, which is for keep=l2sp and keep=lwf
       *[other] leave out keep_alpha, which is for keep=wise
    }

unknown-variant = unknown variant "{ $variant }" in "{ $name }"
    .remedy = { $hint }
variant-and-setting = "{ $name }" stands for a value of { $setting } that { $setting }={ $value } contradicts
    .remedy = give one of the two

reason-keep = { $method ->
    [wise] after training, interpolation with the solved head on the pretrained blocks { $given ->
        [yes] at alpha { $alpha }
       *[no] at alpha 0.5, or the nearest that is as good on valid as the best
    }
    [l2sp] { VALUE($weight) } times the squared distance from the pretrained weights is added to the loss, in place of weight decay on them
   *[lwf] { VALUE($weight) } times the divergence of the source classifier's answers from those before training is added to the loss
 }

wise = alpha { $alpha } between the solved head on the pretrained blocks (0) and the fine-tuned weights (1) was chosen on valid: { SCORE($score) }, with { SCORE($probe) } and { SCORE($tuned) } at the ends
wise-given = alpha { $alpha } between the solved head on the pretrained blocks (0) and the fine-tuned weights (1), as given
wise-without-valid = without a validation split, alpha is { $alpha }, half-way between the solved head on the pretrained blocks and the fine-tuned weights
    .remedy = add a validation split, or choose keep_alpha from 0 (nothing forgotten) to 1 (as trained)

# The figure of a comparison.
figure-forgetting = What is gained on the target data, and what is left of the source
caption-forgetting = Upper right is best: nothing forgotten, and the target learnt. One dot per contender, the mean over its seeds, scored on valid.{ $lines ->
    [0] { "" }
   *[other] { " " }A line joins the values of alpha that a run with keep=wise could choose from, from the solved head on the pretrained blocks to the fine-tuned weights.
 }
