# The audit of texts.

mojibake = { $count } văn bản có chữ cái bị viết thành hai ký tự (Ã© thay cho é, Рћ thay cho О): UTF-8 đã bị đọc bằng bảng mã khác trước khi lưu
    .remedy = xuất lại dữ liệu từ nguồn, hoặc sửa văn bản: chính tệp đang chứa các ký tự này
control-characters = { $count } văn bản có ký tự điều khiển (U+0080 đến U+009F), vốn là dấu nháy và dấu gạch trong cp1252
    .remedy = nếu đã dùng --encoding latin-1, đổi thành cp1252; nếu không, ký tự nằm sẵn trong dữ liệu: xuất lại dữ liệu
lost-characters = { $count } văn bản có U+FFFD, ký tự thay cho chữ bị mất khi chuyển bảng mã hoặc khi cắt
    .remedy = xuất lại dữ liệu từ nguồn
markup = { $count } văn bản có thẻ hoặc ký hiệu (entity) HTML
    .remedy = xóa chúng, trừ khi văn bản cần dự đoán cũng có
short-texts = một nửa số văn bản có không quá { NUMBER($median, maximumFractionDigits: 0) } ký tự
    .remedy = kiểm tra xem có lấy đúng cột không: --text
class-of-one-text = { $count } lớp chỉ gồm một văn bản lặp đi lặp lại
    .remedy = thu thập thêm mẫu khác cho { $count ->
        [1] lớp này
       *[other] các lớp này
     }

trait-length-characters = độ dài theo ký tự
trait-length-words = độ dài theo từ

# Loading.

text-unsupported-type = cần văn bản, đường dẫn hoặc bytes, nhưng nhận { $type }
text-not-a-pair = mô hình được huấn luyện với cặp văn bản, còn đây là một văn bản đơn
text-is-a-pair = mô hình được huấn luyện với văn bản đơn, còn đây là một cặp văn bản
text-of-pair = văn bản { $side ->
    [first] thứ nhất
   *[second] thứ hai
 }: { $detail }
text-too-many-bytes = văn bản có { $found } byte, quá mức mà giới hạn { $limit } ký tự cho phép
text-too-many-characters = { $found } ký tự; chỉ đọc tối đa { $limit }
text-missing = không có tệp này
text-unreadable = { $cause }
text-is-utf-8 = đây là UTF-8, không phải { $encoding }
text-utf-16 = mở đầu bằng dấu thứ tự byte (BOM) của UTF-16; có vẻ là utf-16
text-zero-byte = có byte 0, tại byte { $at }
text-not-utf-8 = byte { $byte } tại vị trí { NUMBER($at, useGrouping: 0) } không phải { $encoding }; có vẻ là { $likely }, đọc ra { $example }
text-not-in-encoding = byte { $byte } tại vị trí { NUMBER($at, useGrouping: 0) } không phải { $encoding }
text-bytes-not-in-encoding = không phải { $encoding }: { $cause }
text-only-spaces = chỉ có khoảng trắng
text-no-characters = không có ký tự nào
text-zero-character = có ký tự 0, tại vị trí { $at }
text-control-characters = { NUMBER($count, useGrouping: 0) } trong { NUMBER($total, useGrouping: 0) } ký tự là ký tự điều khiển
encoding-unknown = không có bảng mã văn bản tên { $name }
    .remedy = { $hint }

# Tokens.

text-input-tokens = tối đa { NUMBER($length, useGrouping: 0) } token{ $kept ->
    [head] { "" }
    [tail] { " " }(với văn bản dài hơn: lấy phần cuối)
   *[both] { " " }(với văn bản dài hơn: lấy phần đầu và phần cuối)
 }
text-input-words = tối đa { NUMBER($length, useGrouping: 0) } từ gồm { $letters } chữ cái{ $kept ->
    [head] { "" }
    [tail] { " " }(với văn bản dài hơn: lấy phần cuối)
   *[both] { " " }(với văn bản dài hơn: lấy phần đầu và phần cuối)
 }
text-setting-vocabulary = từ vựng
text-setting-vocabulary-value = { $count } token
text-setting-scripts = hệ chữ viết
truncate-of-pairs = truncate=head+tail dành cho văn bản đơn, còn đây là các cặp văn bản
    .remedy = chọn head hoặc tail: cặp quá dài sẽ mất token của văn bản dài hơn trước
no-room-for-pair = max_length={ NUMBER($length, useGrouping: 0) } không còn chỗ cho một cặp văn bản: { $special } vị trí là token đặc biệt
    .remedy = chọn max_length lớn hơn, chẳng hạn 128
tokenizer-of-bundle-invalid = không đọc được tokenizer của bundle ({ $type }: { $cause })
    .remedy = sao chép lại bundle; chưa có gì được nạp
token-settings-range = max_length là { $length }, cần ít nhất 1; id của token lạ (unknown) { $unknown ->
    [none] chưa được đặt
   *[other] là { $unknown }, cần một id có trong từ vựng
 }
