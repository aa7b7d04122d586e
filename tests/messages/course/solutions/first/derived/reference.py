derivation = """
n log(sigma) + 1/(2 sigma^2) sum((y_i - y_hat_i)^2)
~ sum((y_i - y_hat_i)^2)
~ 1/n sum((y_i - y_hat_i)^2)
"""
