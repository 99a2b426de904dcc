# The verdict of a comparison: its sentences, the numbers behind them, and what to run next.

verdict-no-finished-run = no run on all labels was finished
    .remedy = read the failures, fix the first and repeat
pair-missing = { $a } and { $b } were not compared
    .remedy = pass all pairs of the leaderboard
examples-differ = { $contender }, seed { $seed }, was scored on other examples than { $other } ({ $count } and { $other_count })
    .remedy = compare runs that were scored on one split

# What the verdict says.

verdict-no-pretrained = No contender uses pretrained weights, so whether they help is not known. The best is { $best } ({ SCORE($accuracy) }).
verdict-no-pretrained-finished = No run with pretrained weights has finished ({ LIST($missing) }), so whether they help is not known. The best without them is { $best } ({ SCORE($accuracy) }).
verdict-single = There is nothing to compare { $best } ({ SCORE($accuracy) }) with.
verdict-negative-transfer = Pretrained weights hurt here: { $control } ({ SCORE($control_accuracy) }), which does not use them, is better than { $pretrained ->
    [one] the only contender that does, { $best } ({ SCORE($accuracy) }).
   *[other] every contender that does. The best of those is { $best } ({ SCORE($accuracy) }).
 }
verdict-no-help = Pretrained weights do not help here: { $best } ({ SCORE($accuracy) }) is { $better ->
    [true] at most { POINTS($most, sign: "auto") } points better
   *[false] no better
 } than { $control } ({ SCORE($control_accuracy) }), which does not use them.
verdict-control-leads = Of the contenders that ran, { $control } ({ SCORE($control_accuracy) }), without pretrained weights, is the best: { $best } ({ SCORE($accuracy) }) is no better.
verdict-helps = { $new_seeds ->
    [true] Pretrained
   *[false] In these runs pretrained
 } weights help: { POINTS($difference) } points compared with { $control }.
verdict-other-seeds-open = Whether they help with other seeds is open: results differ too much between seeds.
verdict-help-open = It is open whether pretrained weights are better than { $control } ({ SCORE($control_accuracy) }): { $contenders } { $count ->
    [one] reaches
   *[other] reach
 } { SCORE($accuracy) }.
verdict-help-open-after = Pretrained weights are better than { LIST($beaten) }, but it is open whether they are better than { $control } ({ SCORE($control_accuracy) }): { $contenders } { $count ->
    [one] reaches
   *[other] reach
 } { SCORE($accuracy) }.
verdict-only = { $best } ({ SCORE($accuracy) }) is the only contender trained from pretrained weights.
verdict-winner = { $these_runs ->
    [true] In these runs { $best }
   *[false] { $best }
 } ({ SCORE($accuracy) }) is the best: better than { $others ->
    [one] the other contender
   *[other] each of the { $others } others
 } with pretrained weights.
verdict-best-so-far = { $best } ({ SCORE($accuracy) }) is the best of those that ran.
verdict-tie = { LIST($contenders) } are equally good: within { POINTS($margin, sign: "auto") } points of the best.
verdict-best-open = Which contender is the best is open: { LIST($contenders) }.
verdict-not-judged = { LIST($contenders) } { $count ->
    [one] was
   *[other] were
 } not judged and may be better.
verdict-few-examples = { $count ->
    [one] There is only one test example.
   *[other] There are only { $count } test examples.
 }

# Names of contenders in these sentences.

contender-accuracy = { $contender } ({ SCORE($accuracy) })
contenders-together = { LIST($contenders) } together
contenders-best-on-valid = the { $count } contenders with the best valid scores together

# The numbers.

verdict-difference = { $a } minus { $b } is { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }).
verdict-difference-not-significant = { $a } minus { $b } is { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }). A true difference of { POINTS($detectable, sign: "auto") } points would be detected four times in five.
verdict-interval = { $contender } has the score { SCORE($accuracy) }, 95 % interval { SCORE($low) } to { SCORE($high) }.

# What limits the conclusion.

verdict-no-controls = No control was run, so whether pretrained weights help or hurt is not known.
verdict-no-scratch = Scratch was not { $planned ->
    [true] judged
   *[false] run
 }, so the score of the same architecture without pretrained weights is not known.
verdict-single-runs = { LIST($contenders) } { $count ->
    [one] has a single run
   *[other] have a single run each
 }: the variation between seeds is not counted.
verdict-budget = Runs were cut to about { DURATION($seconds) }: with more time those that were cut may score higher, scratch too.
verdict-unfinished = Not judged, because no run finished: { LIST($contenders) }.

# What to run next.

next-run-controls = Run the controls and another strategy as well.
next-run-pretrained = Compare it with a strategy that uses pretrained weights.
next-run-unfinished = Run the same command with more time to judge { LIST($contenders) }.
next-exactly-equal = { $a } and { $b } scored exactly the same, so the number of test examples that would separate them cannot be estimated.
next-more-examples = About { $needed } test examples (there are { $count }) would settle { $a } against { $b }, if { POINTS($difference, sign: "auto") } points is the true difference.
next-some-more-examples = More test examples than the { $count } there are would settle { $a } against { $b }: it is close.
next-more-seeds = No number of test examples would settle { $a } against { $b }: results differ too much between seeds; about { $seeds } seeds of each would.
next-more-seeds-too = No number of test examples alone would settle { $a } against { $b }: results differ too much between seeds; it takes more seeds as well.

# Why a contender is recommended.

why-most-accurate = It has the highest score, and { $level ->
    [0] no other contender is level with it.
   *[other] no contender level with it is cheaper.
 }
why-cheaper = { $distinguished ->
    [true] It comes closest to { $best },
   *[false] It cannot be distinguished from { $best },
 } gives up at most { POINTS($lost, sign: "auto") } points (95 % interval), and a run takes { DURATION($seconds) } instead of { DURATION($best_seconds) }.

# The planned questions.

question-helps-scratch = Do pretrained weights help, compared with training from scratch?
question-helps-random-features = Do pretrained weights help, compared with random features?
question-helps-data-control = Do pretrained weights help, compared with a linear model on the raw data?
question-helps-majority = Do pretrained weights help, compared with a constant answer (the most frequent class, or the mean)?
question-best = Which contender is the best?
question-cheaper = Is a cheaper one as good?

# Their answers; "numbers" is one of the messages on numbers above.

answer-yes = Yes: { $numbers }
answer-yes-these-runs = Yes, in these runs: { $numbers }
answer-yes-other-seeds-open = Yes, in these runs (p { P($p, sign: "always") }); with other seeds it is open: { $numbers }
answer-no = No, at most { POINTS($margin, sign: "auto") } points better: { $numbers }
answer-hurts = No: { $control } is better than every contender with pretrained weights: { $numbers }
answer-open = Cannot tell: { $numbers }
answer-not-asked = Skipped, because the question before it is open: { $numbers }
answer-best = { $best } is the best: { $numbers }
answer-best-so-far = { $best } is the best of those that ran: { $numbers }
answer-equally-good = { LIST($contenders) } are equally good: { $numbers }
answer-one-contender = There are no two contenders with pretrained weights.
answer-help-unknown = Skipped: it is not known whether pretrained weights help.
answer-choice-unknown = Skipped: it is not known which contender is the best.
answer-cheapest = { $best } is the cheapest.
answer-cheaper-as-good = Yes, { $contender } gives up less than { POINTS($margin, sign: "auto") } points: { $numbers }
answer-cheaper-worse = No, { $contender } is worse: { $numbers }
