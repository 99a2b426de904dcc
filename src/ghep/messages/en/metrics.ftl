# Metrics: arguments that cannot be scored or compared.

score-shapes = expected targets (n,) and probabilities (n, K), found { $targets } and { $probabilities }
    .remedy = pass one target and one row of K probabilities for each example
multi-label-score-shapes = expected targets and probabilities (n, K), found { $targets } and { $probabilities }
    .remedy = pass one row of K targets and one of K probabilities for each example
targets-out-of-range = targets are in [{ $lowest }, { $highest }], expected [0, { $most }]
    .remedy = number the classes from 0, and leave out examples without a label (often -1 or 255)
targets-not-binary = targets must be 0 or 1, and range from { $lowest } to { $highest }
    .remedy = remove unlabelled examples (-1) first
probabilities-not-finite = { $count } of { $total } rows of probabilities are not finite (first: row { $first })
    .remedy = lower the learning rate: the model diverged
paired-shapes-differ = two models are compared on the same n examples, found shapes { $a } and { $b }
    .remedy = pass one answer of each model for each example, in the same order
ratio-not-positive = ratios need numbers above 0, found { $value }
    .remedy = leave out the examples with 0, or add the smallest step that can be measured
contenders-differ-in-examples = two contenders are compared on the same n examples, found { $a } and { $b }
    .remedy = score both on one split
paired-tables-differ = paired tables of runs must have the same shape, found { $a } and { $b }
    .remedy = keep the draws that both contenders have
table-shape = expected correctness of shape (S, n) with S and n at least 1, found { $found }
    .remedy = score the runs on a split with labels
regression-score-shapes = expected targets (n,) and predictions (n, 3), found { $targets } and { $predictions }
    .remedy = pass a row for each example: the predicted number and the ends of its interval (NaN for none)
