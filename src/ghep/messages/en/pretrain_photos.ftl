# ghep pretrain --objective bn: BatchNorm statistics of unlabelled photos.

photos = the photos
photos-not-found = there is no { $path }
    .remedy = pass a folder of photos, a table with a column of images or paths, or an image
photos-none = { $path } holds no images and no tables
    .remedy = pass a folder with photos in it or below it, or a table with a column of images or paths
photos-too-few = { $data } has { $count } usable { $count ->
    [one] photo
   *[other] photos
 }, and statistics need { $needed } (32 to measure them, 16 that are held out): of { $total } files, { $unusable } cannot be used{ $unusable ->
    [0] {""}
   *[other] {" "}({ LIST($such) })
 } and { $dropped } are copies of test photos
    .remedy = add photos; they need no labels
photos-unusable = { $count } { $count ->
    [one] file is not a usable image and was
   *[other] files are not usable images and were
 } left out: { LIST($such) }
    .remedy = replace or remove { $count ->
        [one] it
       *[other] them
     }
photos-in-test = { $count } { $count ->
    [one] photo is a copy of a test photo and was
   *[other] photos are copies of test photos and were
 } dropped: { LIST($such) }
    .remedy = nothing to do; without them the test photos stay unseen
phase-batch-norm = BatchNorm statistics
bn-out-exists = { $folder } already holds a pretraining
    .remedy = choose another folder with --out, or replace it with --overwrite
bn-not-of-images = { $name } is a backbone for texts; --objective bn re-estimates BatchNorm statistics on photos
    .remedy = name an image backbone with --from, or another objective
bn-no-batch-norm = { $name } has no BatchNorm layers with stored statistics, so there is nothing to re-estimate
    .remedy = name a backbone with BatchNorm (EfficientNet, MobileNet, ResNet) with --from
bn-random-weights = { $name } has random weights; statistics of photos do not make its features useful
    .remedy = name pretrained weights with --from
bn-weights-changed = re-estimating BatchNorm statistics changed other tensors: { LIST($names) }
image-folder-differs = { $name }, read from the folder that was written, has other features or another preprocessing
bn-source = { $source }; BatchNorm statistics of { $count } photos of { $data }
bn-reestimated = BatchNorm statistics of { $count } photos: their mismatch on held-out photos fell from { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) } to { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) }
    .remedy = compare before and after on labelled photos (--then): a lower mismatch seldom made better features
bn-mismatch-not-lower = BatchNorm statistics of { $count } photos: their mismatch on held-out photos did not fall, from { NUMBER($before, minimumFractionDigits: 2, maximumFractionDigits: 2) } to { NUMBER($after, minimumFractionDigits: 2, maximumFractionDigits: 2) }
    .remedy = use the backbone as it was; the photos look like its source data, or they are too few
bn-card-title = # { $name } with BatchNorm statistics of { $data }
bn-card-what = The weights of { $backbone }; the mean and variance of each BatchNorm layer were re-estimated on { $count } unlabelled photos by ghep { $version }. No weight was trained.
bn-card-mismatch = Mismatch of stored and measured statistics on { $count } held-out photos, the mean over layers of shift and spread: { NUMBER($before, minimumFractionDigits: 3, maximumFractionDigits: 3) } before, { NUMBER($after, minimumFractionDigits: 3, maximumFractionDigits: 3) } after; `pretraining.json` has it by layer.
bn-card-source = Source: { $source }. Licence of the weights: { $licence }. The photos are not in this folder.
bn-card-use = Use it with `ghep fit PHOTOS --backbone FOLDER`.
