# The audit of images.

wrong-extension = { $count } tệp có định dạng không khớp với phần mở rộng; ghep đọc tệp theo nội dung
    .remedy = đổi phần mở rộng cho đúng
tiny-images = { $count } ảnh có một cạnh ngắn hơn { $limit } pixel
    .remedy = kiểm tra xem có phải ảnh giữ chỗ (placeholder) không
blank-images = { $count } ảnh chỉ có một màu
    .remedy = kiểm tra xem có phải ảnh giữ chỗ (placeholder) hay ảnh xuất lỗi không
blank-on-white = { $count } ảnh chỉ có một màu sau khi phần trong suốt được thay bằng màu trắng
    .remedy = ghép ảnh lên nền màu khác và lưu không có độ trong suốt
dark-images = { $count } ảnh gần như đen: { NUMBER($share, style: "percent", maximumFractionDigits: 1) } số pixel dưới { $limit } trên thang 255
    .remedy = kiểm tra độ phơi sáng và bước xuất ảnh
partly-used = { $count } tệp chứa nhiều hơn một ảnh RGB hoặc ảnh xám; chỉ ảnh đầu tiên được dùng
    .remedy = lưu mỗi khung hình hoặc kênh cần dùng thành một ảnh riêng
image-more-frames = thêm { $count } khung hình
image-last-band = kênh cuối trong 4 kênh
image-left-out = { LIST($parts) }

# Traits that may give the class away.

trait-file-format = định dạng tệp
trait-bit-depth = độ sâu bit
trait-value-range = khoảng giá trị
trait-grey-or-colour = ảnh xám hay ảnh màu
trait-grey = ảnh xám
trait-colour = ảnh màu
trait-image-size = kích thước ảnh
trait-image-width = chiều rộng ảnh
trait-image-height = chiều cao ảnh
trait-num-pixels = số pixel
trait-aspect-ratio = tỉ lệ khung hình
trait-jpeg-quality = chất lượng JPEG

# Bit depths and ranges of values.

depth-bits = { $bits } bit
depth-unit = 0 đến 1
depth-other = { $kind ->
    [integers] số nguyên khác
   *[floats] số thực khác
 }
depth-range = khoảng { $low } đến { $high }
depth-shares = { $name }: { $shares }
depth-share = { NUMBER($share, style: "percent") } { $depth }
depth-count = { $count } tệp dùng { $depth }
depth-count-first = { $count } tệp dùng { $depth }
depth-class-of-task = { $label } của { $task }
bit-depths-differ = { $first } và { $others }: tất cả được đọc trên cùng một thang, { $ranges ->
    [true] nên tệp thuộc khoảng này sáng hơn hoặc kém tương phản hơn tệp thuộc khoảng khác
   *[false] nên tệp có ít bit hơn sẽ tối hơn
 }
    .remedy = { $ranges ->
        [true] lưu tất cả theo cùng đơn vị và cùng khoảng giá trị; nếu không, độ sáng có thể làm lộ nguồn của ảnh
       *[false] lưu tất cả với cùng số bit, chẳng hạn 8; nếu không, độ sáng có thể làm lộ nguồn của ảnh
     }

# The scale of images of more than 8 bits.

levels-none = { "" }
levels-range = { $kind ->
    [integers] số nguyên
   *[floats] số thực
 } từ { VALUE($black) } (đen) đến { VALUE($white) } (trắng{ $bits ->
    [0] { "" }
   *[other] : { $bits } bit
 })
levels-both = { $integers }; { $floats }
levels-item = { $name }: { VALUE($low) } đến { VALUE($high) }
levels-measured = { $deep } trong { $count } ảnh có hơn 8 bit và được chuyển về 8 bit: { $levels }. Khoảng này được đo trên toàn bộ các ảnh đó và được lưu cùng mô hình
    .remedy = muốn dùng khoảng khác thì lưu chúng thành ảnh 8 bit
