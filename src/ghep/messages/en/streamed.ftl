# Linear heads on features that do not fit into memory.

head-streamed = the linear head was solved from the disk, in { $passes ->
    [one] one pass
   *[other] { $passes } passes
 } over { NUMBER($count) } rows of features ({ BYTES($bytes) }); its loss is at most { DIGITS($gap) } above the smallest possible one
head-not-converged = the linear head has not converged: its loss may be { DIGITS($gap) } above the smallest possible one after { $passes } passes (norm of the gradient { DIGITS($gradient) }); at most { DIGITS($bar) } was expected
    .remedy = check the labels and the features of this task; very unequal example or class weights make a head hard to solve
features-not-written = the features do not fit into memory, and a file for them ({ BYTES($bytes) }) cannot be written in { $folder }: { $cause }
    .remedy = make room there, or choose a folder on another disk with --cache-dir
