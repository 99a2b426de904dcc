"""Compare a backbone before and after pretraining on own text: did it help, what does it save, what did it cost?"""
