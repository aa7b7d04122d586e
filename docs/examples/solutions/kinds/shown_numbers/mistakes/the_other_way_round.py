import statistics

shots = [1, 2, 2, 3, 7]
median, mean = statistics.mean(shots), statistics.median(shots)
print(f"mean = {mean}, median = {median}")
abs(mean - median)
