# Do the data look like what the backbone was pretrained on, and do the splits look alike?

domain-mismatch-images = the images do not look like those that { $backbone } was pretrained on: the mismatch of its BatchNorm statistics is { NUMBER($score, minimumFractionDigits: 2, maximumFractionDigits: 2) } on { $count } training images (photos like the source data: at most { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) })
    .remedy = compare with another backbone and with fine-tuning of more blocks (--strategy full); ghep advise also tries BatchNorm statistics of these images (--batch-norm reestimate), which seldom helped
mismatch-summary = BatchNorm statistics: mismatch { NUMBER($score, minimumFractionDigits: 2, maximumFractionDigits: 2) } on { $count } training images, reported above { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }
mismatch-not-judged = { $cause ->
    [no-batch-norm] { $backbone } has no BatchNorm, whose statistics describe its source data, so whether the images look like them cannot be judged
    [random] { $backbone } has random weights, so it has no source data
   *[few] { $count ->
        [one] one training image is
       *[other] { $count } training images are
    } too few to judge whether they look like the source data ({ $needed } are needed)
 }
mismatch-of-texts = { $report }; reported above { NUMBER($unknown, style: "percent") } unknown, { NUMBER($foreign, style: "percent") } of letters in other scripts, or { NUMBER($pieces, minimumFractionDigits: 1) } pieces per plain word

splits-differ = { $first } and { $second } differ: a linear classifier on frozen features distinguishes their examples with an AUC of { SCORE($auc) } (cross-validated on { $count } examples; p = { NUMBER($p, maximumFractionDigits: 3) }; equal splits: 0.5)
    .remedy = { $second ->
        [test] expect scores on test, and on new data, that differ from those on { $first }; if examples are related (frames of one film, texts by one author), keep them in one split with --group or a split column
       *[valid] settings are chosen on valid: divide the examples again, and keep related ones (frames of one film, texts by one author) in one split with --group or a split column
    }
splits-summary = { $count ->
    [0] the splits have too few examples to be compared
   *[other] a linear classifier on frozen features, by AUC: { LIST($pairs) }; reported from p = { NUMBER($bar, maximumFractionDigits: 4) }
 }
split-pair = { $first } and { $second } { SCORE($auc) } (p = { NUMBER($p, maximumFractionDigits: 3) })

# Re-estimated BatchNorm statistics.

batch-norm-reestimated = BatchNorm statistics were re-estimated on { $count } training images, before anything else
batch-norm-few-images = BatchNorm statistics were re-estimated on { $count ->
    [one] one training image
   *[other] { $count } training images
 } only, which is too few for reliable ones
    .remedy = compare with the pretrained statistics: leave out --batch-norm reestimate
card-reestimated = { $source }; BatchNorm statistics of { $count } training images of { $data }
batch-norm-tried = re-estimating the BatchNorm statistics of { $backbone } on the training images { $effect ->
    [better] helps
    [worse] does not help
   *[level] makes no detectable difference
 }: its probe scores { SCORE($after) } instead of { SCORE($before) } ({ $count } examples, p = { NUMBER($p, maximumFractionDigits: 3) })
    .remedy = { $effect ->
        [better] use it: --batch-norm reestimate, or the name of a strategy with +reestimate, such as light+reestimate
       *[other] try another backbone, or fine-tune more blocks
    }
advice-reestimated-name = { $backbone } +reestimate
