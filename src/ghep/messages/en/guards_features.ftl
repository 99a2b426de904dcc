# Checks of frozen features, of the weights that computed them, and of what the network is fed with.

features-summary = features of { $name }: effective rank { NUMBER($rank, maximumFractionDigits: 1) } of at most { $most } (bar { NUMBER($rank_bar, maximumFractionDigits: 1) }), spread { NUMBER($spread, minimumFractionDigits: 2, maximumFractionDigits: 2) } (bar { NUMBER($spread_bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }), { NUMBER($varying, style: "percent", maximumFractionDigits: 0) } of the dimensions vary, on { $count } examples
features-rows-not-finite = { NUMBER($share, style: "percent", maximumFractionDigits: 1) } of the features of { $name } are NaN or infinite
    .remedy = check the weight file and the preprocessing of { $name }, or use another backbone
features-equal = { $name } computes the same features for all { $count } examples
    .remedy = check the weight file and the preprocessing of { $name } (ghep doctor), or use another backbone
features-collapsed = the features of { $name } have collapsed: all { $count } examples point in almost the same direction (mean cosine { NUMBER($cosine, minimumFractionDigits: 4, maximumFractionDigits: 4) }, spread { NUMBER($spread, minimumFractionDigits: 3, maximumFractionDigits: 3) }, bar { $bar })
    .remedy = try another backbone (ghep advise tries those at hand), the features of an earlier block (--boundary auto), --strategy full, or --strategy scratch as a control
features-low-rank = the features of { $name } vary in few directions: effective rank { NUMBER($rank, maximumFractionDigits: 1) } of at most { $most } on { $count } examples (bar { NUMBER($bar, maximumFractionDigits: 1) })
    .remedy = try another backbone (ghep advise tries those at hand), the features of an earlier block (--boundary auto), --strategy full, or --strategy scratch as a control
features-dead = { NUMBER($share, style: "percent", maximumFractionDigits: 0) } of the { $dims } features of { $name } are constant over { $count } examples
    .remedy = try another backbone (ghep advise tries those at hand), the features of an earlier block (--boundary auto), --strategy full, or --strategy scratch as a control
features-no-better-than-random = a linear head on the features of { $name } is no better than on those of the same network with random weights: { SCORE($value) } against { SCORE($other) } on { $count } examples (difference { POINTS($low) } to { POINTS($high) } points)
    .remedy = try another backbone (ghep advise tries those at hand), the features of an earlier block (--boundary auto), --strategy full, or --strategy scratch as a control
features-no-better-than-majority = a linear head on the features of { $name } is no better than a constant answer: { SCORE($value) } against { SCORE($other) } on { $count } examples (difference { POINTS($low) } to { POINTS($high) } points)
    .remedy = try another backbone (ghep advise tries those at hand), the features of an earlier block (--boundary auto), --strategy full, or --strategy scratch as a control
features-control-summary = a linear head on the features of { $name } scores { SCORE($value) }, { $control ->
    [random] on those of the same network with random weights
   *[majority] a constant answer
 } { SCORE($other) } (difference { POINTS($low) } to { POINTS($high) } points, reported as no better below { POINTS($bar) }, n { $count })

weights-without-structure = the weights of { $name } look untrained or shuffled: the largest singular values of { $count } weight matrices are { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } times those of the same entries in random order (bar { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }; trained weights are far above it)
    .remedy = load the weights again from their source, and check that their names and layouts are those of the network; use --random-weights or --strategy scratch if random weights are intended
embeddings-without-structure = the word embeddings of { $name } look random: the largest singular value of { LIST($names) } is { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } times that of the same entries in random order (bar { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) }; trained embeddings are far above it)
    .remedy = load the word vectors again, and check that the file holds them and that they reach the network
weights-summary = the largest singular values of { $count } weight matrices of { $name } are { NUMBER($excess, minimumFractionDigits: 2, maximumFractionDigits: 2) } times those of the same entries in random order (reported below { NUMBER($bar, minimumFractionDigits: 2, maximumFractionDigits: 2) })
weights-not-judged = the weights of { $name } were not judged: it has too few large weight matrices