other-levels = { $count ->
    [1] ảnh này có
   *[other] các ảnh này có
 } { $found }; mô hình { $trained ->
    [true] được huấn luyện với { $expected }
   *[false] cần { $expected }
 }, và đọc mọi giá trị theo thang đó{ $black ->
    [true] : trên thang đó không giá trị nào vượt { NUMBER($share, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } mức trắng, nên mô hình thấy ảnh gần như đen
   *[false] { "" }
 }
    .remedy = lưu ảnh với khoảng giá trị của ảnh huấn luyện{ $factor ->
        [0] { "" }
       *[other] : nhân giá trị với { VALUE($factor) }
     }
levels-hardly-used = một nửa số ảnh dùng không quá { NUMBER($share, style: "percent") } thang giá trị (khoảng { VALUE($low) } đến { VALUE($high) } trong { $levels }): { $count } ảnh có giá trị làm thang giãn rộng ra, nên các ảnh còn lại rất ít tương phản
    .remedy = nếu một giá trị trong các ảnh này biểu thị phần đệm (padding) hoặc lớp phủ, thay nó bằng mức đen hoặc trắng của các ảnh khác; hoặc lưu mọi ảnh ở 8 bit với khoảng giá trị cần dùng
levels-exceeded = { $count } ảnh có giá trị pixel nằm ngoài khoảng đã đo ({ $levels }); các giá trị này bị cắt về biên
    .remedy = nếu chúng dùng thang khác, chuyển về thang của các ảnh còn lại

levels-not-finite = { $count } trong { $total } giá trị không hữu hạn (NaN hoặc vô cùng)
levels-outside = một nửa số pixel { $side ->
    [brighter] sáng hơn mức trắng
   *[darker] tối hơn mức đen
 } (trung vị { VALUE($median) }); thang của bộ dữ liệu là { $levels }
levels-floats-range = số thực từ { VALUE($low) } đến { VALUE($high) }; cần 0 đến 1
levels-floats-dark = số thực từ { VALUE($low) } đến { VALUE($high) }; cần 0 (đen) đến 1 (trắng); có phải đã chia cho 255 hai lần?
levels-integers-range = số nguyên từ { VALUE($low) } đến { VALUE($high) }; cần 0 đến 65.535
levels-white-unknown = ảnh hơn 8 bit, số nguyên từ { VALUE($low) } đến { VALUE($high) }; mô hình chỉ được huấn luyện với ảnh 8 bit nên không biết giá trị nào là trắng; cần lưu ảnh ở 8 bit
levels-kinds = khóa lạ trong levels: { $kinds }; cần "integers" hoặc "floats"
levels-order = levels của { $kind } có mức đen { VALUE($black) } và mức trắng { VALUE($white) }; cần các số hữu hạn, đen nhỏ hơn trắng

# Containers and files.

jpeg-no-end = tệp JPEG kết thúc trước dấu kết thúc
jpeg-no-marker = không có dấu (marker) JPEG ở chỗ cần có, tại byte { $at }
jpeg-segment-cut = một đoạn JPEG vượt quá cuối tệp
jpeg-data-cut = tệp JPEG kết thúc giữa chừng dữ liệu ảnh
jpeg-bad-marker = có dấu (marker) JPEG không hợp lệ trong dữ liệu ảnh, tại byte { $at }
jpeg-hole = có một đoạn toàn byte 0 trong dữ liệu ảnh JPEG, tại byte { $at }
png-chunk-cut = một đoạn (chunk) PNG vượt quá cuối tệp
png-checksum = mã kiểm tra (checksum) của đoạn PNG tại byte { $at } không khớp
png-no-end = tệp PNG kết thúc trước đoạn kết thúc
webp-cut = tệp WebP chỉ có { $found } trong { $expected } byte
tiff-directory-cut = thư mục TIFF nằm ngoài cuối tệp
tiff-layout = { $bands } kênh { $kind ->
    [integers] số nguyên
    [floats] số thực
   *[other] giá trị
 } { $bits } bit{ $planar ->
    [true] , lưu lần lượt từng kênh
   *[false] { "" }
 }
tiff-unsupported-layout = TIFF gồm { $layout }; cần 1 kênh (xám) tối đa 32 bit, hoặc 3 kênh (đỏ, lục, lam) 8 hoặc 16 bit
tiff-unknown-compression = TIFF dùng kiểu nén { $compression } mà Pillow không biết
tiff-planar = TIFF gồm { $layout }; cần các kênh lưu xen kẽ

image-unsupported-type = cần đường dẫn, bytes, ảnh PIL hoặc mảng, nhưng nhận { $type }
image-no-bytes = không có byte nào
image-no-pixels = không có pixel nào: { $width } x { $height }
image-too-large = { $found } byte; chỉ đọc tối đa { $limit }
image-too-many-pixels = { NUMBER($width, useGrouping: 0) } x { NUMBER($height, useGrouping: 0) } pixel; chỉ giải mã tối đa { $limit }
image-too-elongated = { NUMBER($width, useGrouping: 0) } x { NUMBER($height, useGrouping: 0) } pixel; cạnh này chỉ được dài tối đa gấp { $limit } lần cạnh kia
image-missing = không có tệp này: { $path }
image-unreadable = { $cause }
image-decoder = { $cause }
image-unknown-format = không nhận ra định dạng ảnh; nội dung bắt đầu bằng { $start }
image-format-not-allowed = nội dung là { $format }; chỉ nhận { $allowed }
image-plugin-missing = nội dung là { $format }; để đọc được: pip install { $package }
image-mode = chưa có quy tắc chuyển ảnh kiểu { $mode } sang RGB
image-array-shape = kích thước mảng { $shape }; cần (H, W) hoặc (H, W, 1, 3 hay 4){ $channels ->
    [first] ; chuyển kênh về cuối
   *[other] { "" }
 }
image-array-dtype = dtype { $dtype }; cần uint8, kiểu số nguyên khác hoặc số thực{ $dtype ->
    [bool] : truyền X.astype(np.uint8) * 255
   *[other] { "" }
 }

# Preprocessing and the control.

images-not-cached = { $count } ảnh đã giải mã không vừa bộ nhớ đệm (cache): phải giải mã lại ở mỗi epoch (--cache-size)
image-input-size = { NUMBER($height, useGrouping: 0) } x { NUMBER($width, useGrouping: 0) } px
image-setting-resize = đổi kích thước
image-setting-resize-value = cạnh ngắn về { NUMBER($size, useGrouping: 0) }, { $interpolation }, cắt { $crop ->
    [center] ở giữa
   *[other] { $crop }
 }
image-setting-mean-std = mean, std
image-setting-mean-std-value = ({ $mean }), ({ $std })
image-setting-levels = thang trên 8 bit
image-card-invalid = thiết lập tiền xử lý trong thẻ của backbone không hợp lệ: { $cause }
    .remedy = sửa input_size, crop_pct, crop_mode, interpolation, mean hoặc std trong tệp JSON của thẻ
image-channels = input_size phải gồm 3 kênh (RGB), chiều cao, chiều rộng; tìm thấy { $channels } kênh
image-interpolation-unknown = không có phép nội suy tên "{ $name }"
    .remedy = { $hint }
image-config-invalid = không đọc được preprocessor_config.json ({ $type }: { $cause })
    .remedy = sao chép lại bundle; chưa có gì được nạp
image-sizes = kích thước phải từ 1 đến { $limit } pixel; tìm thấy { $sizes }
image-mean-std = mean và std phải là số hữu hạn, std lớn hơn 0; tìm thấy mean { $mean } và std { $std }
image-crop-mode = crop_mode phải là "center" hoặc "squash", không phải "{ $mode }"
images-one-number = toàn bộ { $count } ảnh có nhãn mang cùng một số: mô hình tuyến tính cần ít nhất hai số khác nhau
    .remedy = kiểm tra nhãn
images-one-class = { $count } ảnh có nhãn thuộc { $classes } lớp; mô hình đối chứng tuyến tính cần ít nhất hai lớp
    .remedy = gán nhãn một số ảnh của lớp khác

# What may be passed to predict.

predict-images-remedy = truyền tệp, thư mục, bảng, hoặc mẫu glob trong dấu nháy
other-image = ảnh của một thứ không liên quan

# Values in JSON.

image-not-base64 = không phải tệp ở dạng base64: { $found }
    .remedy = gửi nội dung tệp ở dạng base64, dưới dạng chuỗi
