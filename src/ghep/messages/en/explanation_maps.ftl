# ghep explain: the command, its settings, and what it says about photos.

command-explain =
    Show where in a photo a model finds evidence for its answer, and whether that map can be trusted; or which words of
    a text it answers by.

    Writes one page with, for each photo: the top classes; the evidence for and against the class and the runner-up
    (signed Grad-CAM); deletion and insertion curves next to an edge detector and random maps; and the correlation with
    the map of random weights. Exit code: 1 if an input cannot be used.

    Example: ghep explain runs/pets/bundle cat.jpg dog.jpg --maps

    Example: ghep explain efficientnet-lite0 cat.jpg --target "tiger cat"

    Example: ghep explain runs/pets/bundle photos/ --before

    Example: ghep explain runs/reviews/bundle reviews.txt --lines
help-explain-model = Bundle folder that ghep fit wrote, or a backbone with the classifier of its pretraining.
help-explain-out = Folder of the page, its figures and the raw arrays. Default: runs/explain-NAME-TIME.
help-explain-overwrite = Write into a folder that is not empty.
setting-target = Class to explain instead of the predicted one.
    .allowed = the name of a class
setting-maps = Photos: add the feature maps of early, middle and late blocks.
    .allowed = true or false
setting-before = Photos: compare each block with the backbone before fine-tuning.
    .allowed = true or false
setting-before_backbone = The backbone before fine-tuning, if the one that the bundle names cannot be found. Implies --before.
    .allowed = the name of a backbone
setting-other_seed = Bundle of the same training with another seed: the noise floor of --before. In a comparison it is found.
    .allowed = the folder of a bundle
setting-explain-seed = Seed of random maps and random weights.

phase-explain = explaining

explain-other-seed-alone = --other-seed { $bundle } is the noise floor of what fine-tuning changed, and --before was not given
    .remedy = add --before, or leave --other-seed out
explain-settings-refused = { $wrong }
    .remedy = ghep explain --help lists the settings
explain-unknown-settings = explain has no setting { LIST($names) }
    .remedy = the settings are { LIST($known) }
explanation-folder-not-empty = the folder { $folder } is not empty
    .remedy = choose another --out, or pass --overwrite
explain-before-no-bundle = { $name } is a backbone that was not fine-tuned, so there is nothing before it to compare with
    .remedy = pass a bundle, or leave out --before
explain-before-unknown = { $bundle } was fine-tuned from { $names }, which is not found here
    .remedy = pass the backbone: --before-backbone FILE
explain-before-other = { $name } is another network: its blocks are { $blocks }, and the bundle's are { $expected }
    .remedy = pass the backbone that the bundle was fine-tuned from: --before-backbone FILE
explain-other-seed-differs = { $bundle } is another network
    .remedy = pass a bundle of the same training with another seed: --other-seed BUNDLE

explain-title = Explained with { $model }
explain-photos = { $count ->
    [one] One photo
   *[other] { $count } photos
}
explain-count = { $count ->
    [one] One photo is explained.
   *[other] { $count } photos are explained.
}
explain-more = { $count ->
    [one] One more photo is not shown.
   *[other] { $count } more photos are not shown.
}
explain-page = page: { $page }
explain-unreadable = not explained: { $cause }
explain-unreadable-photo = { $name } is not explained: { $cause }
explain-top = { $classes }
explain-number = { $task } = { $value }
explain-no-positive = no positive evidence for { $label }
explain-areas = deletion { $deletion_map } (random maps { $deletion_random }), insertion { $insertion_map } (random maps { $insertion_random })
explain-mean-areas = mean of { $count } photos: deletion { $deletion_map } (random maps { $deletion_random }), insertion { $insertion_map } (random maps { $insertion_random })
explain-randomised = correlation with the map of random weights: { $correlation }
explain-randomised-each = Rank correlation with the map of the same network with random weights: { $correlation } (draws: { $numbers }). A map of what the network learnt is near 0; a map that only shows the photo's edges is near 1.
explain-before-same = no block differs from { $before }: only the head was trained
explain-before-most = compared with { $before }, { $block } changed most: linear CKA { $cka }
explain-before-floor = the same block of two seeds ({ $other }): linear CKA { $cka }
explain-before-no-floor = without a bundle of another seed, it is unknown how much two seeds would differ: pass --other-seed

