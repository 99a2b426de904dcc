# Features: engines, stored activations, linear heads.

phase-features = features of { $split }
frozen-outputs-not-finite = the outputs of { $backbone } for these examples contain NaN or infinity
    .remedy = check the weights and their preprocessing (mean, std), or choose another backbone
activations-not-finite = activations are not finite as { $dtype }

# Engines.
unknown-engine = unknown engine "{ $name }"
    .remedy = { $hint }
engine-unavailable = { $name } cannot be used: { $cause }
engine-on-other-device = { $name } runs on { OR($devices) }, but the backbone is on { $device }
    .remedy = choose auto, torch-float32 or torch-bfloat16
engine-no-bfloat16 = this CPU has no bfloat16 arithmetic
    .remedy = choose auto
engine-fixed-size = its outputs are wrong for sequences of another size than the traced one
openvino-no-wheels = OpenVINO has no wheels for this processor ({ $processor })
    .remedy = choose auto
openvino-not-installed = OpenVINO is not installed
    .remedy = pip install "ghep[fast]"
engine-missing = { $cause }; it runs frozen blocks several times faster on most CPUs
    .remedy = { $hint }
engine-failed = { $engine } failed on this backbone ({ $cause }) and is not used
    .remedy = no action needed: a slower engine computes the features
engine-disagrees = features of { $engine } differ from plain float32 by { NUMBER($difference, style: "percent", maximumFractionDigits: 1) } of the spread between examples, and up to { NUMBER($tolerance, style: "percent", maximumFractionDigits: 1) } is accepted; { $used ->
    [yes] it is used because it was requested
   *[no] it is not used
 }
    .remedy = { $used ->
        [yes] set the engine to auto
       *[no] no action needed: a slower engine computes the features
    }
engine-disagrees-not-finite = features of { $engine } contain NaN or infinity, unlike plain float32; it is not used
    .remedy = no action needed: a slower engine computes the features
engine-not-available = it does not exist here
engine-changed = earlier features were computed by { $before } ({ $why }); { $engine } computes the following ones
    .remedy = continue on the machine where the run began to get the same numbers

# Why an engine is used or not, in the run's record.
trial-taken = { $how ->
    [named] requested
    [decided] decided without timing
   *[fastest] the fastest that agrees
 }
trial-not-taken = { $how ->
    [named] not requested
    [decided] decided without timing: { $engine }
   *[fastest] slower than { $engine }
 }
trial-disagrees = disagrees with plain float32
trial-failed = failed: { $error }
trial-not-worthwhile = not tried: { $examples ->
    [one] one example takes
   *[other] { $examples } examples take
 } { DURATION($seconds) } with { $engine }; it would save { DURATION($saved) } at best, and trying it takes about { DURATION($cost) }

# Stored activations.
activations-exceed-limit = { BYTES($bytes) } of activations do not fit into { BYTES($limit) }
stored-rows-deleted = another process deleted rows while they were read
stored-rows-changed = the content of rows.bin has changed
stored-rows-size-changed = the size of rows.bin has changed
stored-index-changed = the content of index.safetensors has changed
store-damaged = { $count ->
    [one] one segment of stored activations was damaged and is computed again
   *[other] { $count } segments of stored activations were damaged and are computed again
 }
    .remedy = check the disk
store-not-writable = activations cannot be kept in { $folder } ({ $cause }): frozen blocks run in every epoch of every run
    .remedy = use a writable folder (--cache-dir, or GHEP_CACHE), or --no-cache
store-without-home = activations cannot be kept in the home folder ({ $cause }): frozen blocks run in every epoch of every run
    .remedy = use a writable folder (--cache-dir, or GHEP_CACHE), or --no-cache

# Linear heads.
probe-grid-edge = the best regularisation of the linear head, { DIGITS($strength) }, is at an end of the range { DIGITS($weakest) } to { DIGITS($strongest) }
    .remedy = try light or full fine-tuning, or more labels, which may do better than a linear head

# Settings.
device-unusable = { $cause }; { $hint }
