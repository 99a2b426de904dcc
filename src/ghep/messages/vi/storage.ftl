# Thư mục, tệp nhỏ, đường dẫn và khóa.

folder-replaced-while-read = { $what } ở { $path } bị thay thế { $attempts } lần trong khi đang đọc
    .remedy = thử lại khi không có tiến trình nào khác ghi vào đó
folder-file-unlisted = { $what } ở { $path } thiếu { $file }: { $manifest } không liệt kê tệp này
    .remedy = sao chép lại { $what } từ nguồn, hoặc lưu lại
folder-damaged = { $what } ở { $path } bị hỏng: { $file } { $problem }
    .remedy = sao chép lại { $what } từ nguồn, hoặc lưu lại
folder-missing = { $what }: không có thư mục ở { $path }
    .remedy = kiểm tra đường dẫn
folder-without-manifest = { $what } ở { $path } không có { $manifest }: thư mục chưa đầy đủ, hoặc không do ghep ghi
    .remedy = sao chép lại { $what } từ nguồn, hoặc lưu lại
manifest-invalid = { $what }: { $path } không phải manifest của ghep
    .remedy = sao chép lại { $what } từ nguồn, hoặc lưu lại
manifest-format-unknown = { $what }: { $path } có định dạng { $found }; phiên bản ghep này đọc định dạng { $expected }
    .remedy = nâng cấp ghep
manifest-entry-invalid = { $what }: { $manifest } không có kích thước và sha256 hợp lệ cho { $file }
    .remedy = sao chép lại { $what } từ nguồn, hoặc lưu lại
file-name-unsafe = { $what }: tên tệp { $name } dẫn ra ngoài thư mục hoặc không dùng được trên mọi hệ thống
    .remedy = dùng tên tương đối so với thư mục, với gạch chéo xuôi; không dùng tệp này nếu không tin nguồn của nó
folder-is-a-file = không ghi được thư mục vào { $path }: ở đó đã có một tệp
    .remedy = chọn tên khác
folder-not-ours = không thay thế { $path }: trong đó có tệp mà không có { $manifest }, nên không phải do ghep ghi
    .remedy = chọn thư mục khác, hoặc dọn trống thư mục này
folder-being-saved = thư mục { $name }

# Một tệp bị sao; văn bản nối tiếp câu của folder-damaged.
file-wrong-size = có { NUMBER($found, useGrouping: 0) } byte thay vì { NUMBER($expected, useGrouping: 0) }
file-missing = bị thiếu
file-unreadable = không đọc được ({ $cause })
file-wrong-hash = đã thay đổi từ khi được lưu (sha256 khác)

folder-locked = một tiến trình khác đang ghi vào { $folder }{ $holder ->
    [none] { "" }
   *[other] { " " }({ $holder })
 }
    .remedy = chờ tiến trình đó kết thúc, hoặc chọn { $option } khác
folder-not-locked = không khóa được { $folder } ({ $cause }): lượt chạy thứ hai với cùng { $option } sẽ lẫn tệp với lượt chạy này
    .remedy = không bắt đầu lượt chạy nào khác ghi vào thư mục này

path-on-command-line = một đường dẫn trên dòng lệnh
stored-activations = activation trong kho
path-empty = { $what }: đường dẫn trống
    .remedy = nêu một đường dẫn, ví dụ . là thư mục hiện tại
path-is-address = { $what }: { $address } là một địa chỉ, không phải đường dẫn
    .remedy = tải về, rồi nêu đường dẫn của tệp hoặc thư mục: ghep chỉ đọc và ghi tệp
path-has-nul = { $what }: { $path } không phải đường dẫn: có ký tự NUL
    .remedy = bỏ ký tự NUL
path-impossible = { $what }: { $path }... không phải đường dẫn ({ $cause })
    .remedy = sửa đường dẫn
folder-is-a-run = { $folder } là một lượt chạy, không phải bundle
    .remedy = truyền { $bundle }

not-a-regular-file = đó là { $kind ->
    [pipe] một pipe có tên
    [socket] một socket
    [device] một thiết bị
   *[other] một thứ khác
 }, không phải tệp thường

json-unreadable = { $what }: không đọc được { $path } ({ $cause })
    .remedy = lưu lại, hoặc sao chép lại từ nguồn
json-too-large = { $what }: { $path } lớn hơn { NUMBER($limit, useGrouping: 0) } byte
    .remedy = lưu lại, hoặc sao chép lại từ nguồn
json-invalid = { $what }: { $path } không phải JSON hợp lệ ({ $cause })
    .remedy = lưu lại, hoặc sao chép lại từ nguồn
json-duplicate-key = khóa { $key } bị lặp
json-not-a-number = { $word } không phải số JSON
