# Settings: what each means, and in .allowed which values it may have. setting-COMMAND-NAME is what it means to one command.

setting-refused = { $name }={ $value } ({ $allowed })
setting-choices = { OR($names) }
panel-common = Common
panel-learning = How it learns (derived from the data unless given)
panel-tasks = Several tasks
panel-running = How it runs
panel-reading = How data are read
strategy-settings-refused = { $strategy } cannot use { EACH($wrong) }
    .remedy = correct these settings, or leave them out
read-options-refused = cannot read data with { EACH($wrong) }
    .remedy = correct them, or leave them out
deterministic-time-limit = time_limit with deterministic (what fits into a time depends on how busy the machine is)

compare-settings-refused = compare cannot use { EACH($wrong) }
    .remedy = correct these, or leave them out
compare-unknown-settings = compare has no setting { LIST($names) }
    .remedy = { EACH($hints) }
labels-of-several-tasks = --labels counts labels per class of one task, and there are { $count } tasks
    .remedy = leave --labels out, name one label column, or limit the labels of one task: --limit task=200 (limits)
labels-and-limits = labels={ $labels } with limits={ $limits } (one of the two)

# Data, backbone, strategy

setting-data = Folder of class folders, table (CSV, TSV, JSON, Parquet, Excel) or Hugging Face folder; of images or texts.
    .allowed = a path, a data frame, a dict of columns, a dataset of Hugging Face or torchvision, a Source, or a path for each task
setting-backbone = efficientnet-lite0, minilm, timm/NAME[@FILE], hf/NAME, a file or folder; auto: as ghep advise says.
    .allowed = a name or a path, see ghep backbones
setting-strategy = linear_probe (feature_extraction), light, full, progressive, lp_ft, lora, scratch; auto: as ghep advise says.
    .allowed = a name, or a Strategy
setting-seed = Seed of split, order, views and random weights.
    .allowed = a whole number from 0 to 4294967295

# Features

setting-image_size = Height and width of the backbone's images in pixels; default: those it was pretrained at.
    .allowed = pixels, a whole number from 1 to 4096
setting-max_length = Texts: maximum number of tokens to read from each; default: the backbone's limit.
    .allowed = a whole number of tokens from 1
setting-truncate = Texts: the part of a longer text to keep: head (default), tail or head+tail.
setting-strict = Stop at the first unusable example instead of leaving it out.
    .allowed = true or false
setting-device = auto (CUDA if there is one), cpu, cuda, mps.
    .allowed = auto, cpu, cuda, cuda:1 or mps
setting-deterministic = The same command, seed and data give the same weights and predictions, bit for bit. Nothing is decided by timing: training is in float32 unless --precision is given, and --time-limit is refused. Without this flag, decisions by timing are saved in decisions.json, and --resume reuses them.
    .allowed = true or false
setting-advise-deterministic = The same features, bit for bit, whatever the store holds.
setting-workers = Threads that decode and augment.
    .allowed = a whole number from 0
setting-cache = Keep the activations of frozen blocks for later runs.
    .allowed = true or false
setting-cache_dir = Folder of stored activations, shared by runs.
    .allowed = a path
setting-cache_size = Maximum size of stored activations, e.g. 8G.
    .allowed = bytes, a whole number from 0; in flags and files also 8G
setting-engine = What runs frozen blocks: auto (measured, noted in the run), torch-float32, torch-bfloat16, ...
setting-advise-engine = What runs the backbones: auto (by counted operations), or a name.

# Runs

setting-out = Run folder; default: runs/NAME.
    .allowed = a path
setting-overwrite = Replace the finished run in --out.
    .allowed = true or false
setting-resume = Continue from the last checkpoint in --out.
    .allowed = true or false
setting-time_limit = Training ends within this: 90s, 30m, 1.5h.
    .allowed = seconds, above 0; in flags and files also 30m
setting-random_weights = Control: the architecture without its weights.
    .allowed = true or false
