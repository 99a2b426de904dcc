# The model: bundles, devices and LoRA.

## Bundles

model-bundle = the bundle
bundle-not-a-folder = { $path } is not a folder
    .remedy = pass the bundle folder that ghep fit wrote
bundle-other-format = { $path } is not a bundle of format { $format }
    .remedy = load it with the ghep that wrote it ({ $version })
bundle-not-buildable = the model in { $path } cannot be built ({ $kind }: { $error })
    .remedy = copy the bundle again, or save it again
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
    [one] an unexpected one ({ $unexpected_names })
   *[other] { $unexpected } unexpected tensors ({ $unexpected_names })
 }
    .remedy = copy the folder again: the files of two bundles were mixed
bundle-tensor-mismatch = model.safetensors has { $tensor } as { $found }; config.json requires { $expected }
    .remedy = copy the bundle again, or save it again with ghep
bundle-labels-differ = labels.json has other classes than config.json; one of the two was changed
    .remedy = copy the bundle again, or save it again with ghep
bundle-tasks-invalid = config.json has the tasks { $found }; expected a list of one or more
    .remedy = copy the bundle again, or save it again with ghep
bundle-tasks-duplicate = config.json has two tasks with the same name
    .remedy = copy the bundle again, or save it again with ghep
bundle-temperature-without-task = config.json has a temperature for { $task }, which is not a task
    .remedy = copy the bundle again, or save it again with ghep
bundle-temperature-invalid = config.json has the temperature { $found } for { $task }; expected a positive finite number
    .remedy = copy the bundle again, or save it again with ghep
bundle-columns-invalid = config.json has the columns { $found }; expected { $known }
    .remedy = copy the bundle again, or save it again with ghep
bundle-seen-invalid = seen.json must have lists of digests for train and valid
    .remedy = copy the bundle again, or save it again with ghep
bundle-part-invalid = config.json has "{ $key }": { $found }; expected an object
    .remedy = copy the bundle again, or save it again with ghep
bundle-file-unreadable = { $name } is missing or not UTF-8
    .remedy = copy the bundle again
save-dtype-unknown = weights cannot be saved as "{ $dtype }"
    .remedy = choose { OR($known) }
save-dtype-overflow = { $count ->
    [one] one tensor does
   *[other] { $count } tensors do
 } not fit into { $dtype }: values up to { $largest } would be infinite ({ $tensor })
    .remedy = save as float32 (save_dtype, --save-dtype)

## Heads and devices

head-not-linear = the head of { $task } is a { $kind }; there is no linear head to solve
    .remedy = choose light, full or lora for this backbone
device-unknown = no device is called "{ $name }"
    .remedy = choose auto, cpu, cuda or mps
device-without-cuda = this machine has no CUDA GPU that torch can use
    .remedy = choose auto or cpu, or omit device; if there is a GPU, { $build ->
        [cuda] check its driver with nvidia-smi
       *[cpu] install the CUDA build of torch: this one is for the CPU
    }
device-not-available = this machine has no { $name } device that torch can use
    .remedy = choose auto or cpu

## LoRA

lora-without-match = LoRA matched no layer of { $name } (looked for { $targets }; { $count ->
    [0] it has no linear layer and no plain convolution
   *[other] its layers are called { $layers }
 })
    .remedy = { $count ->
        [0] choose light or lp_ft
       *[other] name layers with targets=...
    }
lora-layers-not-called = LoRA matched { $count } { $count ->
    [one] layer
   *[other] layers
 } that { $name } does not call ({ $layers })
    .remedy = name other layers with targets=..., or choose light or lp_ft
