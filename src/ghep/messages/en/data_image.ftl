# The audit of images.

wrong-extension = { $count ->
    [one] 1 file has
   *[other] { $count } files have
 } a format that does not match the extension; the content decides how a file is read
    .remedy = { $count ->
        [one] rename it
       *[other] rename them
     }
tiny-images = { $count ->
    [one] 1 image has
   *[other] { $count } images have
 } a side shorter than { $limit } pixels
    .remedy = check that { $count ->
        [one] it is not a placeholder
       *[other] they are not placeholders
     }
blank-images = { $count ->
    [one] 1 image has
   *[other] { $count } images have
 } a single colour
    .remedy = check for placeholders and failed exports
blank-on-white = { $count ->
    [one] 1 image has
   *[other] { $count } images have
 } a single colour after transparent parts are replaced by white
    .remedy = flatten them on another colour, and save them without transparency
dark-images = { $count ->
    [one] 1 image is
   *[other] { $count } images are
 } nearly black: { NUMBER($share, style: "percent", maximumFractionDigits: 1) } of the pixels are below { $limit } of 255
    .remedy = check exposure and export
partly-used = { $count ->
    [one] 1 file contains
   *[other] { $count } files contain
 } more than one RGB or grey image; only the first is used
    .remedy = save every frame or band that matters as a separate image
image-more-frames = { $count ->
    [one] 1 more frame
   *[other] { $count } more frames
 }
image-last-band = the last of 4 bands
image-left-out = { LIST($parts) }

# Traits that may give the class away.

trait-file-format = file format
trait-bit-depth = bit depth
trait-value-range = range of values
trait-grey-or-colour = grey or colour
trait-grey = grey
trait-colour = colour
trait-image-size = image size
trait-image-width = image width
trait-image-height = image height
trait-num-pixels = number of pixels
trait-aspect-ratio = aspect ratio
trait-jpeg-quality = JPEG quality

# Bit depths and ranges of values.

depth-bits = { $bits } bits
depth-unit = 0 to 1
depth-other = { $kind ->
    [integers] other integers
   *[floats] other floats
 }
depth-range = about { $low } to { $high }
depth-shares = { $name }: { $shares }
depth-share = { NUMBER($share, style: "percent") } { $depth }
depth-count = { $count ->
    [one] 1 uses
   *[other] { $count } use
 } { $depth }
depth-count-first = { $count ->
    [one] 1 file uses
   *[other] { $count } files use
 } { $depth }
depth-class-of-task = { $label } of { $task }
bit-depths-differ = { $first } and { $others }: all are read on one scale, { $ranges ->
    [true] so files of one range are brighter or have less contrast than the others
   *[false] so files with fewer bits are darker
 }
    .remedy = { $ranges ->
        [true] save all of them in the same units and range; otherwise brightness may reveal the source of an image
       *[false] save all of them with the same number of bits, such as 8; otherwise brightness may reveal the source of an image
     }

# The scale of images of more than 8 bits.

levels-none = { "" }
levels-range = { $kind ->
    [integers] integers
   *[floats] floats
 } from { VALUE($black) } (black) to { VALUE($white) } (white{ $bits ->
    [0] { "" }
   *[other] : { $bits } bits
 })
levels-both = { $integers }; { $floats }
levels-item = { $name }: { VALUE($low) } to { VALUE($high) }
levels-measured = { $deep } of { $count } images have more than 8 bits and are converted to 8 bits: { $levels }. This range was measured on all of them and is saved with the model
    .remedy = to choose another range, save them as 8-bit images
