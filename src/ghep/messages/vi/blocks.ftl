# Many inputs, divided into blocks that the nodes of a cluster compute.

cluster-file-not-seen = nút { $host } của cụm không đọc được { $count ->
        [1] { $path }
       *[other] { NUMBER($count) } tệp, chẳng hạn { $path }
    }
    .remedy = đặt dữ liệu vào thư mục mà mọi nút thấy ở cùng một đường dẫn, chẳng hạn thư mục mạng, hoặc vào một tệp Parquet trong thư mục như vậy
predict-ray-needs-table = --ray ghi câu trả lời cho nhiều đầu vào dưới dạng bảng{ $json ->
        [yes] , không phải JSON
       *[other] { $out ->
        [yes] , được tính từ bundle hoặc bản xuất
       *[other] {""}
        }
    }
    .remedy = nêu tệp của bảng bằng --out FILE.csv, thư mục của bundle hoặc bản xuất, và không dùng --json
predict-more-problems = ... và { NUMBER($count) } đầu vào khác không dùng được; bảng nêu đủ tên
cluster-engine-differs = engine của nút { $host } trong cụm là { $found }, ở đây là { $expected }, nên đặc trưng có thể khác nhau
    .remedy = cài cùng các phiên bản trên mọi nút
cluster-example-unreadable = nút { $host } của cụm không đọc được { $name }: { $cause }
    .remedy = đặt dữ liệu vào thư mục mà mọi nút thấy ở cùng một đường dẫn, chẳng hạn thư mục mạng
check-labels-with-ray = việc tìm nhãn sai không chạy trên cụm
    .remedy = bỏ --ray, hoặc bỏ --labels
