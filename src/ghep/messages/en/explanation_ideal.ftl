# ghep ideal: images that a model assigns to a class.

command-ideal =
    Make images that a model assigns to a class, by gradient ascent from noise, and have them judged.

    The model itself is certain of nearly every such image, so a network that was not optimised answers too, and the
    total variation is compared with that of photos. Three ways are compared: on pixels, on pixels with a variation
    loss, and on a Fourier spectrum with random moves. Writes a page, the images and their arrays. If the model
    predicts a number, the images are those with the highest and the lowest number.

    Example: ghep ideal efficientnet-lite0 --label zebra --label tabby

    Example: ghep ideal runs/pets/bundle --label beagle --photos pets/ --magnitude data

    Example: ghep ideal runs/ages/bundle --judge runs/ages-2/bundle

help-ideal-subject = Bundle, or a backbone for images with the classifier of its pretraining.
help-ideal-label = Class to make an image of; may be repeated. Default: all classes of a bundle with up to 20 classes. For a number: highest, lowest.
help-ideal-photos = Folder of photos: their total variation is compared, and --magnitude data uses their spectrum.
help-ideal-judge = Bundle or backbone that judges the images. Default: an ImageNet network at hand that knows the label and shares no weights with the model.
help-ideal-task = Task of the bundle; default: the first.
help-ideal-out = Folder for the page, figures, images and arrays. Default: runs/ideal-NAME-TIME.
help-ideal-overwrite = Write into a folder that is not empty.
setting-ways = pixels, pixels_tv, fourier; may be repeated. Default: all three.
    .allowed = pixels, pixels_tv and fourier
setting-magnitude = Magnitudes of the spectrum in fourier: learnt, or data: those of --photos, and only the phases are learnt.
setting-ideal-steps = Steps of gradient ascent.
setting-steps = Steps.
    .allowed = a whole number from 1
setting-variation = Weight of the total variation in fourier.
    .allowed = a number from 0
setting-ideal-seed = Seed of the initial noise and of the random moves.

ideal-settings-refused = ideal cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
ideal-unknown-settings = ideal has no setting { LIST($names) }
    .remedy = the settings are { LIST($known) }
ideal-magnitude-without-photos = magnitude=data takes the magnitudes of photos, and no photos were given
    .remedy = add --photos FOLDER (photos=...), or leave magnitude out
ideal-no-label = { $name } has { VALUE($count) } classes, and no label was given
    .remedy = pass the classes to make images of, for example --label "{ $example }"
ideal-number-has-no-classes = { $name } predicts a number and has no class { OR($labels) }
    .remedy = pass highest or lowest, or leave the label out for both
ideal-no-such-image = there is no image of "{ $label }" made by { $way }
    .remedy = labels: { LIST($labels) }; ways: { LIST($ways) }
ideal-photos-no-folder = the folder of photos { $folder } does not exist
    .remedy = pass a folder with photos, in subfolders or not
ideal-no-photos = { $folder } has no photo that can be read; { VALUE($count) } files were tried
    .remedy = pass a folder with photos, in subfolders or not
ideal-photos-unreadable = { $count ->
        [one] 1 photo cannot be read; the others are used
       *[other] { VALUE($count) } photos cannot be read; the others are used
    }
    .remedy = replace these files, or remove them
ideal-judge-unknown-labels = the judge { $name } has no class called { OR($labels) }
    .remedy = pass a judge that knows these classes, or leave --judge out
ideal-judge-is-subject = the judge { $name } has the same backbone weights as the model that the images are made for
    .remedy = pass a network that was trained independently, or leave --judge out
ideal-judge-shares-weights = the judge { $name } has { $share } of the weight tensors of the model that the images are made for; it agrees more than an independent network would
    .remedy = pass a network that was trained independently
ideal-judge-lacks-labels = the judge { $name } has no class called { OR($labels) }, so these images are not judged
    .remedy = pass a judge that knows these classes
ideal-no-judge-of-numbers = { $task } is a number, so nothing but the model itself judges the images.
    .remedy = pass another bundle that predicts { $task } with --judge
ideal-no-judge = No network at hand knows { OR($labels) } and is independent of the model, so nothing but the model itself judges the images.
    .remedy = pass one with --judge: a bundle or a backbone with a class of the same name
ideal-no-gradient = the gradient is zero at the initial noise for { $label } ({ $way }), so the image is noise
    .remedy = try another seed; if it stays zero, the output does not depend on the input: check the weights

ideal-phase = { $label }, { $way }
ideal-written = written to { $page }
ideal-way-pixels = pixels
ideal-way-pixels_tv = pixels with variation loss
ideal-way-fourier = Fourier
ideal-way-photos = Fourier, spectrum of photos
ideal-pixels-explained = Pixels: gradient ascent on the pixels, from noise. The probability of the class is raised; nothing keeps the image smooth.
ideal-pixels_tv-explained = Pixels with variation loss: the same, with 10 x cross-entropy + 0.005 x total variation. The second term makes the image smooth.
ideal-fourier-explained = Fourier: the ascent changes the spectrum of the image in decorrelated colours. Every step sees the image randomly shifted, turned and scaled. The logit of the class is raised, less { DIGITS($variation) } x total variation.
ideal-photos-explained = Fourier, spectrum of photos: magnitudes are those of your photos, and the ascent changes only the phases. Every step sees the image randomly shifted, turned and scaled. The logit of the class is raised, less { DIGITS($variation) } x total variation.
ideal-figure-title = Ideal images of { $name }
ideal-strip-title = { $label }: from noise to image
ideal-step = step { VALUE($step) }
ideal-own = own { $value }
ideal-judged = judge { $value }{ $answer }
ideal-subtitle = { VALUE($steps) } steps of gradient ascent, seed { $seed }, device { $device }
ideal-page-images = The images, and who recognises them
ideal-page-strips = From noise to image
ideal-caption-images = Ideal images. Below each: the probability of the class by the model itself (own), and by the judge, with the judge's own answer where it differs.
ideal-caption-strip = { $label }. Below each frame: what the model itself says about it.
ideal-strip-text = { $number ->
        [true] The first frame is noise. Below each frame is the number that the model predicts for it.
       *[other] The first frame is noise. Below each frame is the probability that the model itself gives to the class.
    }
ideal-caveat-own = That the model itself is certain proves nothing: it is certain of noise as well, once the noise was optimised for it. A network that was not optimised has to recognise the class.
ideal-caveat-image = An ideal image shows what raises one output of this model. It is not a photo of the class, other images raise the output as much, and such images can mislead about how a network works (Geirhos et al., arXiv 2306.04719).
ideal-lead-own = The model itself gives at least { $limit } to { VALUE($sure) } of { VALUE($count) } images.
ideal-lead-judge = The most probable class of { $judge }, which was not optimised, is the right one for { LIST($ways) }.
ideal-lead-way = { VALUE($top) } of { VALUE($count) } ({ $way })
ideal-lead-no-judge = No other network judged them.
ideal-lead-number = The numbers that the model predicts for the images: { LIST($labels) }.
ideal-no-photos-given = Total variation was not compared with photos; pass a folder of photos with --photos.
ideal-variation = Total variation is within that of ordinary photos ({ $low } to { $high }, the middle 95 % of { VALUE($photos) }) for { VALUE($inside) } of { VALUE($count) } images.
ideal-column-label = label
ideal-column-way = way
ideal-column-own = own p
ideal-column-number = number
ideal-column-answer = answer
ideal-column-judge = judge
ideal-column-judge-answer = judge's answer
ideal-column-variation = variation
ideal-column-ordinary = as in photos
ideal-yes = yes
ideal-no = no
