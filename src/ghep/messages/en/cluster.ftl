# Work on several machines, by Ray.

setting-ray = Do the work on a Ray cluster: auto (the running one, else one started on this machine) or its address HOST:PORT. Results do not depend on it.
    .allowed = auto, HOST:PORT or ray://HOST:PORT
ray-not-installed = work on a cluster needs Ray, which is not installed
    .remedy = pip install "ghep[cluster]"
ray-no-answer = no Ray cluster answers at { $address } (waited { DURATION($seconds) })
    .remedy = start one with ray start --head and give its address, HOST:PORT, or use --ray auto
ray-join-failed = the Ray cluster at { $address } cannot be joined: { $cause }
    .remedy = run this command on a node of the cluster, with the Python and the Ray of its nodes
cluster-node-silent = the node { $node } of the cluster did not answer within { DURATION($seconds) }
    .remedy = look at the node with ray status, or leave it out of the cluster
cluster-node-failed = the node { $node } of the cluster cannot run anything: { $cause }
    .remedy = look at its logs in /tmp/ray/session_latest/logs, or leave the node out of the cluster
cluster-node-without-ghep = ghep is not installed on the node { $node } of the cluster, and the node cannot read { $path }
    .remedy = install ghep { $version } with its extra called cluster on every node, in the Python that runs Ray there
cluster-node-differs = { $name } on the node { $node } of the cluster is { $found }, here it is { $expected }, so results could differ
    .remedy = install the same version on every node
