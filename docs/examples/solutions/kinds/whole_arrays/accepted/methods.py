def rms(x):
    # for every x_i at once: a comment is no loop
    return (x**2).mean() ** 0.5