setting-checkpoint_seconds = Time between two checkpoints: 30s, 10m; 0: after every step.
    .allowed = seconds, from 0; in flags and files also 10m
setting-on_divergence = retry (return to the last good weights, at lower rates) or stop.
setting-precision = Number format of training: auto (measured, noted in the run), float32 or bfloat16, each also with -channels_last.
setting-compare-precision = As in ghep fit; one format for all runs of a kind.
setting-save_dtype = Weights in the bundle: float32 or float16.
setting-control = Texts: also fit linear_ngrams, a linear model without pretraining.
    .allowed = true or false
setting-refit = linear_probe: solve the head again on train and valid, after the choice.
    .allowed = true or false
setting-ratings = Label column of ordered numbers (stars): also scored by how far off an answer is.
    .allowed = the name of a task, or a list of them
setting-report_to = Experiment tracker: tensorboard, mlflow or wandb; repeat it for several.
    .allowed = tensorboard, mlflow, wandb
setting-read = How to read the data.
    .allowed = options of reading, such as text_column

# Learning

setting-epochs = Passes over the training data.
    .allowed = a whole number from 1; linear_probe trains the head alone
setting-batch_size = Examples per step.
    .allowed = a whole number from 1
setting-lr = Peak learning rate of the last block.
    .allowed = above 0
setting-head_lr = Peak learning rate of the head.
    .allowed = above 0
setting-layer_decay = Learning rate of each block, as a fraction of the next block's.
    .allowed = above 0, at most 1
setting-frozen_blocks = light, progressive, lp_ft, lora: how many leading blocks stay frozen.
    .allowed = a whole number from 0
setting-rank = lora: rank of the update of each adapted layer.
    .allowed = a whole number from 1
setting-alpha = lora: the update is scaled by alpha / rank.
    .allowed = above 0
setting-targets = lora: names of the layers to adapt; repeat it.
    .allowed = names of layers: a list of them, or one text with commas between them
setting-dropout = lora: dropout before the adapters.
    .allowed = from 0, below 1
setting-optimizer = adamw or sgd.
setting-weight_decay = Weight decay of matrices.
    .allowed = from 0
setting-momentum = Momentum of sgd.
    .allowed = from 0, below 1
setting-schedule = Learning rate after warmup: cosine, triangular or constant.
setting-warmup = Fraction of the steps in which learning rates rise.
    .allowed = 0 to 1, a share of the steps
setting-clip_norm = Largest gradient norm; 0 is off.
    .allowed = from 0; 0 does not clip
setting-label_smoothing = 0 is off.
    .allowed = from 0, below 1
setting-mixup = Alpha; 0 is off.
    .allowed = from 0
setting-cutmix = Alpha; 0 is off.
    .allowed = from 0
setting-class_weights = Weight classes by the inverse of their counts.
    .allowed = true or false
setting-ema_decay = Moving average of the weights; 0 is off.
    .allowed = from 0, below 1
setting-batch_norm = BatchNorm statistics: keep the pretrained ones, or update them; auto.
setting-augment = none, light, standard, no-mirror.
setting-views = Views of each example that take turns while blocks are frozen.
    .allowed = a whole number from 0; 0 draws a fresh view in every epoch
setting-patience = Stop after this many epochs without improvement; 0: never.
    .allowed = a whole number from 0; 0 never stops

# Several tasks

setting-mixing = How rows are sampled from the tasks: proportional to their labels, equal, sqrt, or temperature (between proportional and equal).
setting-mixing_temperature = For mixing=temperature: shares are proportional to n^(1/temperature).
    .allowed = from 1 (proportional) up (towards equal)
setting-weighting = Weight of each task's loss: fixed, uncertainty, gradnorm, dwa.
setting-task_weights = Weight of a task's loss, NAME=NUMBER; repeat it.
    .allowed = numbers from 0 by task, as in signs=2
setting-surgery = Change conflicting gradients of tasks: none, pcgrad, cagrad, upgrad.