preprocessing-way = { $way ->
    [bgr] blue and red exchanged
    [imagenet] pixels from 0 to 1 with ImageNet's mean and standard deviation subtracted and divided
    [symmetric] pixels from −1 to 1
    [unit] pixels from 0 to 1
    [bytes] pixels from 0 to 255
    [caffe] pixels from 0 to 255 without the mean, blue first
   *[given] the preprocessing of the backbone
 }
preprocessing-does-not-fit = the preprocessing of { $name } does not fit its weights: on { $count } images the inputs of its first BatchNorm layer are { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) } from the stored statistics (bar { $bar }), and { NUMBER($best, minimumFractionDigits: 2, maximumFractionDigits: 2) } with { $closest }
    .remedy = write the mean and std that the weights were trained with into the json next to the weight file
colours-exchanged = { $name } seems to expect blue, green, red: with these colours exchanged, the inputs of all of its first { $layers } BatchNorm layers are closer to the stored statistics, on average { NUMBER($ratio, minimumFractionDigits: 2, maximumFractionDigits: 2) } times as far ({ $count } images, bar { $bar })
    .remedy = load the weights with the first layer's input channels reversed
preprocessing-summary = the inputs of the first BatchNorm layer of { $name } are { NUMBER($distance, minimumFractionDigits: 2, maximumFractionDigits: 2) } from the stored statistics on { $count } images (not doubted up to { $bar }); the closest is { $closest } with { NUMBER($best, minimumFractionDigits: 2, maximumFractionDigits: 2) }; with blue and red exchanged, the first layers are { NUMBER($ratio, minimumFractionDigits: 2, maximumFractionDigits: 2) } times as far (doubted up to { $clearly })
preprocessing-not-judged = the preprocessing of { $name } was not judged: it has no BatchNorm statistics to compare pixels with

# The first blocks of a backbone.

boundary-not-possible = the features of { $name } cannot be taken after block { $block }: { $cause }
    .remedy = choose another block: { LIST($blocks) }
boundary-unknown = { $name } has no block { $block }
    .remedy = choose one of { LIST($blocks) }, its number from 1 to { $last }, or auto
boundary-of-other-network = only image networks and transformers for texts have features of earlier blocks, and { $name } is neither
    .remedy = omit --boundary
boundary-nested = the architecture holds the first blocks of the first blocks of a network
boundary-only-embeddings = nothing but the embeddings is left
boundary-alone = { $name } has no earlier block whose features can be used
    .remedy = omit --boundary
boundary-chosen = of the features of { $count } blocks of { $name }, those of { $block } are used: a linear head on them scores { SCORE($value) } on valid, and { SCORE($last) } on those of the last block
boundary-needs-valid = --boundary auto compares blocks on valid, and { $data } has no validation examples
    .remedy = name a block with --boundary, or add validation examples
setting-boundary = Use the features of an earlier block: its name or number; auto: the one of a few middle blocks and the last whose linear head is best on valid.
    .allowed = the name of a block, its number from 1, or auto

# Advice on features of earlier blocks.

earlier-block-better = the features of block { $block } of { $name } are better than those of the last block: a linear head scores { SCORE($value) } on them and { SCORE($last) } on the last (difference { POINTS($low) } to { POINTS($high) } points, n { $count })
    .remedy = use them: --boundary { $number }
earlier-blocks-no-better = the features of earlier blocks of { $name } are no better: a linear head scores { SCORE($value) } on those of { $block } (--boundary { $number }), the best of them, and { SCORE($last) } on those of the last block (difference { POINTS($low) } to { POINTS($high) } points, n { $count })
    .remedy = try another backbone, --strategy full, or --strategy scratch as a control

# Advice on a linear model without a network.

linear-control-ahead = { $control }, a linear model without a network, is better than a linear head on the frozen features of { $name }: { SCORE($value) } compared with { SCORE($probe) } (difference { POINTS($low) } to { POINTS($high) } points, n { $count })
    .remedy = these features miss what the task needs; see whether fine-tuning adds it: ghep compare --strategies light,full,scratch, which includes this control

# In ghep doctor.

