"""How a claim is proven: results, matrix, guard, verdict and stress."""
