# ghep attack: how little changes an answer.

command-attack =
    Change photos as little as possible until the model gives another answer, and save them.

    MODEL is a bundle, or a backbone with the classifier of its pretraining. No value of a pixel changes by more than --epsilon.
    A photo counts only if the saved PNG file gets the wanted answer from ghep predict. The page shows photos, changed images, the
    share of changed answers by bound, random noise for comparison, and whether the gradients can be trusted.

    Example: ghep attack runs/pets/bundle dog.jpg --to cat --epsilon 2/255

    Example: ghep attack --runs runs/comparison unseen/*.jpg
help-attack-arguments = A bundle, or a backbone whose weight file has the classifier of its pretraining; then photos, folders or globs. With --runs only photos.
help-attack-runs = Attack the bundles of this comparison instead of MODEL, one row per strategy, and compare the changes that photos need (with cw unless --method or --epsilon is given).
attack-no-files = { $model } is a model or a photo alone; attack needs a model and photos
    .remedy = ghep attack BUNDLE photo.jpg, or ghep attack --runs COMPARISON photo.jpg

setting-to = Label that the model should give; repeat it to accept several. Default: any other answer.
    .allowed = labels of the model
setting-epsilon = The most that a value of a pixel may change: 2/255, or a part of 1.
    .allowed = 2/255, or a number from 1/255 to below 1
setting-method = pgd: follow the gradient within the bound; cw: smallest Euclidean distance, without a bound; square: random search, without gradients.
setting-transfer_to = Another bundle or backbone whose answers to the same images are shown; may be repeated.
    .allowed = bundles or backbones
setting-task = Attack this task of the bundle. Default: the first.
    .allowed = a task of the bundle
setting-attack-out = Folder for the page, the images and the values; default: runs/attack-MODEL-TIME.
setting-attack-overwrite = Write into --out even if it has files.
setting-attack-steps = Steps of the gradient for each start.
setting-restarts = Starts: the first from the photo, others from random points within the bound.
    .allowed = a whole number from 1
setting-queries = Answers of the model that square may use for each photo.
    .allowed = a whole number from 1
setting-checked = Number of photos on which the curve, the smallest bound and the gradients are measured; 0: none.
    .allowed = a whole number from 0
setting-attack-seed = Seed of random starts, noise and search.

attack-refused = attack cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
attack-epsilon-no-number = a bound such as 2/255 or 0.03
attack-epsilon-no-bound = the bound must be below 1: without a bound, any image can be made of any other, and success means nothing
attack-epsilon-nothing = the bound must be above 0: with 0 the photo does not change
attack-epsilon-below-a-level = the bound must be at least 1/255: a saved pixel has 255 steps, and a smaller change is lost
attack-cw-has-no-bound = epsilon={ $epsilon } together with method=cw, which looks for the smallest distance and has no bound
attack-out-lossy = { $suffix } loses the changes: the images are saved as PNG, in a folder
attack-out-no-path = a path
attack-folder-used = { $folder } exists and is not an empty folder
    .remedy = pass another --out, or --overwrite
attack-without-classes = { $name } predicts a number ({ $task }), and a number has no other class to be changed into
    .remedy = attack a model that chooses among classes
attack-one-class = { $name } knows one class only, so there is no other answer
    .remedy = attack a model with two classes or more
attack-nothing-to-do = the model already answers { OR($labels) } to every photo
    .remedy = pass photos with another answer, or another --to
attack-no-photos = no photo can be read: { EACH($problems) }
    .remedy = pass JPEG, PNG or other image files
attack-no-answer = { $name } has no answer: { $why }

attack-unusable-photos = { $count ->
        [one] One photo cannot be read and was left out.
       *[other] { $count } photos cannot be read and were left out.
    }
    .remedy = ghep check names the reasons for a whole folder
attack-already-reached = The model already answers { OR($labels) } to { $count } of the photos; they were left out.
attack-lost-in-file = { $count } changed images lose the answer when they are saved and predicted; they are not counted.
    .remedy = use a larger --epsilon
attack-passes-differ = The same photo gives different logits in two passes (difference { DIGITS($difference) }): the model is random, and one pass misleads an attack.
    .remedy = average several passes before trusting that an attack failed
attack-zero-gradients = { $percent } % of a typical gradient is exactly zero: a rounding or a saturated function hides the way.
    .remedy = attack without that function, or with --method square
attack-gradient-free-stronger = Random search without gradients reaches { $count } of the { $left } photos that the gradient does not reach (n={ $n }): the gradients are masked.
    .remedy = do not take this attack's failure for robustness; try --method square --queries 10000
attack-far-bound-fails = Even { $bound } reaches only { $reached } of { $n } photos, though such a change can hide any photo: the gradients are masked.
    .remedy = do not take this attack's failure for robustness; try --method square --queries 10000
attack-single-step-stronger = At { $bound } a single step reaches { $single } photos and many steps { $count }: the gradients are masked.
    .remedy = use more --restarts, or --method square
attack-noise-stronger = At { $bound } random noise reaches { $noise } photos and the gradient { $count }: the gradients are masked.
    .remedy = use --method square
attack-not-monotone = { $high } reaches { $after } of { $n } photos and the smaller { $low } reaches { $before }: the attack is stuck.
    .remedy = use more --steps and --restarts

attack-title = How little changes the answer
attack-subtitle = { $model } · { $method } · { $steps } steps, { $restarts } starts, seed { $seed }
attack-lead-targeted = { $reached } of { $n } saved images are called { OR($labels) } { $how } (95 % interval { $low } to { $high } %).
attack-lead-untargeted = { $reached } of { $n } saved images get another answer { $how } (95 % interval { $low } to { $high } %).
attack-within = after a change of at most { $bound } per pixel value
attack-at-distance = at a median Euclidean distance of { $distance } (pixels from 0 to 1)
attack-note-cost = The attack took { $seconds } processor seconds per photo.
attack-note-smallest = Median of the smallest bounds found: { $bound } (n={ $n }). A stronger attack may need less.
attack-note-all = { $bound } reaches all { $n } measured photos.
attack-note-noise = Random noise of { $bound } reaches { $noise } of { $n }.
attack-note-gradients = No sign that the gradients are masked (n={ $n }).
attack-written = page      { $page }
attack-section-photos = Photos
attack-photos-cut = The first { $shown } of { $n }; all are in { $folder }/.
attack-photo = { $name }, { $before }
attack-photo-caption = Left: the photo, { $before }. Middle: the changed image, { $after }. Right: the difference times { $factor } around grey, which is no change (a grey border: the network does not see it); the largest change is { $change } of 255.
attack-panel-difference = difference x { $factor }
attack-said = { $label } ({ $percent } %)
attack-yes = yes
attack-no = no
attack-column-photo = photo
attack-column-before = answer before
attack-column-after = answer to the saved file
attack-column-reached = reached
attack-column-change = largest change
attack-column-smallest = smallest bound
attack-column-bound = bound
attack-column-pgd = reached
attack-column-interval = 95 % interval
attack-column-single = single step
attack-column-noise = random noise
attack-column-check = check
attack-column-value = found
attack-column-made-for = made for
attack-caveat-bound = An attack without a bound means nothing. Surviving one attack is not robustness.
attack-section-curve = By bound
attack-curve-title = Share of photos reached, by bound
attack-curve-caption = Share of { $n } photos whose saved file gets the wanted answer, with Wilson's 95 % interval; one step of the gradient; random noise of the same size.
attack-caveat-curve = The shares are lower bounds: a stronger attack reaches more.
attack-axis-bound = largest change of a pixel value
attack-line-pgd = gradient, many steps
attack-line-single = gradient, one step
attack-line-noise = random noise
attack-section-gradients = Can the gradients be trusted?
attack-gradients-masked = There are signs of masked gradients (n={ $n }): a failed attack proves nothing here.
attack-check-passes = largest difference of a logit between two passes
attack-check-zero = values of a gradient that are exactly zero
attack-check-far = photos reached within 64/255
attack-check-free = of the others, reached by random search
attack-caveat-gradients = These checks find common faults of defences and of attacks; they prove nothing when they find none.
attack-section-transfer = Other models
attack-transfer-untargeted = Photos whose answer changes. Rows: made for this model; columns: shown to this model.
attack-transfer-targeted = Photos whose answer changes, and in brackets those called { OR($labels) }. Rows: made for this model; columns: shown to this model.
attack-row-noise = random noise
attack-caveat-transfer = Images made for one network often change the answer of another, rarely to the wanted class.

phase-attack = attack
phase-attack-curve = bounds
phase-attack-transfer = other models
phase-attack-runs = bundles

fragility-title = How fragile the strategies are
fragility-subtitle = { $folder } · the same photos for all · at most { $bound } per pixel value
fragility-subtitle-distance = { $folder } · the same photos for all · smallest Euclidean distance
fragility-unit-distance = Euclidean distance
fragility-unit-bound = bound
fragility-lead-differ = { $a } needs larger changes than { $b }: { $ratio } times the { $unit } (median of { $n } photos, 95 % interval { $low } to { $high }), more on { $more } photos and less on { $less }.
fragility-lead-differ-reversed = { $a } needs smaller changes than { $b }: { $ratio } times the { $unit } (median of { $n } photos, 95 % interval { $low } to { $high }), more on { $more } photos and less on { $less }.
fragility-lead-level = These { $n } photos do not show that one strategy needs larger changes than another: { $a } needs { $ratio } times the { $unit } of { $b } (median, 95 % interval { $low } to { $high }), more on { $more } photos and less on { $less }.
fragility-lead-alone = { $name } needs { $needed } (median); there is no other strategy with gradients that can be trusted to compare it with.
fragility-lead-shares = { $bound } changes { $a } answers of { $first } and { $b } of { $last }. The changes that photos need were not measured: leave out --checked 0.
fragility-note-one-level = 1/255 is enough for most photos with every strategy, and a file holds nothing smaller: --method cw compares distances.
fragility-note-seeds = { $bundles ->
        [one] The intervals are over photos. There is one bundle of each strategy, and another seed may need more or less.
       *[other] The intervals are over photos; several bundles of a strategy are averaged.
    }
fragility-axis = share of photos whose answer changes within { $bound }
fragility-axis-distance = Euclidean distance that changes the answer (pixels from 0 to 1)
fragility-axis-bound = smallest bound that changes the answer, of 255
fragility-caption = What the photos need (median and its 95 % interval), from the saved files. An arrow: more than half of the photos are not reached.
fragility-caveat = An undefended network is fragile with every strategy; surviving this attack is not robustness, and a stronger attack needs less. p: sign test on the same photos, adjusted for all pairs of strategies. Where gradients are masked, the row says nothing and is not compared.
fragility-column-strategy = strategy
fragility-column-distance = distance needed
fragility-column-bound = bound needed
fragility-column-ratio = first / this
fragility-column-p = p
fragility-column-confidence = probability before
fragility-column-masked = gradients masked
fragility-few-photos = Medians of { $n } photos have no 95 % interval, and no test can show a difference.
    .remedy = pass { $least } photos or more, better 20, none of them from training
fragility-without-bundles = { $folder } has no run with a bundle (runs/*/bundle)
    .remedy = pass the folder of a comparison that ghep compare wrote
