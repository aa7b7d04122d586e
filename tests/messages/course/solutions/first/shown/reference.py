total = sum(range(1, 11))
print(f"total = {total}")
