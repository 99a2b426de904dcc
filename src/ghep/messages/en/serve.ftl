# ghep serve: the command, its settings, and what it answers to requests that it refuses.

command-serve =
    Answer requests for predictions over HTTP: POST /predict, the Open Inference Protocol, a page to try it.

    The answers are those of ghep predict. The server listens on this machine only, unless --host says otherwise; then it
    needs a token (in GHEP_TOKEN or --token). SIGTERM and Ctrl-C finish what was begun. It writes one line of JSON per
    request, without inputs and file names. It needs the extra called serve.

    Example: ghep serve runs/pets/bundle

    Example: curl --data-binary @cat.jpg http://127.0.0.1:8000/predict

    Example: GHEP_TOKEN=... ghep serve runs/pets/bundle --host 0.0.0.0 --allow-host pets.example.org
help-serve-model = Bundle folder that ghep fit wrote, or a folder that ghep export wrote.
serve-listening = serving { $name } at { $address } (Ctrl-C stops)
serve-not-installed = ghep serve needs { LIST($names) }, which { $names ->
   *[other] is not installed
 }
    .remedy = pip install 'ghep[serve]'
serve-options-refused = ghep serve cannot use { EACH($wrong) }
    .remedy = correct these settings, or omit them
serve-open-without-token = with --host { $host } any machine that reaches this one could use the model, and there is no token
    .remedy = set GHEP_TOKEN to a long random text, or pass --no-token if the network is trusted
serve-token-and-no-token = there is a token (--token or GHEP_TOKEN), and --no-token
    .remedy = omit one of them
serve-cannot-listen = cannot listen on { $host }, port { NUMBER($port, useGrouping: 0) }: { $cause }
    .remedy = choose another --port (0: any free one) or --host

# Settings

setting-host = Address to listen on; 0.0.0.0 is every address of this machine.
    .allowed = an address or a name
setting-port = Port to listen on; 0 is any free one.
    .allowed = a whole number from 0 to 65535
setting-name = Name of the model in answers and addresses; by default the name of its folder.
    .allowed = text
setting-token = Token that requests must have (Authorization: Bearer TOKEN); better set GHEP_TOKEN, which other users cannot see.
    .allowed = text
setting-no_token = Serve without a token although other machines reach this one.
    .allowed = true or false
setting-allow_host = Name under which the server is reached, such as a public name; may be repeated.
    .allowed = a name or several
setting-drain_delay = Time in which a server that was asked to stop reports that it is not ready and still answers.
    .allowed = a time from 0 to 600 seconds
setting-log_requests = Write one line of JSON per request to standard error.
    .allowed = true or false
setting-serve-engine = What computes the model: auto (the fastest in float32), or torch-float32 (PyTorch). An export has its own.
setting-serve-threads = Threads that compute; default: the processors that this process or its container may use.
setting-queue = Inputs that may wait or be computed at the same time; more are refused with status 503.
    .allowed = a whole number from 1
setting-batch = Most inputs in one forward pass; a batch never waits to fill.
    .allowed = a whole number from 1 to 1024
setting-max_body = Largest body of a request.
    .allowed = a size in bytes, such as 20M
setting-files = Most inputs of a request.
    .allowed = a whole number from 1
setting-max_characters = Longest text, in characters.
    .allowed = a whole number from 1
setting-max_pixels = Pixels that are decoded at the same time, of all requests together.
    .allowed = a whole number from 1
setting-connections = Most open connections.
    .allowed = a whole number from 1
setting-header_timeout = Time in which the header of a request must be complete.
    .allowed = a time from 0.01 to 3600 seconds
setting-request_timeout = Time in which a request must be received and answered.
    .allowed = a time from 0.01 to 3600 seconds

# Problems

serve-loading = the model is still being loaded
    .remedy = try again when /readyz answers with 200
serve-queue-full = the queue of { $limit } inputs is full
    .remedy = try again after the seconds in Retry-After
serve-bodies-full = the bodies of the requests in progress take all memory that is allowed for them
    .remedy = try again after the seconds in Retry-After
serve-too-many-connections = more than { $limit } connections are open
    .remedy = try again after the seconds in Retry-After; use one connection for several requests
