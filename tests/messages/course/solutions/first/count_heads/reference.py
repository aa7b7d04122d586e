def count_heads(flips):
    return flips.count("H")
