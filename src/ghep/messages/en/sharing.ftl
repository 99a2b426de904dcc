## Several tasks: what sharing does to each, verdicts, and the page.
## Messages of the page may hold <em>; everything else is escaped.

# Names

task-model-name = { $kind ->
    [control] { $strategy }
    [single] { $strategy }, single-task
    [shared] { $strategy }, shared
   *[part] { $strategy }, with { LIST($others) }
}
way-name = { $strategy } with { $sharing }
sharing-title = { $kind ->
    [share] Share
    [share-with-remedy] Share, with a remedy
    [separate] One model for each task
   *[cannot-tell] Cannot tell
}
gain-mark = { $mark ->
    [helped] helped
    [no-difference] no difference
    [hurt] hurt
    [same] same answers
   *[cannot-tell] cannot tell
}

# Parts of sentences

interval-and-p = 95 % interval { POINTS($low) } to { POINTS($high) }, p { P($p, sign: "always") }
task-change = { $task } by { POINTS($change, sign: "auto") } points
task-range = { $task } { POINTS($low) } to { POINTS($high) } points
task-difference = { $task } { POINTS($difference) } points
cost-share = { $quantity ->
    [train] { $percent } % of the time to train
    [size] { $percent } % of the size
   *[predict] { $percent } % of the time to predict
}
sharing-takes = { $count ->
    [0] { "" }
   *[other] { " " }Compared with all single-task models together, the shared model takes { LIST($shares) }.
}

# Gains

gain = { $kind ->
    [helped] Sharing helped { $task }: { POINTS($difference) } points ({ $numbers }).
    [hurt] Sharing hurt { $task }: { POINTS($difference) } points ({ $numbers }).
    [no-difference] No difference for { $task }: { POINTS($difference) } points ({ $numbers }), within { POINTS($margin, sign: "auto") } points.
   *[cannot-tell] Cannot tell whether sharing changes { $task }: { POINTS($difference) } points ({ $numbers }); { $step }.
}
gain-identical = { $task }: exactly the same answers as the single-task model.
gain-exactly = exactly 0
gain-settled-by = { $by ->
    [examples] about { $examples } test examples would settle it (there are { $n })
    [seeds] about { $seeds } seeds of each model would settle it, test examples alone would not
    [both] about { $examples } test examples and { $seeds } seeds of each model would settle it (there are { $n } examples)
   *[nothing] no feasible number of test examples or seeds would settle it
}

# Verdict on one way of sharing

sharing-verdict-missing = { $count ->
    [one] Whether to share one model ({ $name }) is open: { LIST($missing) } has no finished run of both kinds, shared and single-task.
   *[other] Whether to share one model ({ $name }) is open: { LIST($missing) } have no finished run of both kinds, shared and single-task.
}
sharing-verdict-identical = Share one model ({ $name }): the shared backbone stays frozen, so every task has exactly the same answers as its single-task model; only the cost differs.{ $costs }
sharing-verdict-harmless = { $num_helped ->
    [0] Share one model ({ $name }): no task loses more than { POINTS($margin, sign: "auto") } points.{ $costs }
   *[other] Share one model ({ $name }): it helps { LIST($helped) }, and no task loses more than { POINTS($margin, sign: "auto") } points.{ $costs }
}
sharing-verdict-idle = Do not share one model ({ $name }): it helps no task and saves no time or space.{ $costs }
sharing-verdict-remedied = Share one model ({ $name }), trained with { $fix }: without { $fix } sharing hurts { LIST($harmed) }; with it no task loses more than { POINTS($margin, sign: "auto") } points.
sharing-verdict-remedy-open = { $num_open ->
    [0] Sharing one model ({ $name }) hurts { LIST($harmed) }. Whether { $fix } prevents this is open: not every task was judged.
   *[other] Sharing one model ({ $name }) hurts { LIST($harmed) }. Whether { $fix } prevents this is open: { LIST($open) }.
}
sharing-verdict-hurt = { $tried ->
    [true] Do not share one model ({ $name }): it hurts { LIST($harmed) }. { $fix }, the best remedy on valid, does not prevent this: it still hurts { LIST($left) }.
   *[false] Do not share one model ({ $name }): it hurts { LIST($harmed) }.
}
sharing-verdict-open = { $num_helped ->
    [0] Whether sharing one model ({ $name }) costs accuracy is open: { LIST($open) }.{ $costs }
   *[other] Sharing one model ({ $name }) helps { LIST($helped) }; whether it costs accuracy in other tasks is open: { LIST($open) }.{ $costs }
}
sharing-one-run = Some models have a single run, so the intervals do not include the variation between seeds.
sharing-cut-budget = Each run was limited to about { DURATION($seconds) }: more time may change the result.

