"""One run. In: data, backbone, strategy and seed. Out: a record with scores and costs, and a bundle."""
