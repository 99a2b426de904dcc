# Commands: the help that ghep COMMAND --help prints.

command-ghep = Transfer learning with evidence: graft a new head on a pretrained backbone.
command-check =
    Audit images or texts: unusable files, copies, leakage across splits, imbalance, suspicious labels.

    Exit code: 0 if nothing is suspicious, 1 for warnings, 2 for errors.

    Example: ghep check photos/

    Example: ghep check reviews.csv --text review --label stars

    With --labels, five heads on the features of a backbone judge the label of every example that they have not seen.
    The probably wrong ones are listed in suspects.csv and shown on a page; nothing is changed. ghep fit
    --drop-suspects suspects.csv leaves the examples that are still listed out of train.

    Example: ghep check --task cars=road/cars --task signs=road/signs

    Example: ghep check photos/ --labels --out doubtful
command-advise =
    Recommend a backbone and a strategy to try first, and say how sure that is; nothing is fine-tuned.

    Every backbone is scored on 300 examples; those that are not clearly worse are scored on up to 1,500. The test split
    chooses nothing: its examples, without their labels, are only compared with the other splits. Features are stored,
    and a later ghep fit --strategy linear_probe reuses them.

    Example: ghep advise photos/ --backbones weights/,timm/resnet18.a1_in1k

    Example: ghep advise reviews.csv --text text --label label
command-fit =
    Train one model and save it, with its scores, cost and proof.

    The exit code is 1 if a finding of severity error says that the scores cannot be trusted: scored examples have
    copies in train, nothing was held out, training diverged. The bundle is written all the same.

    Example: ghep fit photos/ --strategy light --epochs 5

    Example: ghep fit reviews.csv --text text --label label

    Example: ghep fit --task cars=road/cars --task signs=road/signs
command-compare =
    Compare strategies and backbones: a verdict with its evidence, and a report.

    The same command continues a comparison that was interrupted. The exit code is 1 if a run failed or a finding makes
    the result doubtful; the report is written all the same.

    Example: ghep compare photos/ --seeds 3 --time-limit 20m

    Example: ghep compare reviews.csv --text text --label label --labels 8,16,64,all

    Example: ghep compare --task cars=road/cars --task signs=road/signs --limit signs=200
command-evaluate =
    Measure a bundle on labelled examples, every score with its 95 % interval.

    The exit code is 1 if a finding of severity error says that the scores cannot be trusted, such as examples that the
    bundle was trained on.

    Example: ghep evaluate runs/ants/bundle photos/

    Example: ghep evaluate runs/road/bundle --task signs=more-signs/
