subject-not-of-images = { $name } reads texts; this command works on images
    .remedy = pass a bundle or a backbone for images
subject-text-to-text = { $name } writes its answer as text, so it has no logit per class to explain
    .remedy = pass a bundle of a model that chooses among classes
subject-without-classifier = { $name } has no classifier of its own: { $cause }
    .remedy = pass a bundle that ghep fit wrote, or a backbone whose weight file includes the classifier of its pretraining
subject-unknown-label = the model has no class called "{ $name }"
    .remedy = { $hint }
