# Inputs that are passed in memory.

inputs-one-image = đầu vào là một ảnh; cần một dãy ảnh
    .remedy = đặt ảnh vào danh sách: [image]
inputs-one-item = đầu vào là một { $type }; cần một dãy { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = đặt nó vào danh sách
inputs-open-file = đầu vào là một tệp đang mở; cần một dãy { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = truyền đường dẫn hoặc nội dung của tệp, trong một danh sách
inputs-unordered = đầu vào là một { $type }, kiểu không có thứ tự; cần một dãy { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = truyền một danh sách để ghép được dự đoán với đầu vào, chẳng hạn sorted(...)
inputs-mapping = đầu vào là một { $type } có các khóa { $keys }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } khóa khác
 }; cần một dãy { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = truyền các giá trị dưới dạng danh sách, hoặc chỉ cột chứa đầu vào
inputs-table = đầu vào là một bảng ({ $type }) có các cột { $columns }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } cột khác
 }; cần một dãy { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = truyền cột chứa { $modality ->
        [image] ảnh
       *[text] văn bản
     }: table[{ $first }]
inputs-wrong-type = đầu vào có kiểu { $type }; cần một danh sách hoặc mảng gồm các { $modality ->
    [image] ảnh
   *[text] văn bản
 }
    .remedy = đặt nó vào danh sách
inputs-text-shape = đầu vào có kích thước { $shape } và dtype { $dtype }; cần danh sách hoặc mảng (N,) các văn bản, hoặc (N, 2) các cặp văn bản
    .remedy = truyền chính các văn bản, theo một chiều
inputs-image-shape = đầu vào có kích thước { $shape }; cần (N, H, W) hoặc (N, H, W, 1, 3 hay 4)
    .remedy = đặt ảnh đơn (H, W) vào danh sách; đổi các dòng số về đúng chiều cao và chiều rộng của ảnh
inputs-colour-or-grey = đầu vào có kích thước { $shape }: có thể là một ảnh màu, hoặc { $count } ảnh xám rộng { $width } pixel
    .remedy = truyền X[None] nếu là một ảnh màu, X[..., None] nếu là { $count } ảnh xám
inputs-channels-first-or-grey = đầu vào có kích thước { $shape }: có thể là một ảnh màu với kênh ở đầu, hoặc { $count } ảnh xám
    .remedy = truyền np.moveaxis(X, 0, -1)[None] nếu là một ảnh màu, X[..., None] nếu là { $count } ảnh xám
inputs-channels = đầu vào có kích thước { $shape }; cần 1, 3 hoặc 4 kênh ở chiều cuối
    .remedy = { $channels ->
        [first] truyền np.moveaxis(X, 1, -1)
       *[unclear] truyền ảnh RGB, RGBA hoặc ảnh xám
     }
inputs-dtype = đầu vào có dtype { $dtype }; cần uint8, hoặc số thực từ 0 đến 1
    .remedy = { $dtype ->
        [bool] truyền X.astype(np.uint8) * 255
       *[other] truyền X.astype(np.uint8) nếu giá trị nằm trong 0 đến 255
     }
inputs-uint8-to-one = đầu vào có giá trị uint8 từ 0 đến 1; cần 0 đến 255, trên thang đó các ảnh này gần như đen
    .remedy = truyền X * 255 nếu là mặt nạ 0 và 1; nếu là số thực từ 0 đến 1 bị ép sang uint8, truyền số thực
inputs-float-range = đầu vào có số thực từ { VALUE($low) } đến { VALUE($high) }; cần 0 đến 1
    .remedy = chia cho giá trị của màu trắng (255); truyền ảnh trước khi chuẩn hóa theo mean và std
inputs-too-dark = đầu vào có số thực từ { VALUE($low) } đến { VALUE($high) }; cần 0 (đen) đến 1 (trắng), trên thang đó các ảnh này gần như đen
    .remedy = chỉ chia cho 255 một lần, không phải hai; nếu các giá trị này đúng, chia cho giá trị của màu trắng