# Reading

setting-path_column = Table column with the image path or bytes.
    .allowed = the name of a column
setting-text_column = Table column with the text; twice for pairs of texts: --text premise --text hypothesis.
    .allowed = the name of a column, or of the two that hold a pair of texts
setting-label_columns = Table column with labels; repeat it for several tasks.
    .allowed = the name of a column, or a list of them
setting-regression = Task whose labels are real numbers to predict, such as age; in a table a label column, so that --label is not needed. Repeat it for several.
    .allowed = the name of a column or task, or a list of them
setting-label_delimiter = Separator of the classes of a label that names several, such as ","; default: |.
    .allowed = one or more characters, such as a comma
setting-split_column = Table column that says train, valid or test.
    .allowed = the name of a column
setting-group = Keep all examples of one patient or film in one split: a table column, or a regular expression with one capture group that is searched in each path, as in '([^/]+)_[0-9]+[.]', which finds p017 in p017_003.png.
    .allowed = the name of a column, or a regular expression with one group
setting-encoding = Encoding of tables and texts that are not UTF-8: cp1252, latin-1, utf-16, gb18030, ...
    .allowed = an encoding such as utf-8 or latin-1
setting-layout = What the folders in DATA are, whatever their names: classes, or splits (train, valid, test).
setting-exclude = Skip folders of DATA with this name, such as masks; repeat it for several.
    .allowed = the name of a folder, or a list of them
setting-test = Table or folder that is the test split; labels from the same columns as DATA.
    .allowed = the path of a table or a folder
setting-valid = Table or folder that is the validation split.
    .allowed = the path of a table or a folder
setting-image_dir = Folder that the image paths in a table start from, relative to the table or to the working directory. Leading folders of the paths that are not in it, as in C:\data\x.jpg, are dropped. Repeatable.
    .allowed = the path of a folder, or a list of them
setting-suffix = Ending that the image paths in a table lack, such as .jpg.
    .allowed = an ending such as .jpg

# Comparisons

setting-backbones = Backbones to compare, separated by commas, as in ghep fit --backbone.
    .allowed = names or paths
setting-strategies = Strategies, separated by commas, or all (default; for several tasks linear_probe,light,full).
    .allowed = names of strategies, or all
setting-seeds = Runs of each; default: 5, for several tasks 3.
    .allowed = a whole number from 1
setting-labels = Labels per class (for --regression: labels in all) for a learning curve, as in 5,10,20,50,all; one draw for each seed.
    .allowed = numbers of labels per class, from 1, and all
setting-compare-time_limit = The whole comparison ends about then (90s, 30m, 1.5h).
setting-search = Search for the best learning rate of each strategy, judged on valid.
    .allowed = true or false
setting-controls = Scratch, random features, majority, linear_ngrams or linear_hog, zero_shot.
    .allowed = true or false
setting-compare-augment = Augmentation of every strategy that trains: none, light, standard, no-mirror.
setting-affinity = For several tasks, measure which helps which: by gradients (default), by pairs of tasks, or none.
setting-remedies = Other ways of sharing to try: auto (where a task is hurt), none, or mixing=equal,surgery=pcgrad.
    .allowed = none, auto, or ways of sharing as in surgery=pcgrad, weighting=uncertainty, mixing=equal
setting-budget = For several tasks, what shared and single-task models have in common: examples (default), or steps.
setting-limits = Use at most this many labels of a task, on train and valid together, drawn by each seed; once per task.
    .allowed = numbers of labels from 2 by task, as in polarity=200
setting-keep = Bundles to keep: best (of each contender, on valid) or all.
setting-jobs = Runs at once, each in a process of its own; auto (default): as many as pay here.
    .allowed = a whole number from 1
setting-threads = Threads of each run, however many run at once; default: a quarter of the cores.
    .allowed = a whole number from 1
setting-compare-out = Folder of the comparison; default: runs/compare-...
setting-compare-overwrite = Replace the comparison in --out.
