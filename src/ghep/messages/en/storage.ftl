# Folders, small files, paths and locks.

folder-replaced-while-read = { $what } at { $path } was replaced { $attempts } times while it was read
    .remedy = try again when no other process writes there
folder-file-unlisted = { $what } at { $path } lacks { $file }: { $manifest } does not list it
    .remedy = copy { $what } again from its source, or save it again
folder-damaged = { $what } at { $path } is damaged: { $file } { $problem }
    .remedy = copy { $what } again from its source, or save it again
folder-missing = { $what }: there is no folder at { $path }
    .remedy = check the path
folder-without-manifest = { $what } at { $path } has no { $manifest }: it is incomplete, or ghep did not write it
    .remedy = copy { $what } again from its source, or save it again
manifest-invalid = { $what }: { $path } is not a manifest of ghep
    .remedy = copy { $what } again from its source, or save it again
manifest-format-unknown = { $what }: { $path } has format { $found }; this version of ghep reads format { $expected }
    .remedy = upgrade ghep
manifest-entry-invalid = { $what }: { $manifest } has no valid size and sha256 for { $file }
    .remedy = copy { $what } again from its source, or save it again
file-name-unsafe = { $what }: the file name { $name } would leave its folder or is not portable
    .remedy = use names relative to the folder, with forward slashes; do not use this file unless you trust its source
folder-is-a-file = cannot write a folder to { $path }: a file is there
    .remedy = choose another name
folder-not-ours = will not replace { $path }: it contains files and no { $manifest }, so ghep did not write it
    .remedy = choose another folder, or empty this one
folder-being-saved = the folder { $name }

# What is wrong with one file; the text continues the sentence of folder-damaged.
file-wrong-size = has { NUMBER($found, useGrouping: 0) } bytes instead of { NUMBER($expected, useGrouping: 0) }
file-missing = is missing
file-unreadable = cannot be read ({ $cause })
file-wrong-hash = has changed since it was saved (sha256 differs)

folder-locked = another process is writing to { $folder }{ $holder ->
    [none] { "" }
   *[other] { " " }({ $holder })
 }
    .remedy = wait until it has ended, or choose another { $option }
folder-not-locked = { $folder } cannot be locked ({ $cause }): a second run with the same { $option } would mix its files with those of this run
    .remedy = start no other run that writes to this folder

path-on-command-line = a path on the command line
stored-activations = stored activations
path-empty = { $what }: the path is empty
    .remedy = give a path, for example . for the current folder
path-is-address = { $what }: { $address } is an address, not a path
    .remedy = download it, and give the path of the file or folder: ghep reads and writes files only
path-has-nul = { $what }: { $path } is not a path: it contains a NUL character
    .remedy = remove the NUL character
path-impossible = { $what }: { $path }... is not a path ({ $cause })
    .remedy = correct the path
folder-is-a-run = { $folder } is a run, not a bundle
    .remedy = pass { $bundle }

not-a-regular-file = it is { $kind ->
    [pipe] a named pipe
    [socket] a socket
    [device] a device
   *[other] something else
 }, not a regular file

json-unreadable = { $what }: cannot read { $path } ({ $cause })
    .remedy = save it again, or copy it again from its source
json-too-large = { $what }: { $path } is larger than { NUMBER($limit, useGrouping: 0) } bytes
    .remedy = save it again, or copy it again from its source
json-invalid = { $what }: { $path } is not valid JSON ({ $cause })
    .remedy = save it again, or copy it again from its source
json-duplicate-key = duplicate key { $key }
json-not-a-number = { $word } is not a JSON number
