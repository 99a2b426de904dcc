# Predictions and their display in notebooks.

predictor-unknown-task = the bundle has no task "{ $name }"
    .remedy = { $hint }
predictor-names-count = { $inputs } { $inputs ->
    [one] input
   *[other] inputs
 } and { $names } { $names ->
    [one] name
   *[other] names
 }; expected one name per input
    .remedy = pass a name for each input, or omit names
predictor-network-failed = the network of { $path } failed on these inputs: { $error }
    .remedy = if memory is full, pass fewer inputs at a time; otherwise save the bundle again
no-probabilities-of-regression = "{ $task }" is a regression task: it has numbers, not probabilities
    .remedy = use predict, whose predictions have a value and an interval
unnamed-input = input { NUMBER($place, useGrouping: 0) }
unusable-input = { $name }: { $detail }
outputs-not-finite = the model's outputs for this input are NaN or infinite
finding-in-warning = { $text } [{ $finding }]; { $fix }

prediction-none = no prediction
prediction-of-task = probability { SCORE($probability) } · { $task }
prediction-of-number = { $interval } · { $task }
prediction-class = class
prediction-input = input
prediction-task = task
prediction-label = label
prediction-probability = probability
prediction-next = second choice
prediction-without-class = none of the classes
prediction-more-classes = and { $count } more { $count ->
    [one] class
   *[other] classes
 }
prediction-count = { $count } { $count ->
    [one] prediction
   *[other] predictions
 }
prediction-count-none = { $count } unusable
prediction-more = and { $count } more

exported-model = the exported model
export-not-a-folder = { $path } is not a folder
    .remedy = pass a folder that ghep export wrote
export-other-format = { $path } is not an export of format { $format }, which this version of ghep reads
    .remedy = load it with the version of ghep that wrote it ({ $version }), or export the bundle again
export-invalid = { $path } is not a complete export ({ $error })
    .remedy = copy the export again, or export the bundle again
export-graph-unusable = the graph in { $path } cannot be loaded or run: { $error }
    .remedy = install the versions in requirements.txt next to it, or export the bundle again
export-kind-unknown = { $path } has a graph of kind "{ $kind }"; expected { OR($known) }
    .remedy = export the bundle again with --to { OR($known) }
export-unknown-kind = ghep cannot export to "{ $kind }"
    .remedy = { $hint }
export-failed = this network cannot be exported to { $kind }: { $error }
    .remedy = export to another format, or serve the bundle itself
export-self-test-failed = the graph in { $path } computes other logits on this machine than PyTorch did where it was exported: relative difference { $found }, limit { $limit }
    .remedy = install the versions in requirements.txt next to it, or export the bundle on this machine
export-out-not-export = will not replace { $path }: it is a bundle or another folder of ghep, and not an export
    .remedy = choose another --out
export-self-test-failed-int8 = the int8 graph in { $path } computes other logits on this machine than where it was exported: relative difference { $found }, limit { $limit }
    .remedy = export the bundle on this machine, or without --int8: old processors clip sums of 8-bit products
int8-only-onnx = --int8 is for onnx, not for { $kind }
    .remedy = leave --int8 out, or export with --to onnx
int8-without-data = --int8 takes ranges from train and measures accuracy on valid, and these examples were not found; nothing was written
    .remedy = pass the location of the run's data with --data, or export without --int8
int8-few-valid = --int8 is accepted if the 95 % interval of the accuracy on valid excludes a loss of { POINTS($loss, sign: "auto") } points, which takes { $least } examples if no answer changes (fewer pass only by luck); valid has { $n }; nothing was written
    .remedy = export without --int8, or train with a larger valid split
int8-refitted = the heads of this run were fitted on valid too (--refit), so that valid cannot show what int8 costs; nothing was written
    .remedy = train without --refit, pass other labelled examples with --data, or export without --int8
int8-failed = onnxruntime cannot quantise this network: { $error }
    .remedy = export without --int8
int8-does-not-pay = int8 does not pay here, so nothing was written; the best of { $count } variants ({ $variant }): "{ $task }" on { $n } valid examples { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }; a loss of { POINTS($loss, sign: "auto") } is allowed), { $faster } times as fast as float32 (quartiles { $slowest } to { $fastest }; { $least } is needed)
    .remedy = export without --int8
int8-line = int8 ({ $variant }): "{ $task }" on { $n } valid examples { POINTS($difference) } points (95 % interval { POINTS($low) } to { POINTS($high) }), { $faster } times as fast as float32 (quartiles { $slowest } to { $fastest }), { NUMBER($megabytes, maximumFractionDigits: 1) } MB instead of { NUMBER($before, maximumFractionDigits: 1) }
int8-in-a-batch = ranges are those of the inputs of a call together, so that an answer depends on the others: a logit by up to { $difference } of the largest
export-other-answers = the { $kind } export does not answer as the bundle does on { $where }: { $labels } of { $n } labels differ, and a probability differs by { $difference } (allowed: { $limit }), for example for "{ $example }"; nothing was written
    .remedy = export to another format, or serve the bundle itself
export-other-batch = the { $kind } export computes other logits in a batch of { NUMBER($size, useGrouping: 0) }: relative difference { $difference }; nothing was written
    .remedy = export to another format, or serve the bundle itself
parity-inputs = { $inputs ->
    [odd] odd inputs
    [all] the data
   *[other] the { $inputs } split
 }
parity-line = answers equal on { $where }: { $equal } of { $n }{ $chosen ->
    [yes] {" "}(of { $of })
   *[no] {""}
 }; largest difference of a probability { $difference }
parity-without-data = the data of the run were not found, so only odd inputs were compared; --data compares on more
export-written = { $kind }: { $folder } ({ NUMBER($megabytes, maximumFractionDigits: 1) } MB)
export-data-missing = the data to compare answers on are not at { $data }
    .remedy = pass the location of labelled examples, or leave --data out
export-openvino-no-wheels = OpenVINO cannot be installed: it has no pip packages for this processor ({ $processor })
    .remedy = export to onnx, which runs on this processor
export-holds-code = the program of torch.export holds something that could run code when it is loaded: { $found }
    .remedy = export to onnx; do not use a file that others made unless it is exported again
torch-missing = PyTorch is not installed, and exports of the kind torch-export need it
    .remedy = pip install torch, or export the bundle with --to onnx, which runs without it
engine-package-missing = the package { $package } is not installed
    .remedy = pip install "ghep[{ $extra }]", or pip install { $package }

export-usage =
    ## How to use this export

    { $network ->
        [int8] This folder answers nearly as the bundle that it was made from ({ $kind } in 8-bit integers; `parity.json` says how nearly; measured when it was made: { $int8 })
       *[float32] This folder answers as the bundle that it was made from ({ $kind }; `parity.json` says on what that was checked)
    }{ $kind ->
        [torch-export] .
       *[other] , without PyTorch.
    }

        { $kind ->
            [torch-export] pip install -r requirements.txt
           *[other] pip install --no-deps -r requirements.txt
        }
        pip install --no-deps ghep
        ghep predict FOLDER new/
        ghep serve FOLDER

    For `ghep serve`, install `requirements-serve.txt` in the same way. In Python:

        from ghep.export.runtime import load
        load("FOLDER").predict(["new.jpg"])

    In a container, which runs as an ordinary user on a read-only file system:

        docker build -t { $name } .
        docker run --rm --read-only -p 8000:8000 -e GHEP_TOKEN=... { $name }
