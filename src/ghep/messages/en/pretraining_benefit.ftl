## Did pretraining help? Verdict, terminal and page.
## Messages of the page may hold <em>; everything else is escaped.

benefit-kind = { $kind ->
    [helped] Pretraining helped
    [no-difference] No difference
    [hurt] Pretraining hurt
   *[cannot-tell] Cannot tell
}
benefit-mark = { $kind ->
    [helped] helped
    [no-difference] no difference
    [hurt] hurt
   *[cannot-tell] cannot tell
}
benefit-side = { $side ->
    [before] before
    [after] after
    [vectors] word vectors
   *[random] before (random weights)
}
benefit-verdict = After pretraining minus before: { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }), { $numbers ->
    [one] with { $numbers } number of labels
   *[other] the mean over { $numbers } numbers of labels
}, { $draws ->
    [one] on { $draws } draw
   *[other] on { $draws } draws
}.{ $kind ->
    [no-difference] { " " }The whole interval is within { POINTS($margin, sign: "auto") } points, the difference that was set not to matter.
   *[other] { "" }
}
benefit-advice = { $kind ->
    [helped] { $small ->
        [true] Take the pretrained backbone if it is there already; a gain of less than { POINTS($margin, sign: "auto") } points is no reason to pretrain again.{ $worth }
       *[false] Take the pretrained backbone{ $random ->
            [true] {" "}rather than random weights, and compare it with one that was pretrained on more text
           *[false] { "" }
        }.{ $worth }
    }
    [hurt] { $random ->
        [true] Do not use the pretrained backbone: random weights are better.
       *[false] Keep the backbone from before.{ $trained ->
            [true] {" "}If the corpus is like the task's texts, try fewer steps or a lower rate.
           *[false] {" "}A lower mismatch of BatchNorm statistics seldom makes better features.
        }
    }
   *[no-difference] { $random ->
        [true] The pretrained backbone is worth no more than random weights: take another backbone, or pretrain on more text.
       *[false] Keep the backbone from before: more pretraining of this kind is not worth its time here.
    }
}
benefit-advice-open = { $ahead ->
    [after] { $random ->
        [true] The pretrained backbone is ahead of random weights, but chance explains that: take another backbone, or pretrain on more text.
       *[false] Keep the backbone from before unless the pretrained one costs you nothing: it is ahead, but chance explains that.
    }
   *[before] { $random ->
        [true] The pretrained backbone is not ahead of random weights: take another backbone, or pretrain on more text.
       *[false] Keep the backbone from before.
    }
} { $by ->
    [examples] About { $examples } test examples would settle it (there are { $n }).
    [draws] About { $draws } draws (--seeds) would settle it; test examples alone would not.
    [both] About { $examples } test examples and { $draws } draws (--seeds) would settle it (there are { $n } examples).
   *[nothing] No feasible number of test examples or draws would settle a difference this small.
}
benefit-labels-saved = { " " }{ $reach ->
    [beyond] With { $labels } labels it scores higher than before with all { $most }
    [fewer] With { $labels } labels it scores no higher than before with { $needed } or fewer
   *[found] With { $labels } labels it scores as high as before with { $needed }
}{ $bounds ->
    [none] { "" }
    [open] { " " }(95 % interval from { $low } to more than { $most })
   *[both] { " " }(95 % interval { $low } to { $high })
}.
benefit-labels = { $labels ->
    [0] all
   *[other] { $labels }
}
benefit-at = { $labels ->
    [0] { $kind } with all labels
   *[other] { $kind } with { $labels } per class
}
benefit-bill = Pretraining took { DURATION($seconds) }{ $priced ->
    [true] , or { DURATION($per_point) } per point gained (95 % interval { DURATION($low) } to { DURATION($high) })
   *[false] { "" }
}; the comparison took { DURATION($comparison) }

benefit-one-draw = pretraining is judged on a single draw of the labels, so the interval covers other test examples, but no other labels or seeds
    .remedy = use --seeds 5
benefit-labels-left-out = the verdict is without the runs with { LIST($numbers) } labels per class, which were not made in every draw; they are in the table
    .remedy = repeat the command with more time
benefit-linear-better = a linear model without a network, { $control }, is { POINTS($difference, sign: "auto") } points better than the pretrained backbone (95 % interval { POINTS($low) } to { POINTS($high) })
    .remedy = use it, or a stronger backbone: with this one, pretraining is not the question
benefit-depends-on-labels = the effect depends on the number of labels: { LIST($each) }
    .remedy = decide by the row of the table that is nearest to your number of labels
benefit-nothing-to-compare = no strategy was run on both { $before } and { $after }
    .remedy = read why the runs failed in the report of the comparison, or give it more time
benefit-no-record = { $folder } has no pretraining.json
    .remedy = pass the folder that ghep pretrain wrote