map-not-faithful = for { $count } of { $total } photos, deleting what the map marks changes the answer no more than deleting at random
    .remedy = do not draw conclusions from these maps
no-positive-evidence = for { $count } of { $total } photos, there is no positive evidence for the explained class: everything in the photo speaks against it
explained-number = { $task } is a number: its maps show what raises and lowers it, there is no runner-up, and the curves run from 0 (the photo's mean colour) to 1 (the photo)

explain-section-overview = All photos
explain-section-where = Where the evidence is
explain-section-faithful = Can this map be trusted? { $name }
explain-section-channels = Feature maps of { $name }
explain-section-before = What fine-tuning changed
explain-stage = { $stage ->
    [early] An early block
    [middle] A middle block
   *[late] The last block
}
explain-column-photo = photo
explain-column-answer = answer
explain-column-class = class
explain-column-probability = probability
explain-column-kind = order of the pixels
explain-column-deletion = deletion (lower is better)
explain-column-insertion = insertion (higher is better)
explain-column-deletion-map = deletion
explain-column-deletion-random = deletion, random
explain-column-insertion-map = insertion
explain-column-insertion-random = insertion, random
explain-column-block = block
explain-column-correlation = correlation
explain-column-cka = linear CKA
explain-column-seeds-correlation = correlation, two seeds
explain-column-seeds-cka = linear CKA, two seeds
explain-row-map = this map
explain-row-edges = edge detector
explain-row-random = random maps (mean of 3)

explain-figure-photo = the photo
explain-figure-for = evidence for { $label }
explain-figure-no-positive = no positive evidence for { $label }
explain-figure-scale = ← against      for →   (logit)
explain-figure-faithful = Deletion and insertion
explain-figure-deletion = deletion: lower is better
explain-figure-insertion = insertion: higher is better
explain-figure-deletion-axis = part of the pixels removed
explain-figure-insertion-axis = part of the pixels shown
explain-figure-prediction = { $label }
explain-kind-map = this map ({ $area })
explain-kind-edges = edge detector ({ $area })
explain-kind-random = random maps ({ $area })
explain-figure-active = most active channels
explain-figure-varied = most varied channels
explain-figure-channels = { $stage ->
    [early] An early block
    [middle] A middle block
   *[late] The last block
}: { $block }, { $count } channels
explain-figure-blocks = Similarity of each block before and after fine-tuning
explain-figure-cka = linear CKA
explain-figure-correlation = correlation
explain-figure-seeds-cka = linear CKA of two seeds
explain-figure-seeds-correlation = correlation of two seeds
explain-figure-before-after = { $block }, before and after fine-tuning
explain-figure-before = before
explain-figure-after = after

explain-caption-where = Evidence in the output of { $module } for (red) and against (blue) { $labels }{ $count ->
    [one] {""}
   *[other] , on one scale
}. The network does not see the dark margins.
explain-caption-curves = The prediction after removing, or showing, the pixels that each map ranks first, in tenths. Removed pixels have the photo's mean colour. In brackets: the area under the curve.
explain-caption-channels = Output of { $module }, { $height } x { $width } positions per channel, all on one scale. The number of each channel is in its corner.
explain-caption-blocks = The correlation is of each channel with itself over positions, and its median over channels. Linear CKA compares all channels together. { $count ->
    [one] One photo.
   *[other] { $count } photos.
}
explain-caption-before-after = The channels of the first photo that were most active before fine-tuning, and the same channels after it, on one scale.
explain-caveat-where = A map says where the evidence is, not why it counts.
explain-caveat-faithful = Photos with removed pixels look like no photo that the network was trained on, so the curves compare maps with each other; their absolute values mean little.
explain-caveat-channels = A channel has no name: that it lights up on ears here does not mean that it detects ears.
explain-caveat-before = A block that changed is not a block that matters: only a comparison of strategies says what training it is worth.
