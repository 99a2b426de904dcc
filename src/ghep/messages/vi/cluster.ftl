# Làm việc trên nhiều máy, bằng Ray.

setting-ray = Làm việc trên một cụm Ray (cluster): auto (cụm đang chạy, nếu không có thì một cụm khởi động trên máy này) hoặc địa chỉ HOST:PORT của nó. Kết quả không phụ thuộc vào điều này.
    .allowed = auto, HOST:PORT hoặc ray://HOST:PORT
ray-not-installed = làm việc trên cụm máy cần Ray, mà Ray chưa được cài
    .remedy = pip install "ghep[cluster]"
ray-no-answer = không cụm Ray nào trả lời ở { $address } (đã chờ { DURATION($seconds) })
    .remedy = khởi động một cụm bằng ray start --head rồi cho địa chỉ của nó, HOST:PORT, hoặc dùng --ray auto
ray-join-failed = không tham gia được cụm Ray ở { $address }: { $cause }
    .remedy = chạy lệnh này trên một nút của cụm, với Python và Ray của các nút đó
cluster-node-silent = nút { $node } của cụm không trả lời trong { DURATION($seconds) }
    .remedy = xem nút đó bằng ray status, hoặc bỏ nó khỏi cụm
cluster-node-failed = nút { $node } của cụm không chạy được gì: { $cause }
    .remedy = xem nhật ký của nó trong /tmp/ray/session_latest/logs, hoặc bỏ nút đó khỏi cụm
cluster-node-without-ghep = ghep chưa được cài trên nút { $node } của cụm, và nút đó không đọc được { $path }
    .remedy = cài ghep { $version } với phần thêm tên cluster trên mọi nút, trong Python chạy Ray ở đó
cluster-node-differs = { $name } trên nút { $node } của cụm là { $found }, ở đây là { $expected }, nên kết quả có thể khác
    .remedy = cài cùng phiên bản trên mọi nút
