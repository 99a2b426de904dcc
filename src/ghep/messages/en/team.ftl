# Several processes that train one model together (torchrun).

team-process-ended = another process of this training has ended, or cannot be reached ({ $detail })
    .remedy = see what it printed, then continue with --resume, with any number of processes; torchrun --max-restarts N does that by itself if the run has --out
team-only-fits = several processes of torchrun can share only "ghep fit", not { $command }
    .remedy = { $ray ->
        [yes] run it without torchrun; --ray auto spreads its work over the nodes of a Ray cluster
       *[no] run it without torchrun, in one process
     }
team-not-auto = what "auto" stands for is chosen in one process, and torchrun has started several
    .remedy = run ghep advise without torchrun, then give the backbone and the strategy that it recommends
team-larger-than-gpus = this machine has { $gpus ->
    [one] one GPU
   *[other] { $gpus } GPUs
 } for { $processes } processes
    .remedy = start torchrun with --nproc-per-node { $gpus }, or hide the GPUs with CUDA_VISIBLE_DEVICES= to train on the CPUs
team-out-of-memory = the memory of { $device } does not hold this process's part of a batch of { $batch } examples and its intermediate results
    .remedy = start more processes, or lower --batch-size
team-data-differ = process { $rank } has other data, weights or settings than the first process
    .remedy = give all machines the same files, the same version of ghep and the same command line
team-line = { $processes } processes share each batch
