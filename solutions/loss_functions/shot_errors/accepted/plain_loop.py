"""Lists and a loop; a single target is repeated."""


def shot_errors(landing, target):
    targets = target if hasattr(target, "__len__") else [target] * len(landing)
    errors = []
    for place, aimed in zip(landing, targets, strict=True):
        errors.append(place - aimed)
    return errors


def prediction_errors(y, y_hat):
    return [truth - output for truth, output in zip(y, y_hat, strict=True)]
