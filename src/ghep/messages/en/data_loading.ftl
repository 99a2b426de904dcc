# Inputs that are passed in memory.

inputs-one-image = the input is one image; expected a sequence of images
    .remedy = put it into a list: [image]
inputs-one-item = the input is one { $type }; expected a sequence of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = put it into a list
inputs-open-file = the input is an open file; expected a sequence of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = pass its path or its content, in a list
inputs-unordered = the input is a { $type }, which has no order; expected a sequence of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = pass a list, so that predictions can be matched with inputs, such as sorted(...)
inputs-mapping = the input is a { $type } with the keys { $keys }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }; expected a sequence of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = pass its values as a list, or the one column that holds them
inputs-table = the input is a table ({ $type }) with the columns { $columns }{ $more ->
    [0] { "" }
   *[other] { " and " }{ $more } more
 }; expected a sequence of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = pass the column that holds the { $modality ->
        [image] images
       *[text] texts
     }: table[{ $first }]
inputs-wrong-type = the input is of type { $type }; expected a list or an array of { $modality ->
    [image] images
   *[text] texts
 }
    .remedy = put it into a list
inputs-text-shape = the input has shape { $shape } and dtype { $dtype }; expected a list or an array (N,) of texts, or (N, 2) of pairs
    .remedy = pass the texts themselves, in one dimension
inputs-image-shape = the input has shape { $shape }; expected (N, H, W) or (N, H, W, 1, 3 or 4)
    .remedy = put a single image (H, W) into a list; reshape rows of numbers to their height and width
inputs-colour-or-grey = the input has shape { $shape }: it could be one colour image, or { $count } grey images { $width } pixels wide
    .remedy = pass X[None] for one colour image, X[..., None] for { $count } grey images
inputs-channels-first-or-grey = the input has shape { $shape }: it could be one colour image with its channels first, or { $count } grey images
    .remedy = pass np.moveaxis(X, 0, -1)[None] for one colour image, X[..., None] for { $count } grey images
inputs-channels = the input has shape { $shape }; expected the 1, 3 or 4 channels last
    .remedy = { $channels ->
        [first] pass np.moveaxis(X, 1, -1)
       *[unclear] pass RGB, RGBA or grey images
     }
inputs-dtype = the input has dtype { $dtype }; expected uint8, or float from 0 to 1
    .remedy = { $dtype ->
        [bool] pass X.astype(np.uint8) * 255
       *[other] pass X.astype(np.uint8) if values are 0 to 255
     }
inputs-uint8-to-one = the input has uint8 values from 0 to 1; expected 0 to 255, a scale on which these images are nearly black
    .remedy = pass X * 255 for masks of 0 and 1; if floats from 0 to 1 were cast to uint8, pass the floats
inputs-float-range = the input has floats from { VALUE($low) } to { VALUE($high) }; expected 0 to 1
    .remedy = divide by the value of white (255); pass images before they are normalised by mean and std
inputs-too-dark = the input has floats from { VALUE($low) } to { VALUE($high) }; expected 0 (black) to 1 (white), a scale on which these images are nearly black
    .remedy = divide by 255 once, not twice; if these values are right, divide by the value of white
