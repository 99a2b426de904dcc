# Exports that run in a browser: the page, and what can go wrong when they are written.

web-page-subtitle = { $modality ->
    [image] images
   *[text] texts
 }; { EACH($tasks) }
web-page-task = { $name }: { $kind ->
    [number] a number
    [one] one of { $count } { $count ->
        [one] class
       *[other] classes
     }
   *[any] any of { $count } { $count ->
        [one] class
       *[other] classes
     }
 }
web-page-private = The model runs in this browser. Nothing is sent or stored.
web-page-choose = Choose images
web-page-drop = Or drop images anywhere on this page, or paste one.
web-page-text = Text
web-page-keys = Ctrl + Enter predicts.
web-page-predict = Predict
web-page-answers = Answers
web-page-loading = Loading the model
web-page-no-script = This page needs JavaScript and WebAssembly.
web-page-ready = Ready: the model gives the same answers here as where it was exported.
web-page-working = Predicting
web-page-failed = The model does not work in this browser:
web-page-differs = this browser computes other numbers than ghep; the largest difference is
web-page-probability = probability { $value }
web-page-interval = { $low } to { $high } in 9 of 10 cases
web-page-classes = Probabilities of { $task }
web-page-more = Classes not shown: { $count }

web-problem-empty = it is empty
web-problem-too-large-file = the file is too large
web-problem-too-many-pixels = the image has too many pixels
web-problem-too-elongated = one side of the image is too many times longer than the other
web-problem-truncated = the file ends too early
web-problem-damaged = the file is damaged
web-problem-not-an-image = it is no image that this browser can read
web-problem-format-not-allowed = images in this format cannot be read here; save it as PNG or JPEG
web-problem-unsupported-mode = the colours of this image cannot be read here; save it as PNG or JPEG of 8 bits
web-problem-unknown-range = the pixel values of this image do not fit the scale of the training images
web-problem-too-long = the text is too long
web-problem-not-text = it is not text
web-problem-not-utf-8 = the file is not UTF-8
web-licences = This page was written by ghep { $version } (Apache-2.0). It contains:

web-pairs = a model of pairs of texts cannot be exported for browsers
    .remedy = export it with --to onnx, or serve the bundle
web-preprocess = the preprocessing { $name } cannot be exported for browsers
    .remedy = export it with --to onnx, or serve the bundle
web-no-room = the model reads { $length } tokens, and { $special } of them are special tokens: there is no room for a text
    .remedy = train it again with a larger max_length
web-no-npm = npm is not installed, and { $package } { $version } is not in the cache
    .remedy = install Node.js with npm, or pass a folder with the unpacked package: --runtime node_modules
web-fetch-failed = npm could not fetch { $package } { $version }: { $error }
    .remedy = try again with a network, or pass a folder with the unpacked package: --runtime node_modules
web-library-missing = { $folder } does not contain { $files } of { $package } { $version }
    .remedy = pass a folder that has the unpacked package, such as node_modules
web-library-differs = { $file } is not that of { $package } { $version }: its hash is another one
    .remedy = pass exactly this version, or delete the file to fetch it again
web-written = open { $page } by a double click, or copy the folder to any static web server
web-too-large = copy the folder to a static web server; a page of one file is written only for models up to { BYTES($limit) }
web-not-compared = the answers were not compared: that needs Node.js 20 or newer
web-check-failed = the export does not run: { $error }
    .remedy = update Node.js, or export with --to onnx and serve that
help-export-runtime = For --to web: a folder with the unpacked npm packages, such as node_modules. Default: npm fetches them once.
