# ghep push.

pushed-folder = the folder to upload
push-arguments-swapped = there is no folder { $folder }, and { $repository } is one
    .remedy = the folder comes first: ghep push { $repository } { $folder }
push-repository-is-address = { $repository } is an address; expected the name of a repository
    .remedy = pass { $name }
push-repository-invalid = "{ $repository }" cannot be the name of a repository: { $why }
    .remedy = pass OWNER/NAME, in letters, digits, "-", "_" and "."
push-other-files = { $folder } holds { LIST($names) }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }, which { $manifest } does not list
    .remedy = move them elsewhere: only what ghep wrote and checked is uploaded
push-without-token = there is no token for the hub
    .remedy = set HF_TOKEN to a token with write access (huggingface.co/settings/tokens), or run: hf auth login
push-repository-is-public = { $repository } exists and is public; nothing was uploaded
    .remedy = pass --public to upload to it, or make it private on the hub
push-refused-401 = { $endpoint } does not accept the token, for { $repository }
    .remedy = make a new token with write access (huggingface.co/settings/tokens) and set HF_TOKEN to it
push-refused-403 = the token may not write to { $repository }: { $said }
    .remedy = use a token with write access to this owner's repositories, or another owner
push-refused-404 = { $endpoint } has no repository { $repository } that this token may write to
    .remedy = check the owner's name: OWNER is your user name or an organisation that you may write to
push-refused-409 = { $repository } changed while it was written: { $said }
    .remedy = repeat the command
push-refused-413 = a file is larger than the hub accepts: { $said }
    .remedy = push a smaller export, such as one with --int8
push-refused = { $endpoint } refused { $repository } (status { $status }): { $said }
    .remedy = try again later; if it is refused again, its answer says why
push-offline = the hub's client is in offline mode (HF_HUB_OFFLINE); nothing was uploaded to { $repository }
    .remedy = unset HF_HUB_OFFLINE
push-no-network = { $endpoint } cannot be reached ({ $kind }); nothing was uploaded to { $repository }
    .remedy = check the network and HF_ENDPOINT, and repeat the command
push-failed = { $repository } was not uploaded to { $endpoint }: { $said }
    .remedy = repeat the command; files that arrived are not sent again

push-would = would upload to { $repository } ({ $private ->
    [true] private
   *[false] public
 }, { $endpoint }): { $count } { $count ->
    [one] file
   *[other] files
 }, { BYTES($size) }
push-file = { "  " }{ $size }  { $name }
push-left-out = { "  " }left out: { LIST($names) }
push-how = nothing was uploaded; repeat with --yes to upload
push-done = uploaded { $count } { $count ->
    [one] file
   *[other] files
 }, { BYTES($size) }: { $address }

command-push =
    Upload a bundle or an export to a repository on Hugging Face's hub; without --yes, only list what would be uploaded.

    The folder is checked against its manifest, and nothing else in it is uploaded. The repository is made private unless
    --public is given. The token is that of huggingface_hub: HF_TOKEN, or the one that hf auth login stored.

    Example: ghep push exports/ants USER/ants

    Example: ghep push exports/ants USER/ants --yes
help-push-folder = A bundle, or a folder made by ghep export.
help-push-repository = Repository on the hub: OWNER/NAME, or NAME for your own.
help-push-yes = Upload; without it, nothing leaves this computer.
help-push-public = Make the repository public, or upload to one that is.
