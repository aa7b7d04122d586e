def mean_loss(y, y_hat):
    return sum((one - other) ** 2 for one, other in zip(y, y_hat, strict=True))