command-predict =
    Predict the labels of images or texts, one answer for each input, in the order given.

    In a table, the column that the model was trained on is read, unless --text or --path-column names another. An input
    that cannot be used is reported with its reason, and the exit code is 1; it is also 1 if all images are nearly black
    to the model, because it was trained on images with more bits per pixel. Tabs and line breaks in a name or a text
    are printed escaped, and a long text is cut; in the CSV, a cell that a spreadsheet would run as a formula is prefixed
    with a single quote; --json is exact. Where an input may have several classes, the classes above one half are printed
    with bars between them, with the probability of that whole answer; --top 3 adds the three most probable classes.

    Example: ghep predict runs/ants/bundle new/*.jpg --top 3

    Example: ghep predict runs/reviews/bundle new.csv --text review --out predictions.csv

    Example: echo "What a film!" | ghep predict runs/reviews/bundle -

    Example: ghep predict http://127.0.0.1:8000 new/*.jpg
command-export =
    Write a bundle in a format that answers without PyTorch: a folder with the network, the preprocessing and the labels.

    Before the folder is written, its answers are compared with those of the bundle: on the test split of the bundle's
    run (else valid) or on --data, and on odd files and texts. An export that answers otherwise is refused.

    Example: ghep export runs/ants/bundle --to onnx

    Example: ghep export runs/reviews/bundle --to onnx --out deploy/reviews --data new.csv --text review

    Example: ghep export runs/ants/bundle --to hf
command-backbones =
    List backbones that work without a network; with a pattern, the architectures that timm knows by name.

    Example: ghep backbones 'mobilenet*'

# Help of options that are no settings.

help-version = Print the version.
help-data-or-tasks = { setting-data } Leave it out if --task names the data.
help-task = In place of DATA, once for each task of one model: NAME=PATH, or NAME=TABLE:COLUMN for one label column.
help-config = TOML file with the same names as the flags.
help-bundle = Bundle folder that ghep fit wrote.
help-json = Print the result as JSON on stdout, nothing else.
help-check-seed = Seed of the split.
help-advise-backbones = Names, files, folders of weight files, separated by commas; the default backbone is tried as well. Default: all installed backbones for the modality (ghep backbones lists them).
help-advise-seed = Seed of the split and of the sample.
help-evaluate-split = train, valid, test or all; default: test, else valid, else all.
help-evaluate-out = Folder for predictions.csv.
help-predict-model = Bundle folder that ghep fit wrote, export folder that ghep export wrote, or address of a running ghep serve (http://127.0.0.1:8000; a token is read from GHEP_TOKEN).
help-predict-inputs = Files, folders, globs, tables (CSV, TSV, JSON, Parquet, Excel: one answer per row), or - for standard input.
help-predict-lines = Each line is an input: a text, two texts separated by a tab, or the path of an image.
help-predict-task = Answer for this task only.
help-predict-top = How many classes to print for each input.
help-predict-out = Write a CSV with the probability of every class, or with the interval of a number.
help-predict-engine = What computes the backbone for many inputs: auto (the fastest in float32), or torch-float32 (PyTorch).
help-export-to = Format: onnx and openvino run without PyTorch; torch-export runs with PyTorch alone; hf loads with timm, transformers or sentence-transformers; web runs in a browser.
help-export-out = Folder to write; an older export in it is replaced. Default: next to the bundle, BUNDLE-FORMAT.
help-export-int8 = Quantise the network to 8-bit integers (onnx); refused unless that is as accurate on the valid split and faster here.
help-export-data = Examples on which the answers are compared. Default: the data of the bundle's run.
help-backbones-pattern = List timm's architectures that match, for example 'resnet*'.
help-backbones-describe = Describe one backbone: blocks, features, preprocessing.

# Errors of the command line and of config files

engine-of-export = --engine { $engine } cannot be used: { $path } is an export, which has its own engine
    .remedy = leave --engine out, or pass the bundle
engine-of-server = --engine { $engine } cannot be used: the server has chosen its engine
    .remedy = leave --engine out, or start ghep serve with it
remote-address = { $address } is not the address of a server
    .remedy = write it as http://HOST:PORT; a token belongs into GHEP_TOKEN, not into the address
remote-no-server = no server answers at { $address } ({ $cause })
    .remedy = start one with ghep serve, or check host and port
remote-not-ghep = { $address } answers, but it is not ghep serve
    .remedy = check host and port
remote-not-permitted = { $address } refuses the request: { $given ->
    [yes] it expects another token than the one in { $variable }
   *[no] it expects a token
 }
    .remedy = set the environment variable { $variable } to the server's token
remote-refused = { $address } answered { NUMBER($status, useGrouping: 0) }: { $detail }
    .remedy = try again later; 503 means that the server is loading, busy or stopping


flag-repeated = { $flag } takes one value, but was given { $count } times: { LIST($values) }
    .remedy = keep one of them
flag-not-name-number = { $flag } "{ $value }" is not NAME=NUMBER
    .remedy = write it as in { $flag } signs=2
task-not-name-path = --task { $value } is not NAME=PATH
    .remedy = write it as in --task cars=road/cars
task-repeated = --task { $name } was given twice
    .remedy = give each task a different name
data-and-tasks = both data and tasks were given
    .remedy = choose one: DATA, or --task for each task
no-data = no data was given
    .remedy = pass a folder or table, or --task NAME=PATH for each task; in a file data = "..." or [tasks]
unknown-setting = { $of } has no setting called { $names }
    .remedy = { EACH($hints) }
config-unreadable = cannot read { $file } ({ $cause })
    .remedy = pass a UTF-8 TOML file
config-not-toml = { $file } is not valid TOML: { $cause }
    .remedy = correct that line
not-a-time = "{ $text }" is not a time
    .remedy = write it as 90s, 30m or 1.5h
not-a-size = "{ $text }" is not a size
    .remedy = write it as 500M or 8G
out-folder-is-file = cannot make the folder { $out }: { $file } is a file
    .remedy = choose another --out
out-is-folder = cannot write { $out }: it is a folder
    .remedy = choose a file name, as in predictions.csv
out-no-parent = cannot write { $out }: there is no folder { $folder }
    .remedy = create the folder, or choose another --out
out-not-permitted = cannot write { $out }: permission denied
    .remedy = choose another --out
bundle-has-no-task = the bundle has no task "{ $task }"
    .remedy = { $hint }
input-not-found = { $argument } matches no { $thing }
    .remedy = { $advice }
line-not-decodable = { $file }, line { NUMBER($line, useGrouping: 0) }: byte 0x{ $byte } is not { $encoding }
    .remedy = name the encoding it was saved in (--encoding { $likely }?), or save it as UTF-8
input-unreadable = cannot read { $path }: { $cause }
    .remedy = check the path and its permissions
disk-full = free some space, or write to another disk; for fit, use a smaller --cache-size, or set TMPDIR to a larger disk
quota-exceeded = free some space, or write to another disk
file-too-large = raise the limit on the size of a file (ulimit -f, or the file system's), or write to another disk
too-many-open-files = raise the limit on open files (ulimit -n), or use fewer --workers
check-path-and-permissions = check that the path exists and that you may read and write it
bug-in-ghep = a bug in ghep: { $error }
    .remedy = please report it, with this line and the command; GHEP_DEBUG=1 prints where it happened
output-not-writable = cannot write to standard output ({ $cause }): the results were not printed
interrupted = interrupted
stopping = stopping after this training step and saving the state; press Ctrl-C again to stop at once, without saving
stopped = stopped: { $cause }

# Findings

links-not-followed = { $count ->
        [one] one link leads to a folder that contains it, and was not followed
       *[other] { $count } links lead to folders that contain them, and were not followed
    }
    .remedy = no action needed, unless files are missing: then name their folder directly
named-twice = { $count ->
        [one] one file is
       *[other] { $count } files are
    } named more than once, by arguments, folders or globs, and predicted each time
    .remedy = name each file once, if one prediction is enough

# Output

audit-head = { $name }: { $count } usable { $things ->
        [images] images
        [texts] texts
       *[other] { $things }
    } in { $folder }
audit-sizes = sizes from { $smallest } to { $largest } { $unit ->
        [pixels] pixels
        [characters] characters
       *[other] { $unit }
    }
audit-in-all = labelled
audit-unlabelled = not labelled
audit-more-classes = ... and { $count } classes of sizes in between (--json has all)
audit-clean = nothing suspicious
run-errors = { $count ->
        [one] one error
       *[other] { $count } errors
    } found; the result cannot be trusted:
run-cost = cost      { $seconds } s, peak memory { $memory } MiB, { $trained } of { $total } parameters trained
run-numbers = precision { $precision } in training, float32 in scoring and prediction; device { $device }
run-frozen = frozen    { $passes }
run-passes = { $computed } rows of activations computed (a row is an example in one view), { $reused } read from the store; { $engines }, { $seconds } s{ $choosing ->
        [none] { "" }
       *[other] , and { $choosing } s to choose the engine
    }
run-proof = proof     { $frozen ->
        [one] one block
       *[other] { $frozen } blocks
    } bit-identical after training, { $moved } changed by training
run-folder = run       { $folder }
run-bundle = bundle    { $bundle }
scores-head = { $split }, { $task }: { $count ->
        [one] one example
       *[other] { $count } examples
    }{ $sets ->
        [true] ; an answer is correct if all its classes are
       *[other] { "" }
    }
scores-without-copies = on the { $count } examples without a copy in { $in } ({ $seen } have one):
scores-interval = 95 % interval { $low } to { $high }
scores-control = model minus control: { $difference }, 95 % interval { $low } to { $high }, p = { $p }
items-more = ... and { $count } more
left-out-one = left out: { $id } ({ $kind }: { $detail })
left-out-more = left out: { $count } more (--json lists all)
predictions-written = wrote { $file }
backbones-no-match = timm has no architecture that matches { $pattern }
backbones-installed = Installed; these work without a network:
backbones-none = nothing
backbones-packages = In a package:
backbones-probe = probe: accuracy of a linear head on the frozen backbone, measured (docs/benchmarks.md).
backbones-by-name =
    By name, fetched when first used: timm/<name> for images (ghep backbones 'mobilenet*' lists names),
    hf/<name> and text2text/<T5> for texts. From your files: timm/<name>@<weights>, a .safetensors or .pth
    file with a json of the same name next to it, a folder in Hugging Face's form, word vectors, a bundle
    that ghep fit wrote. docs/backbones.md has the rules.
backbones-line-probe = probe { $probe }
backbones-line-default = the default for { $modality ->
        [image] images
        [text] texts
       *[other] { $modality }
    }
phase-read = read
phase-predict = predict
phase-predict-split = predict { $split }
phase-runs = runs
progress-done = { $phase }: { NUMBER($total, useGrouping: 0) }
progress-epoch = { $stage } epoch { $epoch }
progress-train-loss = train loss { $loss }
progress-valid-loss = valid loss { $loss }
progress-valid-score = valid score { $score }
