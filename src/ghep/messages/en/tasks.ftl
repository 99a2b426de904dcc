# Tasks: labels, ratings, and tasks read from a bundle.

unknown-labels = { $count ->
    [one] one label
   *[other] { $count } labels
 } of task "{ $task }" { $count ->
    [one] is
   *[other] are
 } not among its classes: { EACH($hints) }
    .remedy = correct the labels, or train with data in which every class occurs
unknown-label-names = { $count ->
    [one] one name
   *[other] { $count } names
 } in labels of task "{ $task }" { $count ->
    [one] is
   *[other] are
 } not among its classes: { EACH($hints) }
    .remedy = correct the labels, or train with data in which every class occurs
unknown-label-hint = "{ $label }": { $hint }
class-name-not-a-label = a class of task "{ $task }" is called { $name }: labels are split at bars and trimmed
    .remedy = rename it: no bar, no space at either end
rating-spelt-twice = "{ $first }" and "{ $second }" are the same rating of task "{ $task }", spelt differently
    .remedy = spell it the same everywhere: "{ $first }"
ratings-not-ascending = ratings of task "{ $task }" must be in ascending order, but "{ $first }" is before "{ $second }"
    .remedy = build the task with Rating.of, which sorts them
ratings-not-numbers = { $count ->
    [one] one label
   *[other] { $count } labels
 } of task "{ $task }" { $count ->
    [one] is not a number
   *[other] are not numbers
 }, as ratings must be: { $shown }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }
    .remedy = write ratings as 1, 2 or 3.5 (with a point, not a comma), or leave out --rating (ratings) to train on classes
rating-and-regression = task "{ $task }" is both --rating (ratings) and --regression (regression)
    .remedy = keep one: a rating is one of a few ordered classes, regression predicts any number
task-invalid = not a { $kind } task: { $found }
    .remedy = save the bundle again
task-classes-invalid = task "{ $task }" has no classes, or has a class twice: { $found }
    .remedy = save the bundle again
task-not-built = { $cause }
    .remedy = save the bundle again
task-without-kind = a task is a JSON object with a "kind"; found { $found }
    .remedy = save the bundle again
unknown-task-kind = unknown kind of task "{ $kind }"; { $hint }
    .remedy = upgrade ghep: the bundle may come from a newer version