# Verdict over all ways of sharing

sharing-answer-none = No strategy was trained both as a shared model and as single-task models, so the effect of sharing is unknown.
sharing-answer-identical = Share: one model, { $name }, for { LIST($tasks) }: its backbone stays frozen, so the answers are exactly those of single-task models, and only the cost differs.{ $costs }
sharing-answer-share = { $num_helped ->
    [0] Share: one model, { $name }, for { LIST($tasks) }: no task loses more than { POINTS($margin, sign: "auto") } points.{ $costs }
   *[other] Share: one model, { $name }, for { LIST($tasks) }: it helps { LIST($helped) }, and no task loses more than { POINTS($margin, sign: "auto") } points.{ $costs }
}
sharing-answer-open = { $num_helped ->
    [0] One model, { $name }, for { LIST($tasks) } cannot be distinguished from the best model of each task; whether sharing costs accuracy is open ({ LIST($open) }).{ $costs }
   *[other] One model, { $name }, for { LIST($tasks) } cannot be distinguished from the best model of each task; sharing helps { LIST($helped) }, and whether it costs accuracy in other tasks is open ({ LIST($open) }).{ $costs }
}
sharing-answer-separate = { $reasons ->
    [0] { $shown ->
        [true] One model for each task.
       *[false] One model for each task, to be safe; whether sharing costs accuracy is open.
    }
   *[other] { $shown ->
        [true] One model for each task: { EACH($why) }.
       *[false] One model for each task, to be safe; whether sharing costs accuracy is open: { EACH($why) }.
    }
}
sharing-hurts-tasks = sharing one model ({ $name }) hurts { LIST($harmed) }
sharing-not-level = the shared model { $name } is { POINTS($difference, sign: "auto") } points behind the best model of { $task } ({ $best })

# Findings

sharing-same-answers = { $name }: the shared backbone stays frozen, so every task has exactly the same answers as its single-task model; sharing changes only the cost
sharing-not-judged = { $name }: { LIST($missing) } cannot be judged without a finished run of both kinds, shared and single-task
    .remedy = read the causes of the failed runs, remove them and repeat the command
sharing-hurts = { $name }: sharing hurt { $task } by { POINTS($loss, sign: "auto") } points ({ $numbers })
    .remedy = { $advice }
remedy-to-try = try { $fix }, or { $separate }
remedy-tried = { $tried ->
    [1] { $fix }
   *[other] { $fix } (the best of { $tried } on valid)
}
remedy-effect = with it, the difference to the single-task model of { $task } is { POINTS($difference) } points ({ POINTS($low) } to { POINTS($high) })
remedy-helps = { $fix }: { $effect }
remedy-doubtful = { $harmed ->
    [true] { $separate }; { $fix } does not prevent the loss: { $effect }
   *[false] { $separate }; { $fix } may not prevent the loss: { $effect }
}
separate-single = { $count ->
    [one] train a single-task model for { LIST($hurt) }
   *[other] train single-task models for { LIST($hurt) }
}
separate-rest = { $separate } and one model for { LIST($rest) } together
separate-rest-measured = { $separate } and one model for { LIST($rest) } together (measured: without { LIST($hurt) }, the difference to single-task models is { LIST($measured) })
labels-limited = { $kept } of { $available } labels of { $task } are used, about a fifth of them for validation; each seed uses another random choice
limited-task-unknown = { $dataset } has no task "{ $task }"
    .remedy = { $hint }

# Progress

sharing-trying-remedies = sharing one model ({ $name }) hurt { LIST($tasks) }: trying { LIST($remedies) }
timing-predictions = timing the predictions of { $models } models on { $examples } examples
timing-failed = the predictions could not be timed: { $cause }

