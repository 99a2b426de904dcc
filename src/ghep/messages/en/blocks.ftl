# Many inputs, divided into blocks that the nodes of a cluster compute.

cluster-file-not-seen = { $count ->
        [one] the node { $host } of the cluster cannot read { $path }
       *[other] the node { $host } of the cluster cannot read { NUMBER($count) } of the files, such as { $path }
    }
    .remedy = put the data into a folder that every node sees under the same path, such as a network folder, or into a Parquet file in such a folder
predict-ray-needs-table = --ray writes the answers for many inputs as a table{ $json ->
        [yes] , not as JSON
       *[other] { $out ->
        [yes] , computed from a bundle or an export
       *[other] {""}
        }
    }
    .remedy = give the file of the table with --out FILE.csv, the folder of a bundle or an export, and no --json
predict-more-problems = ... and { NUMBER($count) } more inputs that cannot be used; the table names all
cluster-engine-differs = the engine of the node { $host } of the cluster is { $found }, here it is { $expected }, so features could differ
    .remedy = install the same versions on every node
cluster-example-unreadable = the node { $host } of the cluster cannot read { $name }: { $cause }
    .remedy = put the data into a folder that every node sees under the same path, such as a network folder
check-labels-with-ray = the search for wrong labels does not run on a cluster
    .remedy = leave out --ray, or --labels
