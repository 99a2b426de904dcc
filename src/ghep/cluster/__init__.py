"""Work on several machines, by Ray (the extra ``cluster``). In: an address. Out: nodes, and functions run on them."""
