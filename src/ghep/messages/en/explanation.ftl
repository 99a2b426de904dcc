subject-not-of-images = { $name } reads texts; this command works on images
    .remedy = pass a bundle or a backbone for images
subject-text-to-text = { $name } writes its answer as text, so it has no logit per class to explain
    .remedy = pass a bundle of a model that chooses among classes
subject-without-classifier = { $name } has no classifier of its own: { $cause }
    .remedy = pass a bundle that ghep fit wrote, or a backbone whose weight file includes the classifier of its pretraining
subject-imagenet-assumed = { $name } does not name its 1,000 classes; they are taken to be those of ImageNet, in their usual order.
    .remedy = if they are others, list their names in a text file, one per line, and name it in the json next to the weights: "labels": "classes.txt"
subject-classes-unnamed = { $name } does not name its { $count } classes; they are numbered.
    .remedy = list their names in a text file, one per line, and name it in the json next to the weights: "labels": "classes.txt"
subject-ambiguous-label = several classes of the model are called "{ $label }": { EACH($labels) }
    .remedy = give the whole name of one of them
subject-number-no-class = { $name } predicts a number ({ $task }) and has no class "{ $label }"
    .remedy = leave the label out
subject-unknown-label = the model has no class called "{ $name }"
    .remedy = { $hint }
explain-inputs-unusable = { $count } of { $total } inputs cannot be used; the reason is next to { $count ->
        [one] its name
       *[other] each name
    }.
    .remedy = correct it or leave it out; ghep check names everything in a folder or table that cannot be used
