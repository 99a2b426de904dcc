# The model: bundles, devices and LoRA.

## Bundles

model-bundle = the bundle
bundle-not-a-folder = { $path } is not a folder
    .remedy = pass the bundle folder that ghep fit wrote
bundle-other-format = { $path } is not a bundle of format { $format }, which this version of ghep reads
    .remedy = load it with the version of ghep that wrote it ({ $version })
bundle-not-buildable = the model that { $path } describes cannot be built ({ $kind }: { $error })
    .remedy = copy the bundle again, or save it again with ghep
bundle-dtype = config.json has the dtype { $found }; expected { OR($known) }
    .remedy = copy the bundle again, or save it again with ghep
bundle-not-finite = model.safetensors has NaN or infinite values in { $names }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
 }; a trained model has none
    .remedy = copy the bundle again, or save it again with ghep
bundle-files-mixed = model.safetensors lacks { $missing ->
    [0] no tensor
    [one] { $missing_names }
   *[other] { $missing } tensors ({ $missing_names })
 } and has { $unexpected ->
    [0] no unexpected tensor
    [one] an unexpected tensor ({ $unexpected_names })
   *[other] { $unexpected } unexpected tensors ({ $unexpected_names })
 }
    .remedy = copy the folder again: the files of two bundles were mixed
bundle-tensor-mismatch = the tensor { $tensor } in model.safetensors is { $found }; config.json requires { $expected }
    .remedy = copy the bundle again, or save it again with ghep
bundle-labels-differ = labels.json and config.json have different classes: one of the files was changed
    .remedy = copy the bundle again, or save it again with ghep
bundle-tasks-invalid = config.json has the tasks { $found }; expected a list of one or more tasks
    .remedy = copy the bundle again, or save it again with ghep
bundle-tasks-duplicate = config.json has two tasks with the same name
    .remedy = copy the bundle again, or save it again with ghep
bundle-temperature-without-task = config.json has a calibration temperature for { $task }, which is not one of its tasks
    .remedy = copy the bundle again, or save it again with ghep
bundle-temperature-invalid = config.json has the calibration temperature { $found } for the task { $task }; expected a positive finite number
    .remedy = copy the bundle again, or save it again with ghep
bundle-columns-invalid = config.json has { $found } as the columns of the table; expected an object with { $known }
    .remedy = copy the bundle again, or save it again with ghep
bundle-seen-invalid = seen.json does not have lists of digests of the examples in train and valid
    .remedy = copy the bundle again, or save it again with ghep
bundle-part-invalid = config.json has "{ $key }": { $found }; expected a JSON object
    .remedy = copy the bundle again, or save it again with ghep
bundle-file-unreadable = the file { $name } of the bundle is missing or is not UTF-8 text
    .remedy = copy the bundle again
save-dtype-unknown = weights cannot be saved in the number format "{ $dtype }"
    .remedy = choose { OR($known) }
save-dtype-overflow = { $count ->
    [one] one tensor does
   *[other] { $count } tensors do
 } not fit into { $dtype }: values up to { $largest } would be infinite ({ $tensor })
    .remedy = save as float32 (save_dtype, --save-dtype)

## Heads and devices

head-not-linear = the head of { $task } is a { $kind }, not a linear layer that can be solved
    .remedy = choose the strategy light, full or lora for this backbone
device-unknown = no device is called "{ $name }"
    .remedy = choose auto, cpu, cuda or mps
device-without-cuda = this machine has no CUDA GPU that torch can use
    .remedy = choose auto or cpu, or omit device; if there is a GPU, { $build ->
        [cuda] check its driver with nvidia-smi
       *[cpu] install the CUDA build of torch: this one is for the CPU
    }
device-not-available = this machine has no { $name } device that torch can use
    .remedy = choose auto or cpu

device-memory-too-small = { $rows ->
    [one] one example does not fit
   *[other] { $rows } examples do not fit
 } into the memory of { $device }, and half as many cannot be computed
    .remedy = choose a smaller backbone, smaller images (--image-size) or shorter texts (--max-length), end what else uses this memory, or choose --device cpu
device-memory-full = the memory of the GPU is full
    .remedy = end what else uses this memory, choose a smaller backbone, smaller images (--image-size) or shorter texts (--max-length), or --device cpu
pass-in-parts = the memory of { $device } ran out: features and predictions were computed from { $rows ->
    [one] one example
   *[other] at most { $rows } examples
 } at once
    .remedy = no action needed: the results differ in their last digits at most

## LoRA

lora-without-match = LoRA matched no layer of { $name } (looked for layers called { $targets }; { $count ->
    [0] it has no linear layer and no ungrouped convolution
   *[other] its layers are called { $layers }
 })
    .remedy = { $count ->
        [0] choose the strategy light or lp_ft
       *[other] name layers with targets=...
    }
lora-layers-not-called = LoRA matched { $count } { $count ->
    [one] layer
   *[other] layers
 } that { $name } never calls ({ $layers }), so their adapters would not be trained
    .remedy = name other layers with targets=..., or choose the strategy light or lp_ft
