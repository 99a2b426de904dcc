# ghep push.

pushed-folder = thư mục cần tải lên
push-arguments-swapped = không có thư mục { $folder }, còn { $repository } lại là thư mục
    .remedy = thư mục đứng trước: ghep push { $repository } { $folder }
push-repository-is-address = { $repository } là địa chỉ; cần tên của kho (repository)
    .remedy = truyền { $name }
push-repository-invalid = "{ $repository }" không thể là tên kho: { $why }
    .remedy = truyền OWNER/NAME, gồm chữ cái, chữ số, "-", "_" và "."
push-other-files = { $folder } chứa { LIST($names) }{ $more ->
    [0] { "" }
   *[other] { " và " }{ $more } tệp khác
 } mà { $manifest } không liệt kê
    .remedy = chuyển chúng đi nơi khác: chỉ những gì ghep đã ghi và kiểm tra mới được tải lên
push-without-token = không có token cho hub
    .remedy = đặt HF_TOKEN bằng một token có quyền ghi (huggingface.co/settings/tokens), hoặc chạy: hf auth login
push-repository-is-public = { $repository } đã có và đang công khai; chưa tải gì lên
    .remedy = thêm --public để tải lên đó, hoặc chuyển kho thành riêng tư trên hub
push-refused-401 = { $endpoint } không chấp nhận token dùng cho { $repository }
    .remedy = tạo token mới có quyền ghi (huggingface.co/settings/tokens) và đặt vào HF_TOKEN
push-refused-403 = token không có quyền ghi vào { $repository }: { $said }
    .remedy = dùng token có quyền ghi vào các kho của chủ sở hữu này, hoặc chọn chủ sở hữu khác
push-refused-404 = { $endpoint } không có kho { $repository } nào mà token này ghi được
    .remedy = kiểm tra tên chủ sở hữu: OWNER là tên người dùng hoặc tổ chức mà token có quyền ghi
push-refused-409 = { $repository } đã thay đổi trong lúc ghi: { $said }
    .remedy = chạy lại lệnh
push-refused-413 = có tệp lớn hơn mức hub nhận: { $said }
    .remedy = tải lên bản xuất nhỏ hơn, chẳng hạn bản có --int8
push-refused = { $endpoint } từ chối { $repository } (mã { $status }): { $said }
    .remedy = thử lại sau; nếu vẫn bị từ chối, câu trả lời của hub cho biết lý do
push-offline = phần mềm của hub đang ở chế độ ngoại tuyến (HF_HUB_OFFLINE); chưa tải gì lên { $repository }
    .remedy = xóa biến HF_HUB_OFFLINE
push-no-network = không kết nối được tới { $endpoint } ({ $kind }); chưa tải gì lên { $repository }
    .remedy = kiểm tra mạng và HF_ENDPOINT, rồi chạy lại lệnh
push-failed = chưa tải được { $repository } lên { $endpoint }: { $said }
    .remedy = chạy lại lệnh; tệp đã đến nơi sẽ không gửi lại

push-would = sẽ tải lên { $repository } ({ $private ->
    [true] riêng tư
   *[false] công khai
 }, { $endpoint }): { $count } tệp, { BYTES($size) }
push-file = { "  " }{ $size }  { $name }
push-left-out = { "  " }bỏ qua: { LIST($names) }
push-how = chưa tải gì lên; chạy lại với --yes để tải lên
push-done = đã tải lên { $count } tệp, { BYTES($size) }: { $address }

command-push =
    Tải bundle hoặc bản xuất lên một kho trên hub của Hugging Face; nếu không có --yes, chỉ liệt kê những gì sẽ tải lên.

    Thư mục được kiểm tra theo bản kê (manifest) của nó, và không tệp nào khác trong đó được tải lên. Kho được tạo ở chế
    độ riêng tư trừ khi có --public. Token là của huggingface_hub: HF_TOKEN, hoặc token mà hf auth login đã lưu.

    Ví dụ: ghep push exports/ants USER/ants

    Ví dụ: ghep push exports/ants USER/ants --yes
help-push-folder = Bundle, hoặc thư mục do ghep export tạo.
help-push-repository = Kho trên hub: OWNER/NAME, hoặc NAME cho kho của chính mình.
help-push-yes = Tải lên; không có tùy chọn này thì không có gì rời khỏi máy.
help-push-public = Đặt kho ở chế độ công khai, hoặc tải lên kho đang công khai.
