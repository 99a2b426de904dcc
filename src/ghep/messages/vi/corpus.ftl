# Đọc ngữ liệu (corpus) để tiền huấn luyện.

corpus-missing = không có ngữ liệu { $path }
    .remedy = truyền một tệp văn bản, một bảng có cột văn bản, hoặc một thư mục chứa chúng
corpus-without-files = không có tệp văn bản (.txt) và không có bảng nào trong { LIST($paths) }
    .remedy = nêu chính các tệp nếu chúng có đuôi khác; tệp nén phải được giải nén
corpus-not-text = { $path } không phải tệp văn bản: phần đầu giống tệp nén, tài liệu hoặc ảnh, hoặc có ký tự điều khiển
    .remedy = giải nén tệp, hoặc lưu thành văn bản thuần ở UTF-8
corpus-column-unclear = { $table }: cột nào chứa văn bản của ngữ liệu? tìm thấy { $count ->
    [1] cột { LIST($columns) }
   *[other] các cột { LIST($columns) }
 }
    .remedy = nêu tên cột: --column (column=...); nếu bảng này không thuộc ngữ liệu, nêu các tệp thuộc ngữ liệu
corpus-empty = không có văn bản trong { LIST($places) }{ $count ->
    [0] { "" }
   *[other] { " " }({ $count } tài liệu không dùng được)
 }
    .remedy = kiểm tra có đúng tệp không, và với bảng thì có đúng cột không (--column)
corpus-all-leaks = mọi tài liệu của ngữ liệu ({ $count }) đều chứa một văn bản test của tác vụ
    .remedy = dùng ngữ liệu khác: tiền huấn luyện trên văn bản test làm cho điểm mất ý nghĩa
corpus-too-short = ngữ liệu quá ngắn để để riêng một phần: { $text }
    .remedy = dùng ngữ liệu dài hơn; dưới 100.000 từ, tiền huấn luyện hiếm khi giúp ích
corpus-rule-unknown = không có cách nào tên { $rule } để chia tệp văn bản thành tài liệu; { $hint }
    .remedy = bỏ tùy chọn này để ghep quyết định, hoặc dùng một trong line, paragraph, article, separator và file
corpus-not-paths = ngữ liệu là một đường dẫn, hoặc một danh sách đường dẫn; tìm thấy { $found }
    .remedy = trước hết ghi các văn bản ra tệp, chẳng hạn table[["text"]].to_parquet("corpus.parquet"), rồi truyền đường dẫn của tệp
corpus-exclude-invalid = exclude phải là các văn bản test, dưới dạng danh sách chuỗi; tìm thấy { $found }
    .remedy = truyền chính các văn bản: exclude=table["text"].dropna().tolist()
corpus-share-impossible = tỉ lệ ngữ liệu để riêng là { $share }, cần một số lớn hơn 0 và nhỏ hơn 1
    .remedy = giá trị thường dùng là 0.05

corpus-documents = { $files ->
    [1] { $name }
   *[other] { $files } tệp
 } được đọc thành { $count } tài liệu{ $rule ->
    [line] , mỗi dòng một tài liệu
    [paragraph] , cách nhau bằng dòng trống
    [article] , mỗi tài liệu bắt đầu bằng một tiêu đề
    [separator] , cách nhau bằng <|endoftext|>
    [row] , mỗi dòng của bảng một tài liệu, từ cột { LIST($columns) }
   *[file] , mỗi tệp một tài liệu
 }
corpus-short-documents = một nửa số tài liệu có tối đa { $median } từ, ví dụ { $text }
    .remedy = nếu các dòng không phải tài liệu, cho biết cách chia tệp: --documents paragraph hoặc --documents file
corpus-few-documents = { $count ->
    [1] ngữ liệu chỉ là một tài liệu: { NUMBER($share, style: "percent") } cuối được để riêng
   *[other] ngữ liệu chỉ có { $count } tài liệu: { NUMBER($share, style: "percent") } cuối của mỗi tài liệu được để riêng
 }, nên văn bản để riêng giống văn bản huấn luyện hơn là những tài liệu khác
    .remedy = nếu tệp có nhiều tài liệu hơn, cho biết cách chia: --documents line hoặc --documents paragraph
corpus-end-of-document = { $document } (cuối)
corpus-documents-unusable = { $count } tài liệu không dùng được và bị bỏ qua ({ LIST($reasons) })
corpus-copies = { $count } tài liệu là bản sao y hệt của tài liệu khác và bị bỏ qua: { $first }
corpus-leaks = { $count } văn bản test của tác vụ có trong ngữ liệu, ở { $documents } tài liệu; các dòng chứa chúng bị loại: { $first }
    .remedy = không cần làm gì; ghep không phát hiện được bản sao đã viết lại, nên nếu tìm thấy nhiều văn bản, nên dùng ngữ liệu khác
corpus-leak = { $document } { $how ->
    [whole] chính là
    [part] chứa
   *[edited] chứa bản có sửa đổi của
 } văn bản test { $number }: { $text }
corpus-files-ignored = { $count } tệp trong { $folder } không phải tệp văn bản (.txt) cũng không phải bảng, và bị bỏ qua: { $first }{ $count ->
    [1] { "" }
   *[other] { ", ..." }
 }
    .remedy = để đọc một tệp như vậy làm văn bản, nêu chính tệp đó
corpus-splits-left-out = { $count } phần của { $place } có tên valid hoặc test và bị bỏ qua: { $first }{ $count ->
    [1] { "" }
   *[other] { ", ..." }
 }
    .remedy = để tiền huấn luyện cả trên các văn bản này, nêu chính các tệp

corpus-source = { LIST($names) }: { $documents } tài liệu, { $words } từ
corpus-licence = giấy phép, theo lời người dùng: { $licence }
corpus-licence-unknown = giấy phép: không nêu
