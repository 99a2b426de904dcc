# ghep doctor: all guards at once.

command-doctor =
    Look for everything that makes transfer fail, in data with a backbone or in a finished run; nothing is fine-tuned.

    One line per guard, with what was measured and where it alarms, and a page with what to do. The exit code is 1 if a
    guard warns.

    Example: ghep doctor photos/ --backbone efficientnet-lite0

    Example: ghep doctor runs/photos-light-0
help-doctor-target = Folder of a finished run, or data as for ghep fit.
help-doctor-backbone = Name or path of the backbone. Default: that of the run, else the default for the modality.
help-doctor-seed = Seed of the split. Default: that of the run, else 0.
help-doctor-out = Folder of the page and of diagnosis.json. Default: runs/doctor-NAME-TIME.
phase-examine = examine
doctor-run-unfinished = the run in { $folder } has not finished
    .remedy = finish it with ghep fit --resume, or pass its data
doctor-files-of-run = the record of the run
doctor-data-gone = the data of the run in { $folder } are not at { EACH($places) } any more
    .remedy = put them back, or pass their new place instead of the run, with --backbone
doctor-unknown-option = unknown { $names }
    .remedy = { EACH($hints) }
doctor-state-ok = ok
doctor-state-info = note
doctor-state-warning = warning
doctor-state-error = error
doctor-state-skipped = skipped
doctor-title-data = data
doctor-title-backbone = backbone
doctor-title-weights = weights
doctor-title-preprocessing = preprocessing
doctor-title-domain = domain mismatch
doctor-title-splits = splits
doctor-title-features = features
doctor-title-probe = linear head
doctor-title-labels = labels
doctor-title-unfamiliar = unfamiliar inputs
doctor-title-rate = learning rate
doctor-title-training = training
doctor-title-forgotten = forgetting
doctor-head-state = state
doctor-head-guard = guard
doctor-head-summary = measured
doctor-head-seconds = seconds
doctor-overview = What was examined
doctor-page-title = Diagnosis of { $target }
doctor-page-subtitle = backbone { $backbone }; { $seconds } s; nothing was fine-tuned
doctor-healthy = { $guards ->
        [one] One guard was run, and it found
       *[other] { $guards } guards were run, and none found
    } a reason to expect that transfer fails.
doctor-problems = { $count ->
        [one] One problem
       *[other] { $count } problems
    } found by { $guards } guards: { $names }.
doctor-tried = tried: { $what }
doctor-nothing-found = nothing to report
doctor-data = { $examples } examples (train, valid, test: { $counts }), { $left_out ->
        [0] none left out
       *[other] { $left_out } left out
    }
doctor-backbone = { $name }, { $pretrained ->
        [yes] pretrained on { $source }
       *[other] with random weights
    }: { $blocks } blocks, { $width } features
doctor-training = { $strategy }, { NUMBER($seconds, maximumFractionDigits: 1) } s; it reported { $findings ->
        [0] nothing
        [one] one finding
       *[other] { $findings } findings
    }
doctor-probe = a linear head on the features scores { SCORE($accuracy) } (n={ $count }); on random features { SCORE($random) }, a constant answer { SCORE($majority) }
doctor-skipped = { $why ->
        [random-weights] the weights are random
        [features-by-position] the backbone writes its answers as text
        [earlier-block] the run used the features of an earlier block
        [solved] the head was solved, not trained
        [no-three-splits] needs train, valid and test
        [too-few] too few examples: 20 of test and 19 of valid are needed
        [multi-label] for tasks with one class per example
       *[not-measured] the run has no record of it
    }
doctor-forgotten = what is left of what the backbone knew: { SCORE($kept) }, by { $by ->
        [source] its accuracy on the source data, after by before
        [neighbours] the neighbours of probe sentences
       *[cka] the similarity (CKA) of its features of { $inputs } examples
    }; reported below { SCORE($bar) }
