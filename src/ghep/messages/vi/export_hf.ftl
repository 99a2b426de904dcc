# The Hugging Face form of an export.

hf-not-a-timm-network = { $network } không phải mạng đăng ký trong timm, nên timm và transformers không dựng được nó nếu không có mã của ghep
    .remedy = xuất với --to onnx
hf-images-of-more-bits = mô hình được huấn luyện với ảnh hơn 8 bit ({ $levels }); các thư viện này cắt chúng thành trắng
    .remedy = xuất với --to onnx, định dạng giữ đúng thang giá trị lúc huấn luyện
hf-head-not-expressible = bản { $network } có bộ phân loại của các thư viện này không tính được điều mà bundle tính: { $why }
    .remedy = xuất với --to onnx
hf-tensors-without-place = nó không có chỗ cho { $names }
hf-layer-not-linear = bộ phân loại của nó cần tầng { $path } ({ $kind }), mà đó không phải tầng tuyến tính có bias
hf-outputs-differ = đầu ra của nó khác với bundle
hf-preprocessing-differs = nó sẽ đọc ảnh { $theirs }, còn bundle đọc { $ours }
hf-task-unknown = "{ $task }" là loại tác vụ ({ $kind }) mà các thư viện của Hugging Face không có
    .remedy = xuất với --to onnx
hf-not-a-transformers-network = { $network } không phải mạng của transformers, nên transformers không dựng được nó nếu không có mã của ghep
    .remedy = xuất với --to onnx
hf-encoder-alone = chỉ có encoder được dùng, và transformers không có lớp nào cho encoder này khi thiếu decoder
hf-no-token-to-pad = tokenizer không có token đặc biệt để đệm (pad) các văn bản ngắn hơn
    .remedy = xuất với --to onnx
hf-needs-sentence-transformers = pooling của bundle này là của một bộ mã hóa câu (sentence encoder), cần sentence-transformers để nạp; gói này chưa được cài nên không so được câu trả lời
    .remedy = pip install sentence-transformers, hoặc xuất với --to onnx
hf-answers-differ = { $library } đọc các đầu vào này khác ghep: trung vị chênh lệch của câu trả lời là { $median } trên { $n } đầu vào, thêm { $unread } đầu vào không đọc được; chênh lệch lớn nhất ở { $worst }
    .remedy = xuất với --to onnx, định dạng đọc tệp như ghep
hf-task-not-a-folder = mỗi tác vụ có một thư mục mang tên nó, nhưng "{ $task }" không thể là tên thư mục
    .remedy = đổi tên tác vụ, hoặc xuất với --to onnx, định dạng đặt mọi tác vụ vào một tệp

hf-loads = "{ $task }" nạp bằng { $library }: { $folder }
hf-agreement = { $library }, { $inputs }: { $same } trong { $n } nhãn giống nhau, lệch nhiều nhất { $difference } ({ $worst })
hf-agreement-inputs = { $kind ->
    [odd-inputs] các đầu vào bất thường
   *[files] tập { $split }
 }

# Its model card.

hf-card-title = # { $data }: { $backbone }
hf-card-made = Được tinh chỉnh và xuất bằng ghep { $version }. Tác vụ là "{ $task }". { $kind ->
    [softmax] Softmax của đầu ra là xác suất của mỗi lớp, đã hiệu chuẩn trên dữ liệu để riêng
    [sigmoid] Sigmoid của mỗi đầu ra là xác suất của lớp đó, độc lập với các lớp khác, đã hiệu chuẩn trên dữ liệu để riêng
   *[none] Đầu ra duy nhất là số dự đoán, theo đơn vị của nhãn
 }.
hf-card-half-width = Chín trên mười số thật nằm cách đầu ra không quá { $half_width }.
hf-card-use = ## Cách dùng
hf-card-sentences = Module cuối, một tầng `Dense`, trả về logit của các lớp thay cho embedding. Pooling là của một bộ mã hóa câu
    (sentence encoder), điều mà `AutoModelForSequenceClassification` không tính được: nạp bằng lớp đó thì head là ngẫu nhiên.
hf-card-agreement = ## Độ khớp với ghep
hf-card-agreement-text = Các thư viện này tính cùng một hàm trên cùng { $modality ->
    [image] pixel
   *[text] token
 }, nhưng đọc { $modality ->
    [image] tệp theo cách khác (góc xoay trong EXIF, độ trong suốt, ảnh 16 bit, JPEG lớn)
   *[text] văn bản theo cách khác ở chỗ bị cắt
 }. Đo bằng đoạn mã ở trên, so với câu trả lời của ghep cho cùng đầu vào:
hf-card-agreement-header = | thư viện | đầu vào | n | nhãn giống nhau | lệch nhiều nhất | trung vị độ lệch |
hf-card-inputs = { $kind ->
    [odd-inputs] các đầu vào bất thường
   *[files] các tệp của dữ liệu
 }
hf-card-metric = { $score } (khoảng tin cậy { $level }% { $low } đến { $high }, n = { $n })
hf-card-metric-alone = { $score } (n = { $n })
hf-card-example-text = một bộ phim đáng xem lại
hf-card-unknown-data = dữ liệu không rõ
