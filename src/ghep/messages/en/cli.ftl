# Help of the command line.

help-data-or-tasks = { setting-data } Or --task.
help-task = In place of DATA, once for each task of one model: cars=road/cars; =table.csv:column for a label column.
help-config = TOML file with the same names as the flags.
help-bundle = Bundle folder that ghep fit wrote.
help-json = Print the result as JSON on stdout, nothing else.
help-advise-backbones = Names, files, folders of weight files, separated by commas; what is installed with ghep is tried as well. Default: everything that is installed for such data (ghep backbones).
help-advise-seed = Seed of the split and of the sample.

# Errors

flag-repeated = { $flag } was given { $count } times, as { $values }, and takes one value
    .remedy = keep one
