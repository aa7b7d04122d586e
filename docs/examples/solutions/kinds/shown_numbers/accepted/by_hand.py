shots = [1, 2, 2, 3, 7]
mean = sum(shots) / 5
print(f"The mean   = {mean:.2f} cm")
print(f"The median = {sorted(shots)[2]:.2f} cm")
abs(mean - 2)
