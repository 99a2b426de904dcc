# Head tuyến tính trên đặc trưng không vừa bộ nhớ.

head-streamed = head tuyến tính được giải từ đĩa, qua { $passes } lượt đọc { NUMBER($count) } dòng đặc trưng ({ BYTES($bytes) }); loss của nó cao hơn mức nhỏ nhất có thể nhiều nhất { DIGITS($gap) }
head-not-converged = head tuyến tính chưa hội tụ: sau { $passes } lượt, loss có thể còn cao hơn mức nhỏ nhất { DIGITS($gap) } (chuẩn của gradient { DIGITS($gradient) }); mong đợi nhiều nhất { DIGITS($bar) }
    .remedy = kiểm tra nhãn và đặc trưng của tác vụ này; trọng số quá chênh lệch giữa các mẫu hoặc các lớp làm head khó giải
