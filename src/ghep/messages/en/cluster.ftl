# Work on several machines, by Ray.

setting-ray = Do the work on a Ray cluster: auto (the running one, else one started on this machine) or its address HOST:PORT. Results do not depend on it.
    .allowed = auto or HOST:PORT
ray-not-installed = work on a cluster needs Ray, which is not installed
    .remedy = pip install "ghep[cluster]"
ray-no-answer = no Ray cluster answers at { $address } (waited { DURATION($seconds) })
    .remedy = start one with ray start --head and give its address, HOST:PORT, or use --ray auto
ray-join-failed = the Ray cluster at { $address } cannot be joined: { $cause }
    .remedy = run this command on a node of the cluster, with the Python and the Ray of its nodes; if the cluster requires a token, as Ray's do by default, copy ~/.ray/auth_token of its head to this machine and set RAY_AUTH_MODE=token
cluster-node-silent = the node { $node } of the cluster did not answer within { DURATION($seconds) }
    .remedy = look at the node with ray status, or leave it out of the cluster
cluster-node-failed = the node { $node } of the cluster cannot run anything: { $cause }
    .remedy = look at its logs in /tmp/ray/session_latest/logs, or leave the node out of the cluster
cluster-node-without-ghep = ghep is not installed on the node { $node } of the cluster, and the node cannot read { $path }
    .remedy = install ghep { $version } with its extra called cluster on every node, in the Python that runs Ray there
cluster-node-differs = { $name } on the node { $node } of the cluster is { $found }, here it is { $expected }, so results could differ
    .remedy = install the same version on every node

# Runs of a comparison on the nodes.

ray-runs = Ray cluster at { $address }, { $nodes ->
    [one] one node
   *[other] { $nodes } nodes
 }: { $jobs } runs at once, { $threads ->
    [one] one thread
   *[other] { $threads } threads
 } each
ray-folder-shared = runs: in { $folder }, which all nodes see; a run whose node is lost continues on another one
ray-folder-returned = runs: returned by the nodes, which do not all see { $folder }; a run whose node is lost starts again
ray-files-sent = data: sent to the nodes, which do not all see the files
ray-store-per-node = activations: computed once on each node, in the node's own store
ray-store-shared = activations: computed once, in a store that all nodes see (reading a row takes { NUMBER($read, maximumSignificantDigits: 2) } ms, computing it { NUMBER($computed, maximumSignificantDigits: 2) } ms)
ray-store-slow = activations: computed once on each node, in the node's own store (reading a row from the shared store would take { NUMBER($read, maximumSignificantDigits: 2) } ms, computing it takes { NUMBER($computed, maximumSignificantDigits: 2) } ms)
ray-node-unused = the node { $node } has joined the cluster and gets no run: { $cause }
ray-worker-lost = lost on the node { $node }: { $cause }
ray-needs-readable-data = runs on a cluster need examples that are files or texts, not images in the memory of this process
    .remedy = save the images to a folder or a table, or omit --ray
ray-data-too-large = { $count ->
    [one] one image does
   *[other] { NUMBER($count) } images do
 } not fit into the cache of decoded images, and the nodes of the cluster do not all see the files
    .remedy = put the data into a folder that every node sees under the same path, or raise --cache-size
cluster-node-without-backbone = the node { $node } of the cluster has no { $path }, from which a backbone is read
    .remedy = copy it to the same path on every node, or put it on a shared disk
cluster-too-small = no node of the cluster has room for a process that needs { $threads ->
    [one] one CPU
   *[other] { $threads } CPUs
 }{ $gpu ->
    [yes] { " " }and a GPU
   *[no] { "" }
 }
    .remedy = start Ray on the nodes with more CPUs or GPUs (ray start --num-cpus, --num-gpus), or use fewer threads (compare --threads, else OMP_NUM_THREADS)
cluster-lost = the cluster has had no node with room for a run for { DURATION($seconds) }
    .remedy = start the nodes again; the same command continues the comparison
