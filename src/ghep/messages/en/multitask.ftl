# Several tasks: mixing, weighting, surgery.

unknown-weighting = no weighting of the tasks' losses is called "{ $name }"
    .remedy = { $hint }
task-weights-unknown-task = task_weights names { $count ->
    [one] a task that does not exist
   *[other] tasks that do not exist
 }: { LIST($tasks) }
    .remedy = { $hint }
task-weights-not-fixed = task_weights can only be used with weighting=fixed, but weighting={ $weighting }
    .remedy = omit task_weights, or set weighting=fixed
task-weights-below-zero = task weights must be finite numbers of at least 0; found { $weights }
    .remedy = correct these weights, or omit them: the default is 1
task-weights-all-zero = every task has the weight 0, so there is nothing to learn
    .remedy = give at least one task a positive weight
mixing-temperature-not-positive = the mixing temperature must be above 0, found { VALUE($temperature) }
    .remedy = use 1 for shares proportional to the labels, 2 for their square root, or a large number for equal shares