# Terminal and notebook

take-shared = { $name }, one model for { LIST($tasks) }.
take-single = a model for each task: { $models }.
model-for-task = { $model } for { $task }
sharing-next-step = { $recommended ->
    [true] { $task }: { $step }
   *[false] { $way }, { $task }: { $step }
}
sharing-more-steps = Shared and single-task models trained on the same number of examples. The batches of a shared model have rows of all tasks, so it may have taken more steps: --budget steps shows whether the other tasks or the extra steps helped.
sharing-size = { $tasks ->
    [one] { $tasks } task
   *[other] { $tasks } tasks
}, { $contenders ->
    [one] { $contenders } contender
   *[other] { $contenders } contenders
}, { $models ->
    [one] { $models } model
   *[other] { $models } models
}, { $seeds ->
    [one] { $seeds } seed
   *[other] { $seeds } seeds
}

# Figures

axis-shared-minus-single = points, shared minus single-task
axis-trained-with = trained with
axis-task = task
figure-gains = Effect of sharing on each task
caption-gains = Accuracy of the shared minus that of the single-task model on the same test examples, with 95 % intervals over seeds and test examples. Triangles: helped (up) or hurt (down), significant after correction for the number of tasks; squares: no difference above one point; rings: cannot tell. The grey band is one point to either side of 0.
figure-affinity = { $measured ->
    [true] Which task helps which, measured
   *[false] Which task helps which, by the gradients
}
caption-affinity-measured = Points that the task of the column gains from training together with the task of the row, compared with its single-task model; below them the 95 % interval. A star: the interval excludes 0 (not corrected for the number of cells).
caption-affinity-gradients = How much a small step along the gradient of the row's task reduces the loss of the column's task, as a fraction of how much it reduces the loss of the row's own task: a first-order estimate, mean over the measured steps. Below 0, the task of the row harms that of the column.
figure-cosines = Cosines between the gradients of the tasks at the shared backbone
caption-cosines = Cosine between the gradients of two tasks, mean over the measured steps; below it the share of steps in which they conflict (cosine below 0).

# The page

sharing-page-heading = Sharing between tasks on { $name }
sharing-page-size = { $contents }; { DURATION($seconds) }
sharing-take-shared = { $name }, one model for { $tasks }
sharing-take-single = A model for each task:
sharing-recommended = recommended
runs-unfinished = { $count ->
    [one] { $count } run could not be finished.
   *[other] { $count } runs could not be finished.
}
runs-unfinished-link = See the causes
gains-about = <em>Shared</em> is one model trained on all tasks, <em>single</em> the same strategy trained on that task only; both are means over seeds on the same test examples. Points are hundredths of accuracy, shared minus single. p is corrected by Holm's method for the number of tasks of each sharing strategy. <em>Detectable</em> is the smallest true difference that is found with 80 % power; <em>would settle it</em> is the approximate number of test examples, or of seeds of each model, needed to decide if the observed difference is the true one.
nothing-to-compare = No strategy was trained both on all tasks and on each task only: there is nothing to compare.
bill-about = The costs of one model for { $tasks } compared with those of { $count } single-task models, means over seeds: first the ratio, then the shared model / all single-task models together. Time to train is that of runs made on their own; time to predict is from one raw example to the answers for all tasks, for which single-task models run the backbone { $count } times.
remedies-about = Other sharing strategies, trained because a task was hurt or because they were requested. The one with the highest score on valid, mean over tasks and seeds, is chosen; test is not used for this. The other columns are the results on test, in points compared with single-task models.
remedy-chosen = chosen on valid
affinity-about = With a frozen backbone no task can help or hurt another, so strategies that keep it frozen are left out.
norms-heading = Size of each task's gradient
norms-about = Mean norm of each task's weighted gradient at the shared backbone. A task whose norm is many times larger than another's dominates the training.
tasks-about = For each task, all models trained on it. Means over seeds on the same examples; 95 % intervals over seeds and test examples. <em>Cost</em> is the time of a whole run on its own, for all of its tasks together. The sentence above each table is about single-task models only: whether transfer helps, and with which strategy.
failures-heading = Failed runs
