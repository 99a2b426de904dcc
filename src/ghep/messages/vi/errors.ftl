# Những gì mọi lỗi có thể cần.

did-you-mean = có phải ý là { OR($names) }?
known-names = các tên hợp lệ: { $names }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } tên khác
 }
cut-out = (còn { $count } ký tự)
finding-line = { $level }: { $finding } [{ $name }]
error-line = lỗi: { $text }
fix-line = { "  " }cách sửa: { $text }
severity-info = thông tin
severity-warning = cảnh báo
severity-error = lỗi
bad-example = { $reason }: { $detail }
    .remedy = thay mẫu này, hoặc bỏ nó ra
