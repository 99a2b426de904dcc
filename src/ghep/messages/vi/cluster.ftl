# Làm việc trên nhiều máy, bằng Ray.

setting-ray = Chạy trên một cụm máy Ray (cluster): auto (cụm đang chạy, nếu không có thì khởi động một cụm trên máy này) hoặc địa chỉ HOST:PORT của cụm. Kết quả không phụ thuộc vào tùy chọn này.
    .allowed = auto hoặc HOST:PORT
ray-not-installed = chạy trên cụm máy cần Ray, nhưng Ray chưa được cài
    .remedy = pip install "ghep[cluster]"
ray-no-answer = không cụm Ray nào trả lời ở { $address } (đã chờ { DURATION($seconds) })
    .remedy = khởi động một cụm bằng ray start --head rồi nêu địa chỉ của cụm, HOST:PORT, hoặc dùng --ray auto
ray-join-failed = không tham gia được cụm Ray ở { $address }: { $cause }
    .remedy = chạy lệnh này trên một nút của cụm, với Python và Ray của các nút đó; nếu cụm đòi mã xác thực (token), như mặc định của Ray, chép ~/.ray/auth_token của nút đầu về máy này và đặt RAY_AUTH_MODE=token
cluster-node-silent = nút { $node } của cụm không trả lời trong { DURATION($seconds) }
    .remedy = xem nút đó bằng ray status, hoặc bỏ nó khỏi cụm
cluster-node-failed = nút { $node } của cụm không chạy được gì: { $cause }
    .remedy = xem nhật ký của nó trong /tmp/ray/session_latest/logs, hoặc bỏ nút đó khỏi cụm
cluster-node-without-ghep = ghep chưa được cài trên nút { $node } của cụm, và nút đó không đọc được { $path }
    .remedy = cài ghep { $version } kèm phần bổ sung tên cluster trên mọi nút, vào bản Python chạy Ray ở đó
cluster-node-differs = { $name } trên nút { $node } của cụm là { $found }, ở đây là { $expected }, nên kết quả có thể khác
    .remedy = cài cùng phiên bản trên mọi nút

# Runs of a comparison on the nodes.

ray-runs = cụm Ray ở { $address }, { $nodes } nút: { $jobs } lượt chạy cùng lúc, mỗi lượt { $threads } luồng
ray-folder-shared = lượt chạy: trong { $folder }, thư mục mà mọi nút đều thấy; lượt chạy mất nút sẽ tiếp tục trên nút khác
ray-folder-returned = lượt chạy: do các nút gửi về, vì không phải nút nào cũng thấy { $folder }; lượt chạy mất nút sẽ bắt đầu lại
ray-files-sent = dữ liệu: được gửi đến các nút, vì không phải nút nào cũng thấy các tệp
ray-store-per-node = activation: mỗi nút tính một lần, trong kho riêng của nút
ray-store-shared = activation: tính một lần, trong kho mà mọi nút đều thấy (đọc một dòng mất { NUMBER($read, maximumSignificantDigits: 2) } ms, tính nó mất { NUMBER($computed, maximumSignificantDigits: 2) } ms)
ray-store-slow = activation: mỗi nút tính một lần, trong kho riêng của nút (đọc một dòng từ kho chung sẽ mất { NUMBER($read, maximumSignificantDigits: 2) } ms, tính nó mất { NUMBER($computed, maximumSignificantDigits: 2) } ms)
ray-node-unused = nút { $node } đã vào cụm và không nhận lượt chạy nào: { $cause }
ray-worker-lost = bị mất trên nút { $node }: { $cause }
ray-needs-readable-data = các lượt chạy trên cụm cần mẫu là tệp hoặc văn bản, không phải ảnh trong bộ nhớ của tiến trình này
    .remedy = lưu ảnh vào một thư mục hoặc bảng, hoặc bỏ --ray
ray-data-too-large = { NUMBER($count) } ảnh không vừa bộ nhớ đệm của các ảnh đã giải mã, và không phải nút nào của cụm cũng thấy các tệp của chúng
    .remedy = đặt dữ liệu vào thư mục mà mọi nút thấy ở cùng một đường dẫn, hoặc tăng --cache-size
cluster-node-without-backbone = nút { $node } của cụm không có { $path } để đọc backbone
    .remedy = sao chép nó đến cùng đường dẫn trên mọi nút, hoặc đặt nó trên đĩa dùng chung
cluster-too-small = không nút nào của cụm có chỗ cho một tiến trình cần { $threads } CPU{ $gpu ->
    [yes] { " " }và một GPU
   *[no] { "" }
 }
    .remedy = khởi động Ray trên các nút với nhiều CPU hoặc GPU hơn (ray start --num-cpus, --num-gpus), hoặc dùng ít luồng hơn (compare --threads, ngoài ra OMP_NUM_THREADS)
cluster-lost = đã { DURATION($seconds) } cụm không có nút nào có chỗ cho một lượt chạy
    .remedy = khởi động lại các nút; chạy lại cùng lệnh sẽ tiếp tục phép so sánh
