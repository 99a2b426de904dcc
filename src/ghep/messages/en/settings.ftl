# Settings: what each means, and in .allowed which values it may have. setting-COMMAND-NAME is what it means to one command.

setting-refused = { $name }={ $value } ({ $allowed })
setting-choices = { OR($names) }
panel-common = Common
panel-learning = How the model learns (derived from the data unless given)
panel-tasks = Several tasks
panel-running = How the command runs
panel-reading = How data are read
strategy-settings-refused = { $strategy } cannot use { EACH($wrong) }
    .remedy = correct these settings, or omit them
read-options-refused = cannot read data with { EACH($wrong) }
    .remedy = correct these options, or omit them
deterministic-time-limit = time_limit together with deterministic (how much fits into a time limit depends on the machine's load)

compare-settings-refused = compare cannot use { EACH($wrong) }
    .remedy = correct these settings, or omit them
compare-unknown-settings = compare has no setting { LIST($names) }
    .remedy = { EACH($hints) }
labels-of-several-tasks = --labels is the number of labels per class of a single task, but there are { $count } tasks
    .remedy = omit --labels, name one label column, or limit the labels of one task: --limit task=200 (limits)
labels-and-limits = labels={ $labels } together with limits={ $limits } (set only one of the two)

# Data, backbone, strategy

setting-data = Folder of class folders, table (CSV, TSV, JSON, Parquet, Excel) or Hugging Face folder; of images or texts.
    .allowed = a path, a data frame, a dict of columns, a dataset of Hugging Face or torchvision, a Source, or a path for each task
setting-backbone = efficientnet-lite0, minilm, timm/NAME[@FILE], hf/NAME, a file or folder; auto: the one that ghep advise recommends.
    .allowed = a name or a path, see ghep backbones
setting-strategy = linear_probe (feature_extraction), light, full, progressive, lp_ft, lora, scratch; auto: the one that ghep advise recommends.
    .allowed = a name, or a Strategy
setting-seed = Seed of the split, the order of examples, augmentation and random weights.
    .allowed = a whole number from 0 to 4294967295

# Features

setting-image_size = Height and width, in pixels, to which images are resized; default: the size used in pretraining.
    .allowed = pixels, a whole number from 1 to 4096
setting-max_length = Texts: maximum number of tokens to read from each; default: the backbone's limit.
    .allowed = a whole number of tokens from 1
setting-truncate = Texts: the part of a longer text to keep: head (default), tail or head+tail.
setting-strict = Stop at the first unusable example instead of leaving it out.
    .allowed = true or false
setting-device = Device: auto (CUDA if available, else the CPU), cpu, cuda or mps.
    .allowed = auto, cpu, cuda, cuda:1 or mps
setting-deterministic = The same command, seed and data give the same weights and predictions, bit for bit. Nothing is decided by timing: training is in float32 unless --precision is given, and --time-limit is refused. Without this flag, decisions by timing are saved in decisions.json, and --resume reuses them.
    .allowed = true or false
setting-advise-deterministic = Compute the same features, bit for bit, whatever activations are already cached.
setting-workers = Number of threads that decode and augment examples.
    .allowed = a whole number from 0
setting-cache = Cache the activations of frozen blocks on disk, for later epochs and runs.
    .allowed = true or false
setting-cache_dir = Folder of cached activations, shared by all runs.
    .allowed = a path
setting-cache_size = Maximum size of cached activations, such as 8G.
    .allowed = bytes, a whole number from 0; in flags and files also 8G
setting-engine = Engine that runs frozen blocks: auto (the fastest, measured and saved with the run), torch-float32, torch-bfloat16, ...
setting-advise-engine = Engine that runs the backbones: auto (chosen by counted operations), or a name such as torch-float32.

# Runs

setting-out = Run folder; default: runs/NAME.
    .allowed = a path
setting-overwrite = Replace the finished run in --out.
    .allowed = true or false
setting-resume = Continue from the last checkpoint in --out.
    .allowed = true or false
setting-time_limit = Maximum time of training: 90s, 30m, 1.5h.
    .allowed = seconds, above 0; in flags and files also 30m
setting-random_weights = As a control, start from random weights instead of the backbone's pretrained weights.
    .allowed = true or false
setting-checkpoint_seconds = Time between two checkpoints: 30s, 10m; 0: after every step.
    .allowed = seconds, from 0; in flags and files also 10m
setting-on_divergence = If training diverges: retry (from the last good weights, at lower learning rates) or stop.
setting-precision = Number format of training: auto (the fastest, measured and saved with the run), float32 or bfloat16, each also with -channels_last.
setting-compare-precision = Number format of training, as in ghep fit; runs with the same strategy and backbone use the same format.
setting-save_dtype = Number format of the weights in the bundle: float32 or float16.
setting-control = For texts, also fit linear_ngrams, a linear model on n-grams without pretraining, for comparison.
    .allowed = true or false
setting-refit = linear_probe: after valid has selected the regularisation, solve the head again on train and valid.
    .allowed = true or false
setting-ratings = Label column with ordered numbers, such as stars; its scores include the distance of predictions from labels.
    .allowed = the name of a task, or a list of them
setting-report_to = Experiment tracker: tensorboard, mlflow or wandb; repeat the flag for several.
    .allowed = tensorboard, mlflow, wandb
setting-read = Options for reading the data, by name, such as text_column.
    .allowed = options for reading data, such as text_column

# Learning

setting-epochs = Passes over the training data.
    .allowed = a whole number from 1; linear_probe trains the head alone
setting-batch_size = Examples per step.
    .allowed = a whole number from 1
setting-lr = Peak learning rate of the last block.
    .allowed = above 0
setting-head_lr = Peak learning rate of the head.
    .allowed = above 0
setting-layer_decay = Learning rate of each block, as a fraction of the next block's rate.
    .allowed = above 0, at most 1
setting-frozen_blocks = light, progressive, lp_ft, lora: number of blocks, from the input side, that stay frozen.
    .allowed = a whole number from 0
setting-rank = lora: rank of the update of each adapted layer.
    .allowed = a whole number from 1
setting-alpha = lora: scale of the updates, which are multiplied by alpha / rank.
    .allowed = above 0
setting-targets = lora: name of a layer to adapt; repeat the flag for several.
    .allowed = names of layers: a list of them, or one text with commas between them
setting-dropout = lora: dropout before the adapters.
    .allowed = from 0, below 1
setting-optimizer = Optimiser: adamw or sgd.
setting-weight_decay = Weight decay of weight matrices; biases and norms have none.
    .allowed = from 0
setting-momentum = Momentum of the optimiser sgd.
    .allowed = from 0, below 1
setting-schedule = Learning rate after warmup: cosine, triangular or constant.
setting-warmup = Fraction of the steps in which learning rates rise.
    .allowed = 0 to 1, a share of the steps
setting-clip_norm = Norm to which larger gradients are clipped; 0: no clipping.
    .allowed = from 0; 0 does not clip
setting-label_smoothing = Label smoothing: the probability that is spread over all classes; 0: none.
    .allowed = from 0, below 1
setting-mixup = Alpha of mixup, which blends pairs of examples; 0: no mixup.
    .allowed = from 0
setting-cutmix = Alpha of CutMix, which pastes a part of one image into another; 0: no CutMix.
    .allowed = from 0
setting-class_weights = Weight classes in the loss by the inverse of their numbers of examples.
    .allowed = true or false
setting-ema_decay = Decay of an exponential moving average of the weights; 0: no average.
    .allowed = from 0, below 1
setting-batch_norm = BatchNorm statistics in trained blocks: keep (the pretrained ones), update, or auto (by strategy). reestimate replaces those of all blocks by statistics of the training images first.
setting-augment = Augmentation of training images: none, light, standard, or no-mirror (no horizontal flips).
setting-views = Number of augmented views of each example whose activations are cached and used in turn, if blocks are frozen.
    .allowed = a whole number from 0; 0 draws a new view in every epoch
setting-patience = Stop after this many epochs without improvement on valid; 0: never.
    .allowed = a whole number from 0; 0 never stops

# Several tasks

setting-mixing = Share of the training rows that each task gets: proportional to its number of labels, equal, sqrt (of that number), or temperature (between proportional and equal).
setting-mixing_temperature = With mixing=temperature, the share of a task with n labels is proportional to n^(1/temperature).
    .allowed = from 1 (proportional) up (towards equal)
setting-weighting = Method that weights the tasks' losses: fixed, uncertainty, gradnorm, dwa.
setting-task_weights = Weight of the loss of the task NAME; repeat the flag for several tasks.
    .allowed = numbers from 0 by task, as in signs=2
setting-surgery = Method that changes conflicting gradients of the tasks before they are summed: none, pcgrad, cagrad, upgrad.

# Reading

setting-path_column = Table column with the image path or bytes.
    .allowed = the name of a column
setting-text_column = Table column with the text; twice for pairs of texts: --text premise --text hypothesis.
    .allowed = the name of a column, or of the two that hold a pair of texts
setting-label_columns = Table column with labels; repeat the flag for several tasks.
    .allowed = the name of a column, or a list of them
setting-regression = Task whose labels are real numbers to predict, such as age; in a table, the name of the label column, which need not be given as --label too. Repeat the flag for several.
    .allowed = the name of a column or task, or a list of them
setting-label_delimiter = Separator of the classes in a label that names several classes, such as ","; default: |.
    .allowed = one or more characters, such as a comma
setting-split_column = Table column that says train, valid or test.
    .allowed = the name of a column
setting-group = Keep all examples of a group, such as a patient or film, in one split: the table column with the group, or a regular expression with one capture group that is searched in each path, as in '([^/]+)_[0-9]+[.]', which finds p017 in p017_003.png.
    .allowed = the name of a column, or a regular expression with one group
setting-encoding = Encoding of tables and texts that are not UTF-8: cp1252, latin-1, utf-16, gb18030, ...
    .allowed = an encoding such as utf-8 or latin-1
setting-layout = Read the folders in DATA as classes, or as splits (train, valid, test), whatever their names.
setting-exclude = Skip folders in DATA with this name, such as masks; repeat the flag for several.
    .allowed = the name of a folder, or a list of them
setting-test = Table or folder to use as the test split; a table has the same label columns as DATA.
    .allowed = the path of a table or a folder
setting-valid = Table or folder to use as the validation split.
    .allowed = the path of a table or a folder
setting-image_dir = Folder to which the image paths in a table are relative; the folder itself is relative to the table or to the working directory. Leading folders of a path that it does not contain, as in C:\data\x.jpg, are dropped. Repeat the flag for several.
    .allowed = the path of a folder, or a list of them
setting-suffix = File ending, such as .jpg, that is appended to the image paths in a table.
    .allowed = an ending such as .jpg

# Comparisons

setting-backbones = Backbones to compare, separated by commas, as in ghep fit --backbone.
    .allowed = names or paths
setting-strategies = Strategies, separated by commas, or all (default; for several tasks linear_probe,light,full).
    .allowed = names of strategies, or all
setting-seeds = Number of runs of each contender, with different seeds; default: 5, for several tasks 3.
    .allowed = a whole number from 1
setting-labels = Labels per class (for --regression: labels in all) for a learning curve, as in 5,10,20,50,all; each seed draws other examples.
    .allowed = numbers of labels per class, from 1, and all
setting-compare-time_limit = Approximate maximum time of the whole comparison: 90s, 30m, 1.5h.
setting-search = Search for the learning rate of each strategy with the best score on valid.
    .allowed = true or false
setting-controls = Also run the controls: scratch, random features, majority, linear_ngrams or linear_hog, zero_shot.
    .allowed = true or false
setting-compare-augment = Augmentation in every strategy that takes gradient steps: none, light, standard, or no-mirror (no horizontal flips).
setting-affinity = Measure how much each task helps or hurts the others: gradients (default), pairs (train each pair of tasks), or none.
setting-remedies = Other settings of the shared model to try: auto (default; if sharing hurts a task), none, or settings such as mixing=equal,surgery=pcgrad.
    .allowed = none, auto, or settings such as surgery=pcgrad, weighting=uncertainty, mixing=equal
setting-budget = Shared and single-task models train on equally many examples (default), or for equally many steps.
setting-limits = Use at most N labels of a task, in train and valid together; each seed draws other examples. Repeat the flag for several tasks.
    .allowed = numbers of labels from 2 by task, as in polarity=200
setting-keep = Bundles to keep: best (for each contender, the run with the best score on valid) or all.
setting-jobs = Number of runs at the same time, each in its own process; auto (default): as many as save time on this machine.
    .allowed = a whole number from 1
setting-threads = Number of threads of each run, independent of --jobs; default: a quarter of the cores.
    .allowed = a whole number from 1
setting-compare-out = Folder of the comparison; default: runs/compare-...
setting-compare-overwrite = Replace the comparison in --out.
