"""`make bench-tune`: the doctor beside random search and TPE, with as many trainings each."""