token-setting-invalid = { $key } là { $value }, cần một số nguyên từ 0 đến 1.000.000
truncate-invalid = truncate phải là { OR($known) }, không phải { $found }
text-config-invalid = không đọc được preprocessor_config.json
    .remedy = sao chép lại bundle
tokenizer-not-text = không đọc được { $path }: { $cause }
    .remedy = tải lại tokenizer.json
tokenizer-invalid = không đọc được tokenizer: { $cause }
    .remedy = tải lại tokenizer.json
tokenizers-missing = để đọc văn bản cần gói tokenizers
    .remedy = pip install "ghep[text]"
vocabulary-without-unknown = từ vựng phải bắt đầu bằng { $unknown }; từ vựng này { $found ->
    [nothing] rỗng
   *[other] bắt đầu bằng { $found }
 }
    .remedy = đặt "{ $unknown }" lên đầu, ở chỉ số 0, và một dòng toàn số 0 ở đầu các vector
vocabulary-duplicate = từ vựng chứa { $word } hai lần
    .remedy = giữ mục đầu tiên

token-report = { NUMBER($tokens, maximumFractionDigits: 0, useGrouping: 0) } token mỗi văn bản, { $per_word ->
    [none] { "" }
   *[other] { NUMBER($per_word, minimumFractionDigits: 2, maximumFractionDigits: 2) } mỗi từ,{ " " }
 }{ NUMBER($unknown, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } token không có trong từ vựng, { NUMBER($foreign, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } chữ cái thuộc hệ chữ viết ngoài từ vựng; { $cut_texts ->
    [0] không văn bản nào
   *[other] { NUMBER($cut_texts, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } văn bản
 } bị cắt ở { NUMBER($length, useGrouping: 0) }{ $cut_texts ->
    [0] { "" }
   *[other] { " " }(mất { NUMBER($cut_tokens, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } số token)
 }
token-report-whole = { NUMBER($tokens, maximumFractionDigits: 0, useGrouping: 0) } token mỗi văn bản, { $per_word ->
    [none] { "" }
   *[other] { NUMBER($per_word, minimumFractionDigits: 2, maximumFractionDigits: 2) } mỗi từ,{ " " }
 }{ NUMBER($unknown, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } token không có trong từ vựng, { NUMBER($foreign, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } chữ cái thuộc hệ chữ viết ngoài từ vựng
token-report-line = văn bản: { $report }
domain-mismatch = từ vựng của backbone không hợp với các văn bản này: { $reasons }
    .remedy = dùng backbone được tiền huấn luyện trên ngôn ngữ hoặc lĩnh vực này (backbone đa ngữ hợp với đa số ngôn ngữ), và so sánh với linear_ngrams
mismatch-unknown = { NUMBER($share, style: "percent") } số token không có trong từ vựng
mismatch-scripts = { NUMBER($share, style: "percent") } số chữ cái thuộc hệ chữ viết mà gần như không mục nào trong từ vựng dùng
mismatch-pieces = trung bình tokenizer tách một từ thành { NUMBER($pieces, minimumFractionDigits: 2, maximumFractionDigits: 2) } mảnh (thường là 1,1 đến 1,2)
mismatch-two = { $first }; { $second }
texts-cut = { NUMBER($texts, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } số văn bản dài hơn { $length } vị trí: { NUMBER($tokens, style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1) } số token bị cắt { $kept ->
    [head] ở phần cuối
    [tail] ở phần đầu
   *[both] ở phần giữa
 }
    .remedy = { $kept ->
        [head] giữ phần cuối hoặc cả hai đầu (--truncate tail, head+tail), chia nhỏ văn bản dài, hoặc dùng backbone đọc được văn bản dài hơn (hoặc --max-length lớn hơn)
       *[other] chia nhỏ văn bản dài, hoặc dùng backbone đọc được văn bản dài hơn (hoặc --max-length lớn hơn)
     }
pairs-joined = backbone này không tách được hai văn bản: nó đọc mỗi cặp như một văn bản, văn bản thứ hai ở dòng mới
    .remedy = để đánh dấu chỗ văn bản thứ hai bắt đầu, dùng backbone thuộc họ BERT, RoBERTa hoặc T5

# The control.

texts-one-number = toàn bộ { $count } văn bản có nhãn mang cùng một số: mô hình tuyến tính cần ít nhất hai số khác nhau
    .remedy = kiểm tra nhãn
texts-one-class = { $count } văn bản có nhãn thuộc { $classes } lớp; mô hình đối chứng tuyến tính cần ít nhất hai lớp
    .remedy = gán nhãn một số văn bản của lớp khác
texts-without-words = { $count } văn bản không có từ nào để học (đầu tiên: { $first })
    .remedy = kiểm tra xem văn bản có lấy từ đúng cột không

# What may be passed to predict.

predict-texts-remedy = truyền tệp, thư mục chứa *.txt, bảng, hoặc mẫu glob trong dấu nháy; để truyền thẳng câu chữ, dùng đầu vào chuẩn: echo "vài từ" | ghep predict BUNDLE -
other-text = văn bản về một chuyện không liên quan
text-not-in-json = giá trị kiểu { $found }; cần một văn bản, hoặc danh sách hai văn bản
    .remedy = gửi một văn bản