benefit-before-missing = the backbone that { $folder } was pretrained from, { $backbone }, is not there ({ $cause })
    .remedy = put it back, or name it: before="PATH"
benefit-of-several-tasks = pretraining is judged on one task; the data have { LIST($tasks) }
    .remedy = name one of them: label="NAME" (--label NAME)
benefit-vectors-missing = there is no file of word vectors at { $path }
    .remedy = correct the path: --vectors FILE (vectors=...)
benefit-of-other-kind = { $photos ->
    [true] bn re-estimates statistics of photos, and --then { $data } is a task of texts
   *[false] a backbone for texts is pretrained, and --then { $data } is a task of photos
 }
    .remedy = give a task of { $photos ->
    [true] photos
   *[false] texts: a table with a text column, or a folder of .txt files per class
 }
benefit-interrupted = { $cause }
    .remedy = the pretraining is finished, in { $folder }; to continue the comparison, repeat the command with --resume --out { $folder }
benefit-labels-of-sets = { $task } is multi-label, so examples have several classes and no labels per class can be drawn; --labels is { $labels }
    .remedy = leave out --labels, or give --labels all
benefit-all-labels = { $task } is multi-label, so examples have several classes and no labels per class can be drawn: all labels are used
benefit-record = the record of the pretraining
benefit-begins = Did pretraining help? before: { $before }{ $random ->
    [true] { " " }(the same architecture with random weights)
   *[false] { "" }
}; after: { $after }

# Terminal and page

benefit-row = { $labels ->
    [0] all { $count }
   *[other] { $numeric ->
        [true] { $labels } labels
       *[false] { $labels } per class
    }
}
benefit-mean = { $numbers ->
    [one] this number
   *[other] mean of { $numbers }
}
benefit-sides = Before is { $before }{ $random ->
    [true] , the same architecture with random weights
   *[false] { "" }
}; after is { $after }. Each is represented by the strategy that was best on valid.
benefit-column = { $column ->
    [labels] labels
    [before] before
    [after] after
    [points] points
    [interval] 95 % interval
    [p] p
    [draws] draws
    [strategy] strategy
    [word] word
    [neighbours] nearest words
   *[verdict] verdict
}
benefit-section = { $section ->
    [labels] Before and after
    [strategies] Strategy by strategy
    [saved] Labels saved
    [pretraining] The pretraining
    [samples] Samples
   *[neighbours] Nearest words
}
benefit-heading = Did pretraining help? { $name } on { $data }
benefit-labels-about = Both backbones were trained on the same draws of the labels with the same seeds, and answer the same test examples. The last row decides; the p values of the others have Holm's correction. A difference within { POINTS($margin, sign: "auto") } points was set not to matter. All of this is about this one pretrained backbone, not about pretraining again.
benefit-linear = Compared with a linear model without a network, { $control }, the pretrained backbone is at { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }).
benefit-strategies-about = The same strategy on both backbones. These differences are described, not tested: only the best strategy on valid counts for the verdict.
benefit-comparison = Every run, with controls and mistakes:
benefit-saved-about = The label curve of the backbone from before, read backwards: with how many labels it scores as high as the pretrained one. Nothing is extrapolated.
benefit-line = { $line ->
    [unigram] unigram counts
    [bigram] bigram counts
   *[model] the model
}
figure-pretraining = The course of pretraining
caption-pretraining = { $unit ->
    [bits-per-byte] Bits per byte
   *[loss] Loss in nats
} on held-out documents over time, lower is better; the lines are counts of single tokens (dotted) and of pairs (dashed). A model that stays above them has learnt less than counting.
caption-before-and-after = Bars are 95 % intervals over draws and test examples. Before and after are represented by the strategy that was best on valid; controls are dashed.

# Settings of --then

benefit-without-then = { LIST($flags) } { $count ->
    [one] says
   *[other] say
} how a task judges the pretraining, and there is no --then
    .remedy = add --then DATA, or leave out { LIST($flags) }
setting-then = After pretraining, compare the backbone before and after on this labelled data: did it help?
    .allowed = a path
setting-pretrain-labels = With --then: labels per class, as in 16,64,all; each seed draws other examples.
setting-pretrain-seeds = With --then: number of draws of the labels, each with a seed of its own.
setting-pretrain-strategies = With --then: strategies, separated by commas; each draw takes the best on its valid split.
setting-vectors = With --then: a file of word vectors to compare with.
    .allowed = a path
setting-scratch = With --then: also train the architecture from random weights, and a probe on its random features.
    .allowed = true or false
setting-margin = With --then: the largest difference in score that does not matter; 0.01 is a point.
    .allowed = from 0 to 0.5
setting-then_time_limit = With --then: approximate maximum time of the comparison: 90s, 30m, 1.5h.
    .allowed = above 0
