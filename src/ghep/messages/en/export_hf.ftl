# The Hugging Face form of an export.

hf-not-a-timm-network = { $network } is not a network of timm's registry, so timm and transformers cannot build it without code of ghep
    .remedy = export it with --to onnx
hf-images-of-more-bits = the model was trained on images of more than 8 bits ({ $levels }); these libraries clip them to white
    .remedy = export with --to onnx, which scales them as in training
hf-head-not-expressible = the libraries' version of { $network } with a classifier cannot compute what the bundle computes: { $why }
    .remedy = export it with --to onnx
hf-tensors-without-place = it has no place for { $names }
hf-layer-not-linear = its classifier needs the layer { $path } ({ $kind }), which is not a linear layer with a bias
hf-outputs-differ = its outputs differ
hf-preprocessing-differs = it would read images of { $theirs }, and the bundle reads { $ours }
hf-task-unknown = "{ $task }" is a task of a kind ({ $kind }) that Hugging Face's libraries do not have
    .remedy = export it with --to onnx
hf-not-a-transformers-network = { $network } is not a network of transformers, so transformers cannot build it without code of ghep
    .remedy = export it with --to onnx
hf-encoder-alone = only the encoder is used, and transformers has no class for this encoder without its decoder
hf-no-token-to-pad = the tokenizer has no special token to pad shorter texts with
    .remedy = export it with --to onnx
hf-needs-sentence-transformers = the pooling of this bundle is that of a sentence encoder, which sentence-transformers loads; it is not installed, so the answers cannot be compared
    .remedy = pip install sentence-transformers, or export with --to onnx
hf-answers-differ = { $library } reads these inputs differently from ghep: the median difference of its answers is { $median } over { $n } inputs, { $unread } more cannot be read; the largest is that of { $worst }
    .remedy = export with --to onnx, which reads files as ghep does
hf-task-not-a-folder = each task gets a folder with its name, and "{ $task }" cannot be the name of a folder
    .remedy = rename the task, or export with --to onnx, which puts all tasks in one file

hf-loads = "{ $task }" loads with { $library }: { $folder }
hf-agreement = { $library }, { $inputs }: { $same } of { $n } labels equal, largest difference { $difference } ({ $worst })
hf-agreement-inputs = { $kind ->
    [odd-inputs] odd inputs
   *[files] { $split } split
 }

# Its model card.

hf-card-title = # { $data }: { $backbone }
hf-card-made = Fine-tuned and exported with ghep { $version }. The task is "{ $task }". { $kind ->
    [softmax] The softmax of the outputs is the probability of each class; it is calibrated on held-out data
    [sigmoid] The sigmoid of each output is the probability of that class, independent of the others; it is calibrated on held-out data
   *[none] The only output is the predicted number, in the units of the labels
 }.
hf-card-half-width = Nine true numbers of ten are within { $half_width } of the output.
hf-card-use = ## Use
hf-card-sentences = The last module, a `Dense` layer, returns the logits of the classes instead of an embedding. The pooling is that of a sentence
    encoder, which `AutoModelForSequenceClassification` cannot compute: loaded with it, the head would be random.
hf-card-agreement = ## Agreement with ghep
hf-card-agreement-text = These libraries compute the same function of the same { $modality ->
    [image] pixels
   *[text] tokens
 }, but read { $modality ->
    [image] files differently (rotation in EXIF, transparency, 16-bit images, large JPEGs)
   *[text] texts differently where they are cut
 }. Measured with the code above, against the answers of ghep to the same inputs:
hf-card-agreement-header = | library | inputs | n | equal labels | largest difference | median difference |
hf-card-inputs = { $kind ->
    [odd-inputs] odd inputs
   *[files] files of the data
 }
hf-card-metric = { $score } ({ $level } % interval { $low } to { $high }, n = { $n })
hf-card-metric-alone = { $score } (n = { $n })
hf-card-example-text = a film that I would watch again
hf-card-unknown-data = unknown data