other-levels = { $count ->
    [one] this image has
   *[other] these images have
 } { $found }; the model { $trained ->
    [true] was trained on { $expected }
   *[false] expects { $expected }
 }, and reads all values on that scale{ $black ->
    [true] : there, no value is above { NUMBER($share, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } of white, so the model sees them as nearly black
   *[false] { "" }
 }
    .remedy = save them with the range of the training images{ $factor ->
        [0] { "" }
       *[other] : multiply them by { VALUE($factor) }
     }
levels-hardly-used = half of the images use { NUMBER($share, style: "percent") } of the scale or less (about { VALUE($low) } to { VALUE($high) } of { $levels }): { $count ->
    [one] 1 image has
   *[other] { $count } images have
 } values that extend the scale, so the others have little contrast
    .remedy = if a value in these images stands for padding or an overlay, replace it by the black or white of the others; or save all images with 8 bits and the range that matters
levels-exceeded = { $count ->
    [one] 1 image has
   *[other] { $count } images have
 } pixel values outside the measured range ({ $levels }); these values are clipped
    .remedy = if they use another scale, convert them to the scale of the other images

levels-not-finite = { $count } of { $total } values are not finite (NaN or infinite)
levels-outside = half of the pixels are { $side ->
    [brighter] brighter than white
   *[darker] darker than black
 } (median { VALUE($median) }); the scale of the data set is { $levels }
levels-floats-range = floats from { VALUE($low) } to { VALUE($high) }; expected 0 to 1
levels-floats-dark = floats from { VALUE($low) } to { VALUE($high) }; expected 0 (black) to 1 (white); were they divided by 255 twice?
levels-integers-range = integers from { VALUE($low) } to { VALUE($high) }; expected 0 to 65,535
levels-white-unknown = an image of more than 8 bits, integers from { VALUE($low) } to { VALUE($high) }; the model was trained on 8-bit images only, so the value of white is unknown; save it with 8 bits
levels-kinds = unknown keys in levels: { $kinds }; expected "integers" or "floats"
levels-order = levels of { $kind } are black { VALUE($black) } and white { VALUE($white) }; expected finite numbers, black below white

# Containers and files.

jpeg-no-end = the JPEG ends before its end marker
jpeg-no-marker = no JPEG marker where one is expected, at byte { $at }
jpeg-segment-cut = a JPEG segment extends past the end of the file
jpeg-data-cut = the JPEG ends inside its image data
jpeg-bad-marker = impossible JPEG marker in the image data, at byte { $at }
jpeg-hole = a hole of zero bytes in the JPEG image data, at byte { $at }
png-chunk-cut = a PNG chunk extends past the end of the file
png-checksum = the checksum of the PNG chunk at byte { $at } does not match
png-no-end = the PNG ends before its end chunk
webp-cut = the WebP has { $found } of { $expected } bytes
tiff-directory-cut = the TIFF directory lies past the end of the file
tiff-layout = { $bands ->
    [one] 1 band
   *[other] { $bands } bands
 } of { $bits }-bit { $kind ->
    [integers] integers
    [floats] floats
   *[other] values
 }{ $planar ->
    [true] , stored one after the other
   *[false] { "" }
 }
tiff-unsupported-layout = a TIFF of { $layout }; expected 1 band (grey) of up to 32 bits, or 3 (red, green, blue) of 8 or 16
tiff-unknown-compression = a TIFF of compression { $compression }, which Pillow does not know
tiff-planar = a TIFF of { $layout }; expected interleaved bands

image-unsupported-type = expected a path, bytes, PIL image or array, got { $type }
image-no-bytes = zero bytes
image-no-pixels = no pixels: { $width } x { $height }
image-too-large = { $found } bytes; at most { $limit } are read
image-too-many-pixels = { NUMBER($width, useGrouping: 0) } x { NUMBER($height, useGrouping: 0) } pixels; at most { $limit } are decoded
image-too-elongated = { NUMBER($width, useGrouping: 0) } x { NUMBER($height, useGrouping: 0) } pixels; one side may be at most { $limit } times the other
image-missing = no such file: { $path }
image-unreadable = { $cause }
image-decoder = { $cause }
image-unknown-format = no known image format; the content starts with { $start }
image-format-not-allowed = { $format } content; allowed are { $allowed }
image-plugin-missing = { $format } content; to read it: pip install { $package }
image-mode = images of mode { $mode } have no defined conversion to RGB
image-array-shape = shape { $shape }; expected (H, W) or (H, W, 1, 3 or 4){ $channels ->
    [first] ; move the channels last
   *[other] { "" }
 }
image-array-dtype = dtype { $dtype }; expected uint8, other integers or floats{ $dtype ->
    [bool] : pass X.astype(np.uint8) * 255
   *[other] { "" }
 }

# Preprocessing and the control.

images-not-cached = { $count ->
    [one] 1 decoded image does
   *[other] { $count } decoded images do
 } not fit the cache: decoded again every epoch (--cache-size)
image-input-size = { NUMBER($height, useGrouping: 0) } x { NUMBER($width, useGrouping: 0) } px
image-setting-resize = resize
image-setting-resize-value = shorter edge to { NUMBER($size, useGrouping: 0) }, { $interpolation }, crop { $crop }
image-setting-mean-std = mean, std
image-setting-mean-std-value = ({ $mean }), ({ $std })
image-setting-levels = scale above 8 bits
image-card-invalid = the preprocessing settings of the card are invalid: { $cause }
    .remedy = correct input_size, crop_pct, crop_mode, interpolation, mean or std in the card's JSON file
image-channels = input_size must be 3 channels (RGB), height, width; found { $channels } channels
image-interpolation-unknown = unknown interpolation "{ $name }"
    .remedy = { $hint }
image-config-invalid = preprocessor_config.json cannot be read ({ $type }: { $cause })
    .remedy = copy the bundle again; nothing was loaded
image-sizes = sizes must be 1 to { $limit } pixels; found { $sizes }
image-mean-std = mean and std must be finite numbers, and std above 0; found mean { $mean } and std { $std }
image-crop-mode = crop_mode must be "center" or "squash", not "{ $mode }"
images-one-number = all numbers of { $count } labelled images are equal: a linear model needs two different ones
    .remedy = check the labels
images-one-class = { $count ->
    [one] 1 labelled image
   *[other] { $count } labelled images
 } of { $classes ->
    [one] 1 class
   *[other] { $classes } classes
 }; the linear control needs at least two classes
    .remedy = label some images of another class

# What may be passed to predict.

predict-images-remedy = pass files, a folder, a table, or a glob in quotes
other-image = an image of something unrelated

# Values in JSON.

image-not-base64 = not a file in base64: { $found }
    .remedy = send the content of the file in base64, as a text
