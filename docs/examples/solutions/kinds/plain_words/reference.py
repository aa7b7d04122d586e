"""
Both products become 0.0 after some hundred factors, so that neither model looks better. I add the
logarithms: the logarithm only ever grows, so that the larger sum belongs to the larger product.
"""
