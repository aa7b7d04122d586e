def rms(x):
    total = 0.0
    for value in x:
        total += value**2
    return (total / len(x)) ** 0.5
