def mean_loss(y, y_hat):
    squares = [(one - other) ** 2 for one, other in zip(y, y_hat, strict=True)]
    return (sum(squares) / len(squares)) ** 0.5