serve-body-too-large = the body is larger than { BYTES($limit) }
    .remedy = send less, or start the server with a larger --max-body
serve-too-many-inputs = { $found } inputs in a request; at most { $limit }
    .remedy = send several requests, or start the server with a larger --files
serve-text-too-long = a text of { $found } characters; at most { $limit }
    .remedy = send a shorter text, or start the server with a larger --max-characters
serve-media-type = the media type "{ $found }" holds no { $thing } for this model
    .remedy = send the { $thing ->
    [image] file itself (Content-Type: image/jpeg, application/octet-stream)
   *[other] text itself (Content-Type: text/plain)
 }, a form (multipart/form-data), or JSON
serve-charset = the charset "{ $found }" is not known
    .remedy = send UTF-8
serve-no-input = the request has no { $thing }
    .remedy = send a file or text as the body, as parts of a form, or as JSON: { "{" }"inputs": [...]{ "}" }
serve-not-json = the body is not JSON: { $cause }
    .remedy = send { "{" }"inputs": [...]{ "}" }
serve-json-not-object = the JSON is a { $found }; expected an object
    .remedy = send { "{" }"inputs": [...]{ "}" }
serve-json-no-inputs = the JSON has { $found }; expected "inputs", a list
    .remedy = send { "{" }"inputs": [...]{ "}" }: texts, or the content of image files in base64
serve-json-names = "names" is not a list of { $count } texts
    .remedy = send a name for each input, or omit names
serve-json-input = input { NUMBER($place, useGrouping: 0) }: { $detail }
    .remedy = { $fix }
serve-not-form = the body is not the form that its Content-Type declares: { $cause }
    .remedy = let the client write Content-Type and boundary (curl -F file=@photo.jpg)
serve-no-boundary = no boundary
serve-form-cut = it ends too early
serve-unusable-input = input { NUMBER($place, useGrouping: 0) }: { $detail }
    .remedy = leave it out, or use POST /predict, which answers for the other inputs
serve-no-such-path = there is nothing at this path
    .remedy = see /openapi.json
serve-no-such-method = this path does not take this method
    .remedy = use a method in the header Allow
serve-no-such-model = there is no such model; this server has "{ $name }", version { $version }
    .remedy = use /v2/models/{ $name }
serve-foreign-host = the header Host is "{ $found }", which is not a name of this server
    .remedy = start the server with --allow-host and this name, if it is one of its names
serve-foreign-origin = a page of { $found } may not use this server
    .remedy = open the server's own page, or send the request from a program
serve-no-token = the request has no token, or a wrong one
    .remedy = send the header Authorization: Bearer TOKEN
serve-not-http = the request is not HTTP/1.1
    .remedy = send one Content-Length or chunks, and lines that end in CR LF
serve-header-too-large = the header is larger than { BYTES($limit) }, or has more than { $lines } lines
    .remedy = send fewer and shorter headers
serve-slow-header = the header was not complete after { DURATION($seconds) }
    .remedy = send the request at once
serve-slow-body = the request was not complete after { DURATION($seconds) }
    .remedy = send less, or over a faster connection
serve-no-answer-in-time = there was no answer after { DURATION($seconds) }
    .remedy = try again later
serve-bug = the server failed on this request; this is a bug
    .remedy = report it with the request id and the log of the server
serve-v2-header-length = Inference-Header-Content-Length is "{ $found }"; expected the bytes of the JSON at the beginning of the body
    .remedy = let the client write this header
serve-v2-inputs = the request needs "inputs" with one tensor, with "data" or binary data
    .remedy = see the metadata of the model
serve-v2-datatype = the datatype is "{ $found }"; expected BYTES: whole files or texts
    .remedy = send the file itself, not its pixels
serve-v2-shape = the shape { $found } does not fit { $count } elements
    .remedy = send the shape [{ $count }]
serve-v2-binary = the binary data do not fit: { $cause }
    .remedy = send each element after its length in four bytes, little endian
serve-v2-size = binary_data_size is not { $found }, the bytes after the JSON
serve-v2-cut = an element ends too early
serve-v2-outputs = "outputs" names a tensor that there is not; known: { LIST($known) }
    .remedy = omit outputs, or name some of these
serve-explains-others = { $limit } maps are being computed
    .remedy = try again after the seconds in Retry-After
