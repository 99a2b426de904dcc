# Features: engines, stored activations, linear heads.

phase-features = features of { $split }
frozen-outputs-not-finite = the outputs of { $backbone } for these examples contain NaN or infinity
    .remedy = check the weights and the preprocessing (mean, std) of the backbone, or choose another backbone
activations-not-finite = activations contain NaN or infinity when stored as { $dtype }

# Engines.
unknown-engine = no engine is called "{ $name }"
    .remedy = { $hint }
engine-unavailable = the engine { $name } cannot be used: { $cause }
engine-on-other-device = the engine { $name } runs on { OR($devices) }, but the backbone is on { $device }
    .remedy = choose auto, torch-float32 or torch-bfloat16
engine-no-bfloat16 = this CPU has no bfloat16 arithmetic
    .remedy = choose auto
engine-fixed-size = the compiled network has wrong outputs for other sequence lengths than the one it was compiled with
openvino-no-wheels = OpenVINO cannot be installed: it has no pip packages for this processor ({ $processor })
    .remedy = choose auto
openvino-not-installed = OpenVINO is not installed
    .remedy = pip install "ghep[fast]"
engine-missing = { $cause }; on most CPUs, OpenVINO runs frozen blocks several times faster than PyTorch
    .remedy = { $hint }
engine-failed = the engine { $engine } failed on this backbone ({ $cause }) and is not used
    .remedy = no action needed: a slower engine computes the features
engine-disagrees = features computed by the engine { $engine } differ from those of PyTorch in float32 by { NUMBER($difference, style: "percent", maximumFractionDigits: 1) } of the spread between examples (accepted: { NUMBER($tolerance, style: "percent", maximumFractionDigits: 1) }); { $used ->
    [yes] it is used because it was requested
   *[no] it is not used
 }
    .remedy = { $used ->
        [yes] set the engine to auto
       *[no] no action needed: a slower engine computes the features
    }
engine-disagrees-not-finite = features computed by the engine { $engine } contain NaN or infinity, unlike those of PyTorch in float32; the engine is not used
    .remedy = no action needed: a slower engine computes the features
engine-not-available = it does not run on this device
engine-changed = the engine { $before }, which computed earlier features, cannot be used now ({ $why }); { $engine } computes the remaining features
    .remedy = to get the same numbers, continue the run on the machine on which it began

# Why an engine is used or not, in the run's record.
trial-taken = { $how ->
    [named] requested
    [decided] chosen without measuring time
   *[fastest] the fastest engine that agrees with plain float32
 }
trial-not-taken = { $how ->
    [named] not requested
    [decided] { $engine } was chosen without measuring time
   *[fastest] slower than { $engine }
 }
trial-disagrees = its features differ too much from those of plain float32
trial-failed = failed: { $error }
trial-not-worthwhile = not tried: { $examples ->
    [one] one example takes
   *[other] { $examples } examples take
 } { DURATION($seconds) } with { $engine }; this engine would save { DURATION($saved) } at most, and trying it takes about { DURATION($cost) }

# Stored activations.
activations-exceed-limit = { BYTES($bytes) } of activations do not fit into the cache, whose limit is { BYTES($limit) }
stored-rows-deleted = another process deleted cached activations while they were read
stored-rows-changed = the content of rows.bin has changed
stored-rows-size-changed = the size of rows.bin has changed
stored-index-changed = the content of index.safetensors has changed
store-damaged = { $count ->
    [one] one file of cached activations was damaged; its activations are computed again
   *[other] { $count } files of cached activations were damaged; their activations are computed again
 }
    .remedy = check the disk if this happens again
store-not-writable = activations cannot be cached in { $folder } ({ $cause }), so frozen blocks run again in every epoch of every run
    .remedy = name a writable folder with --cache-dir or GHEP_CACHE, or switch the cache off with --no-cache
store-without-home = activations cannot be cached in the home folder ({ $cause }), so frozen blocks run again in every epoch of every run
    .remedy = name a writable folder with --cache-dir or GHEP_CACHE, or switch the cache off with --no-cache

# Linear heads.
probe-grid-edge = the best regularisation strength of the linear head, { DIGITS($strength) }, is at an end of the tried range ({ DIGITS($weakest) } to { DIGITS($strongest) })
    .remedy = { $end ->
        [weakest] if the score on valid is high, nothing needs to be done; otherwise try light or full fine-tuning
       *[strongest] the features say little about these labels: try another backbone, or light or full fine-tuning
    }

# Settings.
device-unusable = it cannot be used: { $cause }; { $hint }
