best_p = 2 / 3
